"""Placement never puts more on a node than it has, and loses no pod in silence."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from plan.model import Plan
from plan.placement import capacity, demand, place
from tests.harness.settings import plan_of

SIZES = st.integers(0, 8)


def workers(prefill: int, decode: int, gpus: int, cpu: int) -> tuple[str, dict[str, Any]]:
    sizes = {"gpus": gpus, "cpu": cpu, "memory": "1Gi"}
    return (
        "graphs.chat.workers",
        {"prefill": {"replicas": prefill, **sizes}, "decode": {"replicas": decode, **sizes}},
    )


def used(plan: Plan) -> dict[tuple[str, int], dict[str, float]]:
    components = {(g.name, c.name): c for g in plan.graphs for c in g.components}
    totals: dict[tuple[str, int], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for placed in plan.placements:
        asked = demand(components[placed.graph, placed.component])
        for name, amount in asked.items():
            totals[placed.pool, placed.node][name] += amount * placed.pods
    return totals


@given(
    prefill=st.integers(1, 12),
    decode=st.integers(1, 12),
    gpus=SIZES,
    cpu=st.integers(1, 200),
    nodes=st.integers(1, 6),
    apart=st.sampled_from(["required", "preferred", "none"]),
)
def test_placement(prefill: int, decode: int, gpus: int, cpu: int, nodes: int, apart: str) -> None:
    plan = plan_of(
        workers(prefill, decode, gpus, cpu),
        ("cluster.nodePools.gpu.nodes", nodes),
        ("cluster.nodePools.gpu.reservation.nodes", nodes),
        ("graphs.chat.separateHosts", apart),
    )
    for (pool, _), totals in used(plan).items():
        offered = capacity(next(p for p in plan.pools if p.name == pool))
        assert all(amount <= offered[name] for name, amount in totals.items())

    placed: dict[str, int] = defaultdict(int)
    for placement in plan.placements:
        placed[placement.component] += placement.pods
    asked = {c.name: c.pods for g in plan.graphs for c in g.components}
    _, shortages = place(plan.graphs, plan.pools)
    assert (placed == asked) or shortages

    if apart == "required":
        by_node: dict[int, set[str]] = defaultdict(set)
        for placement in plan.placements:
            if placement.pool == "gpu":
                by_node[placement.node].add(placement.component)
        assert all(len(components) == 1 for components in by_node.values())


def test_a_shortage_that_more_nodes_would_not_cure_names_the_component() -> None:
    plan = plan_of(workers(1, 1, 9, 1))
    _, shortages = place(plan.graphs, plan.pools)
    paths = {path for s in shortages if s.proven for path in s.components}
    assert "graphs.chat.workers.prefill" in paths
