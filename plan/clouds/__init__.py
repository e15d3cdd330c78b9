"""From a cloud's block of the stack file to pools and storage classes with nothing left to look up.

Belongs here: one file a cloud, each offering the same two functions, and what they share
(`common`). Does not: making anything, which is `components.clusters`; judging, which is
`plan.rules`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plan.clouds import aks, eks, existing, gke
from plan.findings import Finding
from plan.model import Pool, StorageClass
from plan.settings import AksSettings, ClusterSettings, EksSettings, ExistingSettings, GkeSettings

__all__ = ["resolve_pools", "storage_classes"]


def resolve_pools(cluster: ClusterSettings) -> Iterator[Pool | Finding]:
    """Each pool resolved, or the finding that says why it cannot be."""
    match cluster:
        case EksSettings():
            return eks.pools(cluster)
        case AksSettings():
            return aks.pools(cluster)
        case GkeSettings():
            return gke.pools(cluster)
        case ExistingSettings():
            return existing.pools(cluster)


def storage_classes(cluster: ClusterSettings, pools: Sequence[Pool]) -> tuple[StorageClass, ...]:
    """Every class that a claim may name. The first is the cluster's default."""
    match cluster:
        case EksSettings():
            return eks.storage_classes(cluster, pools)
        case AksSettings():
            return aks.storage_classes(cluster, pools)
        case GkeSettings():
            return gke.storage_classes(cluster, pools)
        case ExistingSettings():
            return existing.storage_classes(cluster, pools)
