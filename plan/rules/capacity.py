"""GPUs, nodes and gangs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from plan.findings import Severity
from plan.model import Component, Graph
from plan.placement import CPU, MEMORY, Shortage
from plan.rules.rule import Context, Problem, rule

_GIB = 2**30


@rule(
    "CAP001",
    "the GPUs of one worker fit on one node",
    consequence="the pods stay Pending for ever on nodes that are paid for",
    source="Kubernetes: extended resources are never shared between nodes",
)
def worker_fits_node(context: Context) -> Iterator[Problem]:
    for _, worker in _workers(context):
        pool = context.plan.pool(worker.pool)
        if pool and worker.gpus > pool.machine.gpus:
            yield Problem(
                path=f"{worker.path}.gpus",
                message=f"{worker.gpus} GPUs on one node, but {pool.machine.name} "
                f"has {pool.machine.gpus}",
                fix=f"ask for at most {pool.machine.gpus}, or spread a replica with `nodes`",
            )


@rule(
    "CAP002",
    "parallel sizes multiply to the GPUs of a replica",
    consequence="the engine exits at start with a world-size error, after the model was fetched",
    source="Dynamo, multinode: tensor x pipeline x data parallel = nodes x GPUs",
)
def parallel_sizes(context: Context) -> Iterator[Problem]:
    for graph, worker in _workers(context):
        settings = graph.settings.workers[worker.name]
        gpus = worker.nodes * worker.gpus
        if graph.settings.backend == "mocker" or gpus == 0:
            continue
        engine = settings.tensor_parallel * settings.pipeline_parallel
        sizes = {engine * settings.data_parallel}
        if graph.settings.backend == "sglang":
            # Its data-parallel attention splits the tensor-parallel group instead of adding to it.
            sizes.add(engine)
        if gpus not in sizes:
            yield Problem(
                path=f"{worker.path}.tensorParallel",
                message=f"tensor {settings.tensor_parallel} x pipeline "
                f"{settings.pipeline_parallel} x data {settings.data_parallel} is "
                f"{engine * settings.data_parallel}, but a replica has {gpus} GPUs "
                f"({worker.nodes} x {worker.gpus})",
                fix="change the parallel sizes or `gpus` and `nodes` until they are equal",
            )


@rule(
    "CAP003",
    "an engine that computes has GPUs",
    consequence="the engine exits at start: no CUDA device",
    source="Dynamo, feature matrix: only the mocker runs without GPUs",
)
def engine_has_gpus(context: Context) -> Iterator[Problem]:
    for graph, worker in _workers(context):
        mocker = graph.settings.backend == "mocker"
        if not mocker and worker.gpus == 0:
            yield Problem(
                path=f"{worker.path}.gpus",
                message=f"0 GPUs for a {graph.settings.backend} worker",
                fix="set `gpus`, or use the backend mocker",
            )
        if mocker and worker.gpus:
            yield Problem(
                path=f"{worker.path}.gpus",
                message=f"the mocker computes nothing, yet asks for {worker.gpus} GPUs",
                fix="leave `gpus` out",
                severity=Severity.WARNING,
            )


@rule(
    "GNG001",
    "all pods of all graphs fit their pools at once",
    consequence="part of the graph stays Pending; KAI starts it with one pod of every role, so "
    "it serves, but slower than it was paid for",
    source="Dynamo and Grove operators as run: the gang is one pod of every role",
)
def everything_fits(context: Context) -> Iterator[Problem]:
    together: dict[tuple[str, tuple[str, ...]], list[Shortage]] = defaultdict(list)
    for shortage in context.shortages:
        if not shortage.proven:
            yield Problem(
                path=f"cluster.nodePools.{shortage.pool}.nodes",
                message=f"no placement was found for {', '.join(shortage.components)}, "
                "though the totals fit",
                fix="add a node, or make the workers' sizes divide the node's",
                severity=Severity.WARNING,
            )
        elif not shortage.of_one_pod:
            together[shortage.pool, shortage.components].append(shortage)
        elif shortage.resource in (CPU, MEMORY):
            # GPUs and interfaces beyond one node's are CAP001's and FAB002's to say.
            yield Problem(
                path="".join(shortage.components),
                message=f"one pod asks for {_missing(shortage)} on a node of pool {shortage.pool}",
                fix="ask for less, or use a larger machine type",
            )
    for (pool, components), shortages in together.items():
        yield Problem(
            path=f"cluster.nodePools.{pool}.nodes",
            message=f"{', '.join(components)} ask pool {pool} for "
            f"{', '.join(_missing(shortage) for shortage in shortages)}",
            fix="add nodes, or lower replicas or what each asks for",
        )


def _missing(shortage: Shortage) -> str:
    name = shortage.resource
    return f"{_amount(name, shortage.asked)} {name} ({_amount(name, shortage.there)} there)"


def _amount(resource: str, value: float) -> str:
    if resource == MEMORY:
        return f"{value / _GIB:.0f}Gi"
    return f"{value:g}" if resource == CPU else f"{value:.0f}"


def _workers(context: Context) -> Iterator[tuple[Graph, Component]]:
    for graph in context.plan.graphs:
        for worker in graph.workers:
            yield graph, worker


RULES = (worker_fits_node, parallel_sizes, engine_has_gpus, everything_fits)
