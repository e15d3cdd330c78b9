"""The identity the cluster works with, and the roles it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pulumi
from pulumi_azure_native import authorization, managedidentity


class Role(StrEnum):
    """Built-in roles of Azure, by the id that is the same everywhere."""

    CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
    NETWORK_CONTRIBUTOR = "4d97b98b-1d4f-4787-a291-c67834d212e7"


def assign_role(
    name: str,
    role: Role,
    *,
    principal_id: pulumi.Input[str],
    scope: pulumi.Input[str],
    subscription_id: str,
    opts: pulumi.ResourceOptions,
) -> authorization.RoleAssignment:
    """Give a managed identity a role. `subscription_id` is the scope's."""
    return authorization.RoleAssignment(
        name,
        principal_id=principal_id,
        # Said, Azure does not look for a new identity in places that do not know it yet.
        principal_type="ServicePrincipal",
        role_definition_id=f"/subscriptions/{subscription_id}"
        f"/providers/Microsoft.Authorization/roleDefinitions/{role}",
        scope=scope,
        opts=opts,
    )


@dataclass(frozen=True, kw_only=True)
class ClusterIdentityArgs:
    """`subnet_id` is where the cluster puts nodes and load balancers."""

    resource_group: pulumi.Input[str]
    subscription_id: str
    subnet_id: pulumi.Input[str]
    tags: Mapping[str, str]


class ClusterIdentity(pulumi.ComponentResource):
    """A user-assigned identity: a system-assigned one cannot use capacity reservations.

    Its roles stand before the cluster, and so outlive it: AKS cleans up in the network with them.
    """

    def __init__(
        self, name: str, args: ClusterIdentityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {"subscriptionId": args.subscription_id}
        super().__init__("gpuclusters:aks:ClusterIdentity", name, props, opts)
        mine = pulumi.ResourceOptions(parent=self)
        self.identity = managedidentity.UserAssignedIdentity(
            f"{name}-user", resource_group_name=args.resource_group, tags=args.tags, opts=mine
        )
        self.network_role = assign_role(
            f"{name}-network",
            Role.NETWORK_CONTRIBUTOR,
            principal_id=self.identity.principal_id,
            scope=args.subnet_id,
            subscription_id=args.subscription_id,
            opts=mine,
        )
        self.register_outputs({"principalId": self.identity.principal_id})
