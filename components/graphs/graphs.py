"""All graphs of a stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import pulumi
import pulumi_kubernetes as kubernetes

from components.clusters import KubernetesCluster
from components.graphs import v1alpha1, v1beta1
from components.graphs.caches import Caches, CachesArgs
from components.platform import Platform
from plan.model import Graph, Plan

_QUEUE_ANNOTATION = "nvidia.com/kai-scheduler-queue"
_WAIT_ANNOTATION = "pulumi.com/waitFor"


@dataclass(frozen=True, kw_only=True)
class GraphsArgs:
    """`platform` stands before any graph."""

    plan: Plan
    cluster: KubernetesCluster
    platform: Platform


class Graphs(pulumi.ComponentResource):
    """The stack's graphs. `endpoints` holds each frontend's address inside the cluster."""

    def __init__(
        self, name: str, args: GraphsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {"graphs": [graph.name for graph in args.plan.graphs]}
        super().__init__("gpuclusters:graphs:Graphs", name, props, opts)
        self.endpoints: dict[str, str] = {}
        caches = Caches(
            "caches",
            CachesArgs(
                claims=args.plan.claims,
                downloads=args.plan.downloads,
                storage=args.cluster.storage,
                pools=args.plan.pools,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=[args.platform]),
        )
        for graph in args.plan.graphs:
            pools = args.cluster.node_pools
            own_pools = [
                pools[pool] for pool in sorted({c.pool for c in graph.components} & pools.keys())
            ]
            filled = [
                resource
                for cache in graph.caches
                for resource in caches.ready[cache.claim.namespace, cache.claim.name]
            ]
            DynamoGraph(
                graph.name,
                DynamoGraphArgs(graph=graph, plan=args.plan),
                # Not deleted with the cluster: its pods hold claims, and the operator has to be
                # there to remove its finalizer.
                pulumi.ResourceOptions(
                    parent=self, depends_on=[args.platform, *own_pools, *filled]
                ),
            )
            self.endpoints[graph.name] = (
                f"http://{graph.name}-frontend.{graph.namespace}.svc.cluster.local:8000"
            )
        self.register_outputs({"endpoints": self.endpoints})


@dataclass(frozen=True, kw_only=True)
class DynamoGraphArgs:
    """One graph of the plan."""

    graph: Graph
    plan: Plan


class DynamoGraph(pulumi.ComponentResource):
    """A DynamoGraphDeployment. What it waits for is in its options."""

    def __init__(
        self, name: str, args: DynamoGraphArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        graph = args.graph
        props = {"model": graph.settings.model, "backend": graph.settings.backend}
        super().__init__("gpuclusters:graphs:DynamoGraph", name, props, opts)
        version = graph.settings.api_version
        write = v1beta1.spec if version == "v1beta1" else v1alpha1.spec
        annotations = {_QUEUE_ANNOTATION: graph.queue}
        if _nodes_are_coming(args):
            annotations[_WAIT_ANNOTATION] = "condition=Ready"
        self.deployment = kubernetes.apiextensions.CustomResource(
            f"{name}-graph",
            api_version=f"nvidia.com/{version}",
            kind="DynamoGraphDeployment",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=graph.name, namespace=graph.namespace, annotations=annotations
            ),
            spec=cast("Mapping[str, object]", write(graph, args.plan)),
            opts=pulumi.ResourceOptions(
                parent=self,
                # Images and weights of a large model take most of it (see facts on durations).
                custom_timeouts=pulumi.CustomTimeouts(create="60m", update="60m", delete="15m"),
            ),
        )
        self.register_outputs({})


def _nodes_are_coming(args: DynamoGraphArgs) -> bool:
    """Whether the graph can become ready now: not while its Capacity Block has not started."""
    used = [args.plan.pool(component.pool) for component in args.graph.components]
    return all(pool is None or pool.starting_nodes > 0 for pool in used)
