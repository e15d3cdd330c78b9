"""What a stack tells its user. The only place that exports."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.clusters import KubernetesCluster
from plan.model import Plan


def export_outputs(plan: Plan, cluster: KubernetesCluster, endpoints: Mapping[str, str]) -> None:
    """Export the stack's outputs. `endpoints` are the graphs' addresses inside the cluster."""
    pulumi.export("cluster", cluster.cluster_name)
    pulumi.export("kubeconfig", cluster.kubeconfig)
    pulumi.export("endpoints", dict(endpoints))
    pulumi.export(
        "nodePools",
        {
            pool.name: {
                "machineType": pool.machine.name,
                "nodes": pool.starting_nodes,
                "gpus": pool.starting_nodes * pool.machine.gpus,
                "fabric": pool.fabric.name,
            }
            for pool in plan.pools
        },
    )
    pulumi.export(
        "versions", {layer.name: layer.chart.version for layer in plan.layers if layer.chart}
    )
