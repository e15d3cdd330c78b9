"""Feature registrations of the subscription: registered by a deployment, and not at once.

`Registering` is the answer to the first asks after a registration; how long the real service takes
is minutes, here it is a count of questions, so that a program that does not wait is found out.
Features are switches of the subscription and no records of the world: what was registered stays, as
it should, and is never counted as left over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rehearsal.providers.azure import arm, kinds
from rehearsal.providers.values import Props, items, mapping, text

INFINIBAND: Final = "Microsoft.ContainerService/AKSInfinibandSupport"
REGISTERED: Final = "Registered"
_REGISTERING: Final = "Registering"
_RESOURCE: Final = "Microsoft.Features/featureProviders/subscriptionFeatureRegistrations"
_ASKS_BEFORE_REGISTERED: Final = 2


class Features:
    """States by `namespace/feature`; what nobody registered is `NotRegistered`."""

    def __init__(self, states: Mapping[str, str]) -> None:
        self._states = dict(states)
        self._asks: dict[str, int] = {}

    def state(self, feature: str) -> str:
        """The state as it is."""
        return self._states.get(feature, "NotRegistered")

    def ask(self, feature: str) -> str:
        """The state as it is told to who asks, which moves a registration on."""
        told = self.state(feature)
        if told == _REGISTERING:
            self._asks[feature] = self._asks.get(feature, 0) + 1
            if self._asks[feature] >= _ASKS_BEFORE_REGISTERED:
                self._states[feature] = REGISTERED
        return told

    def deploy(self, deployment: Props) -> None:
        """Register what an ARM template registers; a feature that is registered stays so."""
        for resource in items(mapping(deployment, "properties", "template"), "resources"):
            if text(resource, "type") == _RESOURCE and self.state(text(resource, "name")) not in (
                REGISTERED,
                _REGISTERING,
            ):
                self._states[text(resource, "name")] = _REGISTERING


def registration(namespace: str, feature: str, state: str, config: Props) -> Props:
    """What the service tells about a registration."""
    given: Props = {"providerNamespace": namespace, "featureName": feature}
    return {
        "id": arm.id_of(kinds.FEATURE, given, config),
        "name": f"{namespace}/{feature}",
        "type": _RESOURCE,
        "azureApiVersion": arm.SHAPES[kinds.FEATURE].version,
        "properties": {
            **given,
            "state": state,
            "subscriptionId": arm.subscription(config),
            "tenantId": arm.tenant(config),
            "approvalType": "AutoApproval",
            "displayName": feature,
            "documentationLink": "",
            "registrationDate": "",
            "releaseDate": "",
        },
    }
