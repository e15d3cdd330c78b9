"""Where a component's pods may run: the part both versions of the resource share."""

from __future__ import annotations

from plan.clouds.common import POOL_LABEL
from plan.model import Component, Graph, Pool

_GRAPH_LABEL = "nvidia.com/dynamo-graph-deployment-name"
_COMPONENT_LABEL = "nvidia.com/dynamo-component"
_ZONE = "topology.kubernetes.io/zone"
_HOST = "kubernetes.io/hostname"

Manifest = dict[str, object]


def pod_scheduling(graph: Graph, component: Component, pool: Pool) -> Manifest:
    """Node selector, tolerations and affinity of a pod, as Kubernetes writes them."""
    scheduling: Manifest = {}
    if POOL_LABEL in pool.labels:
        scheduling["nodeSelector"] = {POOL_LABEL: pool.name}
    elif pool.labels:
        scheduling["nodeSelector"] = dict(pool.labels)
    if component.tolerations:
        scheduling["tolerations"] = [
            t.model_dump(by_alias=True, exclude_none=True) for t in component.tolerations
        ]
    affinity = _affinity(graph, component)
    if affinity:
        scheduling["affinity"] = affinity
    return scheduling


def security_context(component: Component) -> Manifest | None:
    """What the fabric needs to pin memory."""
    match component.security:
        case "privileged":
            return {"privileged": True, "capabilities": {"add": ["IPC_LOCK"]}}
        case "ipc_lock":
            return {"capabilities": {"add": ["IPC_LOCK"]}}
        case "none":
            return None


def _affinity(graph: Graph, component: Component) -> Manifest:
    if component.role is None:
        return {}
    affinity: Manifest = {}
    workers = [worker.name for worker in graph.workers]
    if graph.same_zone:
        # By worker, not by graph: a frontend that starts first must not choose the zone.
        affinity["podAffinity"] = {
            "requiredDuringSchedulingIgnoredDuringExecution": [_term(graph, workers, _ZONE)]
        }
    others = [w.name for w in graph.workers if w.role is not component.role]
    if graph.separation != "none" and others:
        term = _term(graph, others, _HOST)
        affinity["podAntiAffinity"] = (
            {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
            if graph.separation == "required"
            else {
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 100, "podAffinityTerm": term}
                ]
            }
        )
    return affinity


def _term(graph: Graph, components: list[str], topology: str) -> Manifest:
    return {
        "topologyKey": topology,
        "labelSelector": {
            "matchLabels": {_GRAPH_LABEL: graph.name},
            "matchExpressions": [{"key": _COMPONENT_LABEL, "operator": "In", "values": components}],
        },
    }
