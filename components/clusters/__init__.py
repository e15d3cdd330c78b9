"""Clusters: one contract, one folder a cloud.

Belongs here: everything that differs between clouds. Does not: anything inside the cluster but
its own storage classes.
"""

from components.clusters.contract import KubernetesCluster
from components.clusters.factory import create_cluster

__all__ = ["KubernetesCluster", "create_cluster"]
