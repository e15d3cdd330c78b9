"""The `cluster` block of a cluster that somebody else made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from plan.settings.cluster import NodePoolSettings
from plan.settings.types import DnsLabel, KubernetesVersion, Quantity, ReleaseVersion, StackModel


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
    shared_storage_class: DnsLabel | None = Field(
        default=None, description="a class whose volumes many nodes mount at once, if there is one"
    )
    installed: dict[str, ReleaseVersion] = Field(
        default={},
        description="platform layers that stand already and are adopted as they are, each with "
        "its version, such as kai-scheduler: v0.13.4",
    )
    node_pools: dict[DnsLabel, ExistingNodePoolSettings] = Field(min_length=1)
