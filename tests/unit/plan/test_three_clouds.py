"""One graph, three clouds: what a graph says does not change, what its pods ask for does."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from plan.model import GPU_RESOURCE, Component, Plan
from plan.resolve import resolve
from plan.settings import parse_settings
from plan.settings.loader import PROJECT, load_stack_file

Blocks = dict[str, Any]
CLUSTERS = ("eks-h100", "aks-h100", "gke-h200")


def blocks(stack: str) -> Blocks:
    prefix = f"{PROJECT}:"
    config = copy.deepcopy(load_stack_file(stack).config)
    return {k.removeprefix(prefix): v for k, v in config.items() if k.startswith(prefix)}


def graphs(*, whole_nodes: bool) -> Blocks:
    """The graph of eks-h100, less its counts of EFA interfaces, which are worked out.

    With `whole_nodes` one worker fills a node: the only way on RoCE.
    """
    found = blocks("eks-h100")["graphs"]
    for graph in found.values():
        for worker in graph["workers"].values():
            del worker["rdma"]
            if whole_nodes:
                worker |= {"replicas": 1, "gpus": 8, "tensorParallel": 8}
    return found


def on(stack: str, graphs: Blocks) -> Plan:
    """The plan of these graphs on a shipped stack's cluster."""
    plan = resolve(parse_settings({**blocks(stack), "graphs": graphs}), stack)
    assert plan.errors == ()
    return plan


def worker(plan: Plan, name: str) -> Component:
    (graph,) = plan.graphs
    (found,) = [component for component in graph.workers if component.name == name]
    return found


@pytest.mark.parametrize("stack", CLUSTERS)
def test_one_graph_of_whole_nodes_runs_on_every_cloud(stack: str) -> None:
    plan = on(stack, graphs(whole_nodes=True))
    assert {c.kind for graph in plan.graphs for c in graph.caches} == {
        "model",
        "compilation",
        "perf",
    }
    assert all(cache.claim.volume for graph in plan.graphs for cache in graph.caches)


@pytest.mark.parametrize("stack", ["eks-h100", "aks-h100"])
def test_one_graph_whose_workers_share_nodes_runs_where_fabrics_are_shared(stack: str) -> None:
    plan = on(stack, graphs(whole_nodes=False))
    assert len({(p.pool, p.node) for p in plan.placements if p.component == "prefill"}) == 2


def test_a_graph_that_shares_nodes_is_refused_on_roce() -> None:
    """Not worked around in silence: NCCL would not start."""
    cluster = {**blocks("gke-h200"), "graphs": graphs(whole_nodes=False)}
    plan = resolve(parse_settings(cluster), "gke-h200")
    assert {f.path for f in plan.errors} >= {
        "graphs.vllm-disagg.workers.prefill.gpus",
        "graphs.vllm-disagg.workers.decode.gpus",
    }


def test_the_same_worker_asks_each_cloud_for_its_own_fabric() -> None:
    asked = {
        stack: worker(on(stack, graphs(whole_nodes=True)), "decode").extended_resources
        for stack in CLUSTERS
    }
    assert asked == {
        "eks-h100": {GPU_RESOURCE: 8, "vpc.amazonaws.com/efa": 32},
        "aks-h100": {GPU_RESOURCE: 8, "rdma/hca_shared_devices_a": 1},
        "gke-h200": {
            GPU_RESOURCE: 8,
            **{f"networking.gke.io.networks/rdma-{index}": 1 for index in range(8)},
        },
    }


def test_the_same_worker_has_each_clouds_own_environment_and_rights() -> None:
    plans = {stack: on(stack, graphs(whole_nodes=True)) for stack in CLUSTERS}
    workers = {stack: worker(plan, "prefill") for stack, plan in plans.items()}
    assert {stack: w.security for stack, w in workers.items()} == {
        "eks-h100": "privileged",
        "aks-h100": "ipc_lock",
        "gke-h200": "ipc_lock",
    }
    said = {stack: dict(w.environment) for stack, w in workers.items()}
    assert said["eks-h100"]["FI_PROVIDER"] == "efa"
    assert said["aks-h100"]["UCX_IB_ADDR_TYPE"] == "eth"
    assert said["gke-h200"]["UCX_IB_GID_INDEX"] == "3"
    assert {stack for stack, w in workers.items() if w.annotations} == {"gke-h200"}
    assert {plan.graphs[0].frontend.fabric.name for plan in plans.values()} == {"tcp"}


def test_what_no_cloud_changes() -> None:
    plans = [on(stack, graphs(whole_nodes=True)) for stack in CLUSTERS]
    settings = [plan.graphs[0].settings for plan in plans]
    assert settings[0] == settings[1] == settings[2]
    shapes = [
        [(c.name, c.role, c.replicas, c.nodes, c.gpus, c.cpu, c.memory) for c in g.components]
        for plan in plans
        for g in plan.graphs
    ]
    assert shapes[0] == shapes[1] == shapes[2]
    assert len({plan.graphs[0].same_zone for plan in plans}) == 1
