"""A simulated subscription with a short way to make things in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.providers.azure import Azure, kinds
from rehearsal.providers.azure.features import INFINIBAND, REGISTERED
from rehearsal.providers.values import Props, text
from rehearsal.providers.world import CapacityGroup, Seed, World

if TYPE_CHECKING:
    from rehearsal.providers.standin import Made
    from tests.unit.rehearsal.providers.conftest import Account, Package

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
H100 = "Standard_ND96isr_H100_v5"
A100 = "Standard_NC24ads_A100_v4"
CONTRIBUTOR = (
    f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/"
    "b24988ac-6180-42a0-ab88-20f7382dd24c"
)
OTHERS_GROUP = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/theirs/providers/Microsoft.Compute"
    "/capacityReservationGroups/theirs"
)


@dataclass
class Subscription:
    """Azure with the usual network, identity and cluster on request."""

    world: World
    azure: Package
    account: Account

    def group(self, name: str = "rg") -> Made:
        return self.azure.make(
            kinds.RESOURCE_GROUP, name, resourceGroupName=name, location="eastus"
        )

    def network(self, *prefixes: str) -> Made:
        return self.azure.make(
            kinds.VIRTUAL_NETWORK,
            "net",
            resourceGroupName="rg",
            virtualNetworkName="net",
            addressSpace={"addressPrefixes": [*(prefixes or ("10.50.0.0/16",))]},
        )

    def subnet(self, name: str, prefix: str, **more: object) -> Made:
        return self.azure.make(
            kinds.SUBNET,
            name,
            resourceGroupName="rg",
            virtualNetworkName="net",
            subnetName=name,
            addressPrefix=prefix,
            **more,
        )

    def identity(self, name: str = "id") -> Made:
        return self.azure.make(kinds.IDENTITY, name, resourceGroupName="rg", resourceName=name)

    def role(self, identity: Made, scope: str, definition: str = CONTRIBUTOR) -> Made:
        return self.azure.make(
            kinds.ROLE_ASSIGNMENT,
            "role",
            scope=scope,
            principalId=text(identity.outputs, "principalId"),
            principalType="ServicePrincipal",
            roleDefinitionId=definition,
        )

    def cluster(self, subnet: Made, runs_as: Made | None = None, /, **more: Any) -> Made:
        given: dict[str, Any] = {
            "resourceGroupName": "rg",
            "resourceName": "c",
            "dnsPrefix": "c",
            "kubernetesVersion": "1.33",
            "identity": {"type": "SystemAssigned"},
            "agentPoolProfiles": [
                {
                    "name": "system",
                    "mode": "System",
                    "count": 2,
                    "vmSize": "Standard_D4s_v5",
                    "vnetSubnetID": subnet.id,
                }
            ],
            "networkProfile": {
                "networkPlugin": "azure",
                "networkPluginMode": "overlay",
                "podCidr": "10.244.0.0/16",
                "serviceCidr": "10.0.0.0/16",
                "dnsServiceIP": "10.0.0.10",
            },
            "oidcIssuerProfile": {"enabled": True},
        }
        if runs_as is not None:
            given["identity"] = {"type": "UserAssigned", "userAssignedIdentities": [runs_as.id]}
        return self.azure.make(kinds.CLUSTER, "c", **{**given, **more})

    def pool(self, subnet: Made, **more: object) -> Made:
        given: dict[str, object] = {
            "resourceGroupName": "rg",
            "resourceName": "c",
            "agentPoolName": "gpu",
            "mode": "User",
            "count": 2,
            "vmSize": A100,
            "vnetSubnetID": subnet.id,
        }
        return self.azure.make(kinds.AGENT_POOL, "gpu", **{**given, **more})

    def reservation(self, size: str = A100, capacity: int = 3, zone: str = "1") -> Made:
        self.azure.make(
            kinds.RESERVATION_GROUP,
            "crg",
            resourceGroupName="rg",
            capacityReservationGroupName="crg",
            zones=[zone],
        )
        return self.azure.make(
            kinds.RESERVATION,
            "held",
            resourceGroupName="rg",
            capacityReservationGroupName="crg",
            capacityReservationName="held",
            sku={"name": size, "capacity": capacity},
            zones=[zone],
        )

    def lustre(self, subnet: Made, **more: object) -> Made:
        given: dict[str, object] = {
            "resourceGroupName": "rg",
            "amlFilesystemName": "fs",
            "filesystemSubnet": subnet.id,
            "sku": {"name": "AMLFS-Durable-Premium-250"},
            "storageCapacityTiB": 8,
            "zones": ["1"],
            "maintenanceWindow": {"dayOfWeek": "Sunday", "timeOfDayUTC": "22:00"},
        }
        return self.azure.make(kinds.LUSTRE, "fs", **{**given, **more})

    def invoke(self, token: str, **args: object) -> Props:
        return self.azure.stand_in.invoke(self.azure.config, token, dict(args))  # type: ignore[arg-type]

    def left(self) -> set[str]:
        return {held.name for held in self.world.inventory()}


def subscription_in(account: Account, **seed: Any) -> Subscription:
    world = World(Seed(**seed))
    config: Props = {"subscriptionId": SUBSCRIPTION}
    return Subscription(
        world, type(account.aws)(Azure(world), config), type(account)(world, account.aws)
    )


@pytest.fixture
def bare(account: Account) -> Subscription:
    """Nothing registered, nothing reserved, nothing made."""
    return subscription_in(account)


@pytest.fixture
def azure(account: Account) -> Subscription:
    """InfiniBand registered, someone else's reservation, and a resource group."""
    theirs = CapacityGroup(id=OTHERS_GROUP, machine_type=A100, zone="1", nodes=4)
    made = subscription_in(account, features={INFINIBAND: REGISTERED}, capacity_groups=(theirs,))
    made.group()
    return made
