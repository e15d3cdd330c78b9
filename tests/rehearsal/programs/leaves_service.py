"""Our program, and a Service of type LoadBalancer that is there when the cluster goes.

As after `kubectl expose`: no stack knows of it, so that nobody deletes it before its controller.
"""

from unittest.mock import patch

import pulumi
import pulumi_kubernetes as kubernetes

import components
from components.clusters.contract import KubernetesCluster
from plan.model import Plan
from rehearsal.workspace import run_program

make = components.create_cluster


def with_service(plan: Plan) -> KubernetesCluster:
    cluster = make(plan)
    kubernetes.core.v1.Service(
        "exposed",
        metadata={"name": "exposed", "namespace": "default"},
        spec={"type": "LoadBalancer", "ports": [{"port": 80}]},
        opts=pulumi.ResourceOptions(
            provider=cluster.provider, depends_on=[*cluster.foundation], retain_on_delete=True
        ),
    )
    return cluster


with patch.object(components, "create_cluster", with_service):
    run_program()
