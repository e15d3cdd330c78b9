"""The feature of the subscription that puts a pool's nodes on one InfiniBand network."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import features, resources

_NAMESPACE, _FEATURE = "Microsoft.ContainerService", "AKSInfinibandSupport"
_REGISTERED = "Registered"
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_PATIENCE = 30 * 60.0
_TEMPLATE: dict[str, object] = {
    "$schema": "https://schema.management.azure.com/schemas/2018-05-01/"
    "subscriptionDeploymentTemplate.json#",
    "contentVersion": "1.0.0.0",
    "resources": [
        {
            "type": "Microsoft.Features/featureProviders/subscriptionFeatureRegistrations",
            "apiVersion": "2021-07-01",
            "name": f"{_NAMESPACE}/{_FEATURE}",
            "properties": {},
        }
    ],
}


@dataclass(frozen=True, kw_only=True)
class InfinibandFeatureArgs:
    """What the deployment that registers it is marked with."""

    tags: Mapping[str, str]


class InfinibandFeature(pulumi.ComponentResource):
    """Registers the feature; `registered` resolves once Azure says that it is.

    A pool that is made before lands on several InfiniBand networks, and only a new pool mends that
    (Azure facts Z1). The registration is sent by a deployment: every feature exists in every
    subscription, so that as a resource of its own it could not be created, and destroying it would
    take the feature from other clusters (ZD12). A deployment's deletion takes nothing back.
    """

    def __init__(
        self, name: str, args: InfinibandFeatureArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {"feature": f"{_NAMESPACE}/{_FEATURE}"}
        super().__init__("gpuclusters:aks:InfinibandFeature", name, props, opts)
        deployment = resources.DeploymentAtSubscriptionScope(
            f"{name}-registration",
            properties=resources.DeploymentPropertiesArgs(
                mode=resources.DeploymentMode.INCREMENTAL, template=_TEMPLATE
            ),
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )

        async def wait(deployment_id: str) -> str:
            del deployment_id  # there is one: the registration has been sent
            if not pulumi.runtime.is_dry_run():
                await until_registered(self._state, asyncio.sleep)
            return _REGISTERED

        self.registered: pulumi.Output[str] = deployment.id.apply(wait)
        self.register_outputs({"state": self.registered})

    async def _state(self) -> str | None:
        asked = features.get_subscription_feature_registration_output(
            provider_namespace=_NAMESPACE,
            feature_name=_FEATURE,
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        return await asked.properties.state.future()


async def until_registered(
    state: Callable[[], Awaitable[str | None]], pause: Callable[[float], Awaitable[None]]
) -> None:
    """Ask until the feature is registered, less and less often; an error after half an hour."""
    waited, step = 0.0, _FIRST_PAUSE
    while (found := await state()) != _REGISTERED:
        if waited >= _PATIENCE:
            raise pulumi.RunError(
                f"feature {_NAMESPACE}/{_FEATURE} is {found or 'unknown'} after "
                f"{_PATIENCE / 60:.0f} minutes, and InfiniBand node pools need it Registered; run "
                f"`az feature register --namespace {_NAMESPACE} --name {_FEATURE}`, wait until "
                "`az feature show` says so, run "
                f"`az provider register --namespace {_NAMESPACE}`, then `pulumi up` again"
            )
        await pause(step)
        waited += step
        step = min(step * 2, _LONGEST_PAUSE)
