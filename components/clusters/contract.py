"""What every cluster offers to the platform and the graphs, whoever made it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import pulumi
import pulumi_kubernetes as kubernetes


class KubernetesCluster(Protocol):
    """The contract. Nothing outside `components.clusters` may rely on more than this."""

    @property
    def cluster_name(self) -> str:
        """The cluster's name in its cloud."""
        ...

    @property
    def kubeconfig(self) -> pulumi.Output[str]:
        """A kubeconfig for people and tools; always a secret."""
        ...

    @property
    def provider(self) -> kubernetes.Provider:
        """The one provider for everything inside the cluster."""
        ...

    @property
    def control_plane(self) -> pulumi.Resource | None:
        """What objects inside the cluster are deleted with; None for a cluster that stays."""
        ...

    @property
    def foundation(self) -> Sequence[pulumi.Resource]:
        """What has to stand before pods of the platform can run: system nodes, DNS, storage."""
        ...

    @property
    def storage(self) -> Mapping[str, pulumi.Resource]:
        """By storage class of the plan: what has to stand before a claim of it can be bound.

        Classes that come with the cluster are not in it. Where claims share one file system, the
        volumes made for them are part of it (`components.clusters.static_volumes`).
        """
        ...

    @property
    def node_pools(self) -> Mapping[str, pulumi.Resource]:
        """The pools that are ours, by name; what a graph's pods wait for."""
        ...
