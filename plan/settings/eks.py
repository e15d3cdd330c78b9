"""The `cluster` block on Amazon EKS."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from plan.settings.cluster import NodePoolSettings
from plan.settings.types import (
    AwsRegion,
    AwsZoneId,
    CapacityReservationId,
    CidrBlock,
    DnsLabel,
    KubernetesVersion,
    Labels,
    Quantity,
    StackModel,
)


class CapacityBlock(StackModel):
    """A Capacity Block for ML that is bought already: the program never buys one.

    What was bought is written down once more so that it can be checked against the pool before
    anything is made.
    """

    kind: Literal["capacity-block"]
    id: CapacityReservationId
    machine_type: str = Field(description="the instance type that was bought")
    zone: AwsZoneId = Field(description="the zone the block is in")
    nodes: int = Field(ge=1, le=64, description="how many instances were bought")
    active: bool = Field(
        default=True,
        description="false until the block has started: the pool is then made with no nodes",
    )


class EksNodePoolSettings(NodePoolSettings):
    """An EKS managed node group."""

    zones: tuple[AwsZoneId, ...] | None = Field(
        default=None,
        min_length=1,
        strict=False,
        description="default: the zone of the reservation, else the first zone of the network "
        "for GPU pools and every zone for others",
    )
    reservation: CapacityBlock | None = None
    ami_type: str | None = Field(
        default=None, description="default: the AL2023 image for the machine's GPU and architecture"
    )
    interface_layout: Literal["current", "older"] = Field(
        default="current",
        description="network card layout: the one EC2 documents today, or the one that preceded it",
    )
    disk: Quantity = Field(default="200Gi", description="size of the root volume")
    local_disks: Literal["raid0", "none"] = Field(
        default="raid0",
        description="raid0 puts container images and pod storage on the machine's own NVMe disks",
    )


class EksNetworkSettings(StackModel):
    """The VPC that is made for the cluster."""

    cidr: CidrBlock = "10.40.0.0/16"
    zones: tuple[AwsZoneId, ...] = Field(
        min_length=2,
        max_length=7,
        strict=False,
        description="EKS asks for two zones at least",
    )


class FsxSettings(StackModel):
    """FSx for Lustre, PERSISTENT_2 on SSD, for the caches of the graphs."""

    capacity_gib: int = Field(
        default=2400,
        ge=1200,
        description="1200, 2400, then steps of 2400; with EFA the steps are larger",
    )
    throughput: Literal[125, 250, 500, 1000] = Field(
        default=250, description="MB/s for each TiB of capacity"
    )
    efa: bool = Field(
        default=False, description="clients mount over EFA; fixed when the file system is made"
    )
    metadata_iops: int | None = Field(
        default=None, ge=1500, le=192_000, description="default: automatic, by capacity"
    )
    zone: AwsZoneId | None = Field(
        default=None, description="default: the zone of the first GPU pool"
    )
    protect: bool = Field(
        default=False, description="true: `pulumi destroy` refuses to delete it and its data"
    )


class EfsSettings(StackModel):
    """EFS, with one mount target a zone; each claim gets an access point of its own."""

    throughput: Literal["elastic", "bursting"] = "elastic"
    protect: bool = Field(
        default=False, description="true: `pulumi destroy` refuses to delete it and its data"
    )


class EksStorageSettings(StackModel):
    """File systems that many nodes mount at once."""

    fsx: FsxSettings | None = None
    efs: EfsSettings | None = None


class EksSettings(StackModel):
    """A cluster on Amazon EKS."""

    cloud: Literal["eks"]
    name: DnsLabel | None = Field(default=None, description="default: the stack's name")
    region: AwsRegion
    kubernetes_version: KubernetesVersion
    network: EksNetworkSettings
    api_allowed_cidrs: tuple[CidrBlock, ...] = Field(
        min_length=1,
        strict=False,
        description="who may reach the Kubernetes API from outside the VPC; yours at least",
    )
    node_pools: dict[DnsLabel, EksNodePoolSettings] = Field(min_length=1)
    storage: EksStorageSettings = EksStorageSettings()
    tags: Labels = {}
