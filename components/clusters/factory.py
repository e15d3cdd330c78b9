"""From a plan to its cluster. Only the chosen cloud's SDK is imported."""

from __future__ import annotations

from collections.abc import Callable

from components.clusters.contract import KubernetesCluster
from plan.model import Plan


def _eks(plan: Plan) -> KubernetesCluster:
    from components.clusters.eks.cluster import eks_cluster

    return eks_cluster(plan)


def _aks(plan: Plan) -> KubernetesCluster:
    from components.clusters.aks.cluster import aks_cluster

    return aks_cluster(plan)


def _gke(plan: Plan) -> KubernetesCluster:
    from components.clusters.gke.cluster import gke_cluster

    return gke_cluster(plan)


def _existing(plan: Plan) -> KubernetesCluster:
    from components.clusters.existing.cluster import existing_cluster

    return existing_cluster(plan)


_BUILDERS: dict[str, Callable[[Plan], KubernetesCluster]] = {
    "aks": _aks,
    "eks": _eks,
    "gke": _gke,
    "existing": _existing,
}


def create_cluster(plan: Plan) -> KubernetesCluster:
    """Make, or take over, the cluster of the plan."""
    return _BUILDERS[plan.settings.cluster.cloud](plan)
