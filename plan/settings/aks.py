"""The `cluster` block on Azure Kubernetes Service."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from plan.settings.cluster import NodePoolSettings
from plan.settings.types import (
    AgentPoolName,
    AzureLocation,
    AzureUuid,
    AzureZone,
    CapacityReservationGroupId,
    CidrBlock,
    DnsLabel,
    KubernetesVersion,
    Labels,
    Quantity,
    StackModel,
)


class CapacityReservationGroup(StackModel):
    """On-demand capacity, reserved and billed from the moment it is made, used or not.

    Without `group` the stack makes group and reservation, before the cluster: where there is no
    capacity, that is known in a minute and not in an hour. With it, one that exists is used.
    """

    kind: Literal["capacity-reservation-group"]
    group: CapacityReservationGroupId | None = Field(
        default=None, description="a group that exists; default: the stack makes one"
    )
    machine_type: str = Field(description="the VM size that is reserved")
    zone: AzureZone
    nodes: int = Field(ge=1, le=1000, description="how many VMs are reserved")

    @property
    def active(self) -> bool:
        """It holds capacity as soon as it exists."""
        return True

    @property
    def id(self) -> str:
        """How people name it."""
        return self.group or "made by this stack"


class AksNodePoolSettings(NodePoolSettings):
    """An AKS agent pool: one virtual machine scale set, and so one InfiniBand partition."""

    zones: tuple[AzureZone, ...] | None = Field(
        default=None,
        min_length=1,
        strict=False,
        description="default: the zone of the reservation, else none (Azure chooses)",
    )
    reservation: CapacityReservationGroup | None = None
    disk: Quantity = Field(default="256Gi", description="size of the OS disk")


class AksNetworkSettings(StackModel):
    """The virtual network that is made for the cluster."""

    cidr: CidrBlock = "10.50.0.0/16"
    pod_cidr: CidrBlock = Field(
        default="10.244.0.0/16", description="overlay network of the pods, outside the VNet"
    )
    service_cidr: CidrBlock = "10.0.0.0/16"


class MaintenanceWindow(StackModel):
    """When Azure may service the file system, once a week."""

    day: Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] = (
        "Sunday"
    )
    time_utc: Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = (
        "22:00"
    )


class AksLustreSettings(StackModel):
    """Azure Managed Lustre, in a subnet of its own, for the caches of the graphs."""

    sku: Literal[
        "AMLFS-Durable-Premium-40",
        "AMLFS-Durable-Premium-125",
        "AMLFS-Durable-Premium-250",
        "AMLFS-Durable-Premium-500",
    ] = "AMLFS-Durable-Premium-250"
    capacity_tib: int = Field(
        default=8, ge=4, le=768, description="minimum and step depend on the sku"
    )
    zone: AzureZone = Field(default="1", description="exactly one")
    maintenance: MaintenanceWindow = MaintenanceWindow()
    protect: bool = Field(
        default=False, description="true: `pulumi destroy` refuses to delete it and its data"
    )


class AksStorageSettings(StackModel):
    """File systems that many nodes mount at once. Azure Files is there without asking."""

    managed_lustre: AksLustreSettings | None = None


class AksSettings(StackModel):
    """A cluster on Azure Kubernetes Service."""

    cloud: Literal["aks"]
    name: DnsLabel | None = Field(default=None, description="default: the stack's name")
    subscription_id: AzureUuid
    location: AzureLocation
    kubernetes_version: KubernetesVersion
    network: AksNetworkSettings = AksNetworkSettings()
    api_allowed_cidrs: tuple[CidrBlock, ...] = Field(
        min_length=1,
        strict=False,
        description="who may reach the Kubernetes API; yours at least",
    )
    admin_group_ids: tuple[AzureUuid, ...] = Field(
        min_length=1,
        strict=False,
        description="Entra groups that administer the cluster; there are no local accounts",
    )
    node_pools: dict[AgentPoolName, AksNodePoolSettings] = Field(min_length=1)
    storage: AksStorageSettings = AksStorageSettings()
    tags: Labels = {}

    @property
    def region(self) -> str:
        """Azure's word is location; prices and reports of every cloud speak of regions."""
        return self.location
