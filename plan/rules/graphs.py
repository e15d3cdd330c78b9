"""Graphs against the cluster they land on: names, taints, secrets, queues, claims."""

from __future__ import annotations

from collections.abc import Iterator

from plan.rules.rule import Context, Problem, rule
from plan.settings import WorkerRole
from plan.settings.cluster import Taint
from plan.settings.graphs import TolerationSettings

# Grove: PodCliqueSet + scaling group + clique.
_GROVE_NAME_LIMIT = 45
_HALVES = (
    (WorkerRole.PREFILL, WorkerRole.DECODE),
    (WorkerRole.DECODE, WorkerRole.PREFILL),
)
# Made by a hook of the platform chart, at every upgrade anew: never ours.
CHART_QUEUES = ("dynamo-default", "dynamo")


@rule(
    "GRF002",
    "prefill and decode come together",
    consequence="requests wait for the half that is not there",
    source="Dynamo, disaggregated serving",
)
def both_halves(context: Context) -> Iterator[Problem]:
    for graph in context.plan.graphs:
        roles = {worker.role for worker in graph.workers}
        for half, other in _HALVES:
            if half in roles and other not in roles:
                yield Problem(
                    path=f"{graph.path}.workers",
                    message=f"there is a {half} worker but no {other} worker",
                    fix=f"add a {other} worker, or give this one the role worker",
                )


@rule(
    "GRF003",
    "names fit what Grove makes of them",
    consequence="the operator's webhook refuses the graph, after the cluster is up",
    source="Dynamo webhook and Grove: graph + component (+ component-ldr) at most 45 characters",
)
def names_fit(context: Context) -> Iterator[Problem]:
    for graph in context.plan.graphs:
        for component in graph.components:
            length = len(graph.name) + len(component.name)
            made_of = f"{graph.name} + {component.name}"
            if component.nodes > 1:
                length += len(component.name) + len("-ldr")
                made_of += f" + {component.name}-ldr"
            if length > _GROVE_NAME_LIMIT:
                yield Problem(
                    path=component.path,
                    message=f"{made_of} is {length} characters, {_GROVE_NAME_LIMIT} are allowed",
                    fix="shorten the graph's or the worker's name",
                )


@rule(
    "GRF004",
    "the components of a graph have names of their own, whatever their case",
    consequence="the API server refuses the graph, or the operator makes one object for both",
    source="DynamoGraphDeployment v1beta1 CRD: component names are unique case-insensitively",
)
def names_differ(context: Context) -> Iterator[Problem]:
    for graph in context.plan.graphs:
        seen: set[str] = set()
        for component in graph.components:
            if component.name.lower() in seen:
                yield Problem(
                    path=component.path,
                    message=f"there is a component {component.name.lower()!r} already",
                    fix="rename the worker (every graph has a Frontend)",
                )
            seen.add(component.name.lower())


@rule(
    "SCH001",
    "tolerations match the taints of the pool",
    consequence="the pods stay Pending beside idle GPU nodes",
    source="AWS facts A27; operators as run: a taint that no toleration answers",
)
def tolerated(context: Context) -> Iterator[Problem]:
    for graph in context.plan.graphs:
        for component in graph.components:
            pool = context.plan.pool(component.pool)
            for taint in pool.taints if pool else ():
                blocks = taint.effect != "PreferNoSchedule"
                if blocks and not any(_tolerates(t, taint) for t in component.tolerations):
                    yield Problem(
                        path=f"{component.path}.tolerations",
                        message=f"nothing tolerates {taint.key}={taint.value}:{taint.effect} "
                        f"of pool {component.pool}",
                        fix=f"add a toleration with key {taint.key} and operator Exists, "
                        "or leave tolerations out",
                    )


@rule(
    "SEC001",
    "the model token is in the namespace of every graph",
    consequence="pods stop at CreateContainerConfigError: secret not found",
    source="Dynamo quickstart: the secret has to be in the graph's namespace",
)
def token_is_there(context: Context) -> Iterator[Problem]:
    token = context.plan.settings.platform.hugging_face
    if token is None:
        return
    for graph in context.plan.graphs:
        if graph.namespace not in context.plan.token_namespaces:
            there = ", ".join(context.plan.token_namespaces) or "nowhere"
            yield Problem(
                path="platform.huggingFace.namespaces",
                message=f"{token.secret_name} goes to {there}, but graph {graph.name} "
                f"is in {graph.namespace}",
                fix=f"add {graph.namespace}, or leave namespaces out",
            )


@rule(
    "QUE001",
    "the graph's KAI queue exists",
    consequence="the operator refuses to reconcile the graph: its queue is missing",
    source="Dynamo, multinode; charts: the platform chart makes dynamo-default and dynamo",
)
def queue_exists(context: Context) -> Iterator[Problem]:
    known = (*CHART_QUEUES, *context.plan.queues)
    for graph in context.plan.graphs:
        if graph.queue not in known:
            yield Problem(
                path=f"{graph.path}.queue",
                message=f"there is no queue {graph.queue!r}; known are {', '.join(known)}",
                fix=f"add platform.queues.{graph.queue}, or use one that is there",
            )


@rule(
    "QUE002",
    "a queue of ours has its own name and a parent that exists",
    consequence="the chart's hook and the program make the same queue in turn, or the queue "
    "has no root and nothing in it is scheduled",
    source="charts: queues dynamo-default and dynamo are re-made at every upgrade",
)
def queues_stand(context: Context) -> Iterator[Problem]:
    queues = context.plan.queues
    for name, queue in queues.items():
        if name in CHART_QUEUES:
            yield Problem(
                path=f"platform.queues.{name}",
                message=f"the platform chart makes the queue {name} itself",
                fix="take another name, or leave it out and use it as it is",
            )
        others = (*CHART_QUEUES, *(other for other in queues if other != name))
        if queue.parent not in others:
            yield Problem(
                path=f"platform.queues.{name}.parent",
                message=f"there is no queue {queue.parent!r}; known are {', '.join(others)}",
                fix="name one of them",
            )


def _tolerates(toleration: TolerationSettings, taint: Taint) -> bool:
    if toleration.effect is not None and toleration.effect != taint.effect:
        return False
    if toleration.key is None:
        return toleration.operator == "Exists"
    if toleration.key != taint.key:
        return False
    return toleration.operator == "Exists" or (toleration.value or "") == taint.value


RULES = (
    both_halves,
    names_fit,
    names_differ,
    tolerated,
    token_is_there,
    queue_exists,
    queues_stand,
)
