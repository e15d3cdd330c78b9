"""Where pods may run."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from components.graphs.scheduling import pod_scheduling, security_context
from plan.fabric import SecurityMode, Separation
from plan.model import Component, Graph, Plan, Pool
from plan.settings import WorkerRole

ZONE = "topology.kubernetes.io/zone"
HOST = "kubernetes.io/hostname"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def pool_of(plan: Plan, component: Component) -> Pool:
    pool = plan.pool(component.pool)
    assert pool is not None
    return pool


def worker(graph: Graph, role: WorkerRole) -> Component:
    (found,) = [w for w in graph.workers if w.role is role]
    return found


def scheduled(plan: Plan, graph: Graph, role: WorkerRole = WorkerRole.PREFILL) -> Any:
    component = worker(graph, role)
    return pod_scheduling(graph, component, pool_of(plan, component))


def term(topology: str, *components: str) -> dict[str, object]:
    return {
        "topologyKey": topology,
        "labelSelector": {
            "matchLabels": {"nvidia.com/dynamo-graph-deployment-name": "vllm-disagg"},
            "matchExpressions": [
                {
                    "key": "nvidia.com/dynamo-component",
                    "operator": "In",
                    "values": list(components),
                }
            ],
        },
    }


@pytest.mark.parametrize(
    ("role", "other"),
    [(WorkerRole.PREFILL, "decode"), (WorkerRole.DECODE, "prefill")],
)
@pytest.mark.parametrize("separation", ["none", "preferred", "required"])
def test_affinity(
    plan: Plan, graph: Graph, role: WorkerRole, other: str, separation: Separation
) -> None:
    affinity = scheduled(plan, dataclasses.replace(graph, separation=separation), role)["affinity"]
    # Both halves in one zone, by worker: a frontend must not choose it.
    assert affinity["podAffinity"] == {REQUIRED: [term(ZONE, "prefill", "decode")]}
    apart = term(HOST, other)
    assert (
        affinity.get("podAntiAffinity")
        == {
            "none": None,
            "preferred": {PREFERRED: [{"weight": 100, "podAffinityTerm": apart}]},
            "required": {REQUIRED: [apart]},
        }[separation]
    )


def test_a_fabric_without_zones_asks_for_none(plan: Plan, graph: Graph) -> None:
    free = dataclasses.replace(graph, same_zone=False, separation="none")
    assert "affinity" not in scheduled(plan, free)


def test_a_worker_alone_keeps_apart_from_nobody(plan: Plan, graph: Graph) -> None:
    alone = dataclasses.replace(
        graph, workers=(worker(graph, WorkerRole.PREFILL),), separation="required"
    )
    assert set(scheduled(plan, alone)["affinity"]) == {"podAffinity"}


def test_the_frontend_goes_where_its_pool_is_and_no_more(plan: Plan, graph: Graph) -> None:
    written = pod_scheduling(graph, graph.frontend, pool_of(plan, graph.frontend))
    assert written == {"nodeSelector": {"gpu-clusters/pool": "system"}}


@pytest.mark.parametrize(
    ("labels", "selector"),
    [
        ({"gpu-clusters/pool": "gpu", "team": "a"}, {"gpu-clusters/pool": "gpu"}),
        # Somebody else's nodes have only the labels that the stack file names.
        ({"gpu": "h100", "team": "a"}, {"gpu": "h100", "team": "a"}),
        ({}, None),
    ],
)
def test_node_selector(
    plan: Plan, graph: Graph, labels: dict[str, str], selector: dict[str, str] | None
) -> None:
    component = worker(graph, WorkerRole.DECODE)
    pool = dataclasses.replace(pool_of(plan, component), labels=labels)
    assert pod_scheduling(graph, component, pool).get("nodeSelector") == selector


def test_tolerations_are_as_kubernetes_writes_them(plan: Plan, graph: Graph) -> None:
    assert scheduled(plan, graph)["tolerations"] == [
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    ]
    component = dataclasses.replace(worker(graph, WorkerRole.PREFILL), tolerations=())
    assert "tolerations" not in pod_scheduling(graph, component, pool_of(plan, component))


@pytest.mark.parametrize(
    ("mode", "context"),
    [
        ("privileged", {"privileged": True, "capabilities": {"add": ["IPC_LOCK"]}}),
        ("ipc_lock", {"capabilities": {"add": ["IPC_LOCK"]}}),
        ("none", None),
    ],
)
def test_security(graph: Graph, mode: SecurityMode, context: object) -> None:
    component = dataclasses.replace(graph.workers[0], security=mode)
    assert security_context(component) == context
