"""The `cluster` block: where it runs, its network and its node pools."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

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


class Taint(StackModel):
    """One taint of a pool's nodes."""

    key: Annotated[str, Field(min_length=1)]
    value: str = ""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = "NoSchedule"


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


class NodePoolSettings(StackModel):
    """What every cloud's node pool has."""

    machine_type: Annotated[str, Field(min_length=1)]
    nodes: int = Field(ge=1, le=1000)
    fabric: Literal["auto", "efa", "tcp"] = Field(
        default="auto",
        description="network between GPUs of different nodes; auto is the best the machine has",
    )
    labels: Labels = {}
    taints: tuple[Taint, ...] | None = Field(
        default=None,
        strict=False,
        description="default: nvidia.com/gpu=present:NoSchedule on GPU pools, none elsewhere",
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
    tags: Labels = {}


class ExistingNodePoolSettings(NodePoolSettings):
    """Nodes of a cluster that somebody else made: described, never changed."""

    zone: str | None = None
    machine_cloud: Literal["eks", "aks", "gke"] | None = Field(
        default=None, description="cloud whose catalogue knows machineType; none for a laptop"
    )
    cpu: Quantity = "4"
    memory: Quantity = "16Gi"


class ExistingSettings(StackModel):
    """Any cluster with a kubeconfig: kind, minikube, or one that another team runs."""

    cloud: Literal["existing"]
    name: DnsLabel | None = None
    kubeconfig: Annotated[str, Field(min_length=1)] = Field(
        default="~/.kube/config", description="path of the kubeconfig file"
    )
    context: Annotated[str, Field(min_length=1)]
    kubernetes_version: KubernetesVersion
    storage_class: DnsLabel = Field(
        default="standard", description="the cluster's default storage class"
    )
    node_pools: dict[DnsLabel, ExistingNodePoolSettings] = Field(min_length=1)
