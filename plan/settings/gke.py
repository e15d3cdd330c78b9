"""The `cluster` block on Google Kubernetes Engine."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from plan.settings.cluster import NodePoolSettings
from plan.settings.types import (
    CidrBlock,
    DnsLabel,
    GcpName,
    GcpProject,
    GcpRegion,
    GcpZone,
    GkeNodePoolName,
    KubernetesVersion,
    Labels,
    Quantity,
    StackModel,
)


class SpecificReservation(StackModel):
    """A reservation that exists and is consumed by name: the program never makes one.

    What was reserved is written down once more so that it can be checked against the pool before
    anything is made.
    """

    kind: Literal["specific-reservation"]
    name: GcpName
    project: GcpProject | None = Field(
        default=None, description="where it was made; default: the cluster's project"
    )
    machine_type: str = Field(description="the machine type that was reserved")
    zone: GcpZone
    nodes: int = Field(ge=1, le=1000, description="how many VMs were reserved")
    active: bool = Field(
        default=True,
        description="false until a future reservation has started: the pool is then made with "
        "no nodes",
    )

    @property
    def id(self) -> str:
        """How people name it."""
        return self.name


class GkeNodePoolSettings(NodePoolSettings):
    """A GKE node pool."""

    zones: tuple[GcpZone, ...] | None = Field(
        default=None,
        min_length=1,
        strict=False,
        description="default: the zone of the reservation, else the first zone of the cluster "
        "for GPU pools and every zone for others",
    )
    reservation: SpecificReservation | None = None
    disk: Quantity = Field(default="200Gi", description="size of the boot disk")


class GkeNetworkSettings(StackModel):
    """The VPC that is made for the cluster, its ranges all apart from each other."""

    cidr: CidrBlock = Field(default="10.60.0.0/20", description="nodes")
    pod_cidr: CidrBlock = Field(default="10.64.0.0/14", description="pods")
    service_cidr: CidrBlock = Field(default="10.61.0.0/20", description="services")
    control_plane_cidr: CidrBlock = Field(
        default="10.62.0.0/28", description="the control plane; GKE wants a /28"
    )
    gpu_cidr: CidrBlock = Field(
        default="192.168.0.0/16",
        description="second host network and the RDMA subnets of GPU pools, cut from this",
    )
    zones: tuple[GcpZone, ...] = Field(
        min_length=1, strict=False, description="zones of the nodes, all in the region"
    )


class GkeLustreSettings(StackModel):
    """Managed Lustre, reached by a private services connection, for the caches of the graphs."""

    throughput: Literal[125, 250, 500, 1000] = Field(
        default=1000, description="MB/s for each TiB of capacity; cannot be changed"
    )
    capacity_gib: int = Field(
        default=9000, ge=9000, description="minimum and step depend on the throughput"
    )
    filesystem: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{0,7}$")] = Field(
        default="dynamo", description="at most 8 letters and digits"
    )
    zone: GcpZone | None = Field(
        default=None, description="default: the zone of the first GPU pool"
    )
    protect: bool = Field(
        default=False, description="true: `pulumi destroy` refuses to delete it and its data"
    )


class FilestoreSettings(StackModel):
    """Filestore (NFS), where the region has no Managed Lustre or needs none."""

    tier: Literal["BASIC_SSD", "ZONAL", "REGIONAL"] = "ZONAL"
    capacity_gib: int = Field(default=1024, ge=1024, le=102_400)
    protect: bool = Field(
        default=False, description="true: `pulumi destroy` refuses to delete it and its data"
    )


class GkeStorageSettings(StackModel):
    """File systems that many nodes mount at once."""

    managed_lustre: GkeLustreSettings | None = None
    filestore: FilestoreSettings | None = None


class GkeSettings(StackModel):
    """A cluster on Google Kubernetes Engine: regional control plane, private nodes."""

    cloud: Literal["gke"]
    name: DnsLabel | None = Field(default=None, description="default: the stack's name")
    project: GcpProject
    region: GcpRegion
    kubernetes_version: KubernetesVersion
    release_channel: Literal["RAPID", "REGULAR", "STABLE"] = "REGULAR"
    network: GkeNetworkSettings
    api_allowed_cidrs: tuple[CidrBlock, ...] = Field(
        min_length=1,
        strict=False,
        description="who may reach the Kubernetes API; yours at least",
    )
    node_pools: dict[GkeNodePoolName, GkeNodePoolSettings] = Field(min_length=1)
    storage: GkeStorageSettings = GkeStorageSettings()
    tags: Labels = Field(default={}, description="labels on every resource that takes them")
