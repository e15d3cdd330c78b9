"""What stands in a simulated cluster before the program runs: its seed, as records of the world."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from rehearsal.providers.kubernetes.charts import ChartFacts
from rehearsal.providers.kubernetes.cluster import Cluster
from rehearsal.providers.kubernetes.scopes import BUILT_IN_NAMESPACES, NAMESPACE, RELEASE, Kind
from rehearsal.providers.values import Json, Props
from rehearsal.providers.world import ExistingCluster, ExistingNode, ExistingRelease, Record

NODE = Kind("", "Node")
STORAGE_CLASS = Kind("storage.k8s.io", "StorageClass")
_GPUS = "nvidia.com/gpu"


def furnish(cluster: Cluster, seed: ExistingCluster, charts: tuple[ChartFacts, ...]) -> None:
    """Put everything of the seed into the cluster. It is not counted as left behind."""
    for node in seed.nodes:
        _put(cluster, NODE, node.name, _node(node))
    for name in seed.storage_classes:
        _put(cluster, STORAGE_CLASS, name, {"metadata": {"name": name}})
    for release in seed.releases:
        _install(cluster, release, charts)
    cluster.world.foreign()


def _install(cluster: Cluster, seed: ExistingRelease, charts: tuple[ChartFacts, ...]) -> None:
    labels = {"gpu-clusters/stack": seed.stack} if seed.stack else {}
    if seed.namespace not in BUILT_IN_NAMESPACES:
        metadata: Props = {"name": seed.namespace, "labels": cast("Json", labels)}
        _put(cluster, NAMESPACE, seed.namespace, {"metadata": metadata})
    inputs: Props = {
        "name": seed.name,
        "namespace": seed.namespace,
        "chart": seed.chart,
        "version": seed.version,
    }
    known = next((c for c in charts if c.chart.rpartition("/")[2] == seed.chart), None)
    record = Record(
        key=cluster.key(RELEASE, seed.namespace, seed.name),
        name=seed.name,
        inputs=inputs,
        outputs={**inputs, "status": {"revision": 1, "status": "deployed"}},
        note=known.name if known else seed.chart,
    )
    cluster.world.create(record)
    if known is not None:  # in whatever version: the kinds are what matters here
        cluster.install(replace(known, version=seed.version), record, seed.namespace)


def _put(cluster: Cluster, kind: Kind, name: str, written: Props) -> None:
    key = cluster.key(kind, "", name)
    cluster.world.create(Record(key=key, name=name, inputs=written, outputs=written))


def _node(seed: ExistingNode) -> Props:
    return {
        "metadata": {"name": seed.name, "labels": cast("Json", dict(seed.labels))},
        "spec": {"taints": [{"key": key, "effect": "NoSchedule"} for key in seed.taints]},
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "allocatable": {_GPUS: str(seed.gpus)} if seed.gpus else {},
        },
    }
