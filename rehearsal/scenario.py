"""A stack's whole life on the real engine, each step with a verdict.

preview, up, a look for secrets in the state, up again, refresh, one change, destroy, and a count of
what is left.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pulumi import automation
from pulumi.automation.events import EngineEvent, OpType

from plan.catalog.charts import all_charts
from plan.model import Plan
from plan.platform import gpu_operator
from plan.settings import (
    CapacityBlock,
    CapacityReservationGroup,
    ExistingSettings,
    GkeSettings,
    SpecificReservation,
)
from plan.settings.loader import PROJECT, StackFile
from plan.strandings import advise
from rehearsal.engine import Engine
from rehearsal.providers.kubernetes.scopes import CRD
from rehearsal.providers.process import StandIns
from rehearsal.providers.world import Held
from rehearsal.workspace import REHEARSAL_TOKEN, Workspace, run_program, workspace

# The key under which Pulumi writes "this is a secret" into a state.
_SECRET_MARK = "4dabf18193072939515e22adb298388d"
_GRAPH_TYPE = "DynamoGraphDeployment"
_FRONTEND = "frontend"
# Said beside the cause, never instead of it.
_NOISE = ("update failed", "preview failed", "resource registration", "InactiveRpcError")
# The SDK says an exception of the program twice, the second time with this before it.
_UNHANDLED = "an unhandled error occurred: "
# How the engine writes messages under a resource's name, and goes on in them.
_INDENT = "    "
_MESSAGE = re.compile(r"\s*(warning|info|debug): ")
_QUIET = frozenset({OpType.SAME, OpType.READ, OpType.REFRESH})


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """Resources by what the engine did to them."""

    created: int = 0
    updated: int = 0
    same: int = 0
    deleted: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step and its verdict. `problem` is empty where it went as it should."""

    name: str
    seconds: float
    counts: Counts | None
    verdict: str
    problem: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsal:
    """What came of it. `left` is what the simulated clouds still hold, which fails it."""

    stack: str
    steps: tuple[Step, ...]
    left: tuple[Held, ...]

    @property
    def ok(self) -> bool:
        return all(step.ok for step in self.steps) and not self.left


class Watcher(Protocol):
    """Who is told how it goes."""

    def started(self, step: str) -> None: ...

    def progress(self, operation: str, resource: str, done: int) -> None: ...

    def finished(self, step: Step) -> None: ...


@dataclass(slots=True)
class _Recorder:
    """What one engine operation did, from its events."""

    watcher: Watcher
    touched: dict[str, OpType] = field(default_factory=dict[str, OpType])
    counts: Counts = Counts()
    done: int = 0

    def __call__(self, event: EngineEvent) -> None:
        if event.res_outputs_event:
            self.done += 1
            metadata = event.res_outputs_event.metadata
            if metadata.op not in _QUIET:
                self.touched[metadata.urn] = metadata.op
            self.watcher.progress(metadata.op.value, metadata.urn.rpartition("::")[2], self.done)
        if event.summary_event:
            self.counts = _counts(event.summary_event.resource_changes)


def _counts(changes: Mapping[Any, int]) -> Counts:
    by_name = {OpType(key): count for key, count in changes.items()}
    return Counts(
        created=by_name.get(OpType.CREATE, 0) + by_name.get(OpType.CREATE_REPLACEMENT, 0),
        updated=by_name.get(OpType.UPDATE, 0) + by_name.get(OpType.REPLACE, 0),
        same=by_name.get(OpType.SAME, 0),
        deleted=by_name.get(OpType.DELETE, 0) + by_name.get(OpType.DELETE_REPLACED, 0),
    )


Operation = Callable[[Callable[[EngineEvent], object]], object]
# From what was done (counts, and each touched resource's operation) to what is wrong with it.
Judge = Callable[[Counts, Mapping[str, OpType]], str]


class Broken(Exception):
    """An operation went through, and what it shows is wrong."""


def rehearse(
    stack: StackFile,
    plan: Plan,
    engine: Engine,
    stand_ins: StandIns,
    watcher: Watcher,
    program: automation.PulumiFn = run_program,
) -> Rehearsal:
    """Run the life cycle. A step that fails ends it, except that destroy is always tried."""
    steps: list[Step] = []
    with workspace(stack, engine, stand_ins, program) as work:
        for name, operation, judge in _life_cycle(work, plan):
            step = _run(name, operation, judge, watcher)
            steps.append(step)
            if not step.ok:
                break
        steps.append(_run("destroy", _destroy(work), _destroyed, watcher))
    held = stand_ins.inventory()
    left = tuple(item for item in held if not _stays(item, plan))
    steps.append(_counted(left, len(held) - len(left), watcher))
    return Rehearsal(stack=stack.name, steps=tuple(steps), left=left)


def _life_cycle(work: Workspace, plan: Plan) -> Iterator[tuple[str, Operation, Judge]]:
    engine = work.stack
    yield "preview", lambda see: engine.preview(on_event=see), _only_creates
    yield "up", lambda see: engine.up(on_event=see, show_secrets=False), _only_creates
    if plan.token_namespaces:
        yield "no secret in state", lambda _: _no_token_in(work), _nothing
    yield "up again", lambda see: engine.up(on_event=see, show_secrets=False), _nothing
    yield "refresh", lambda see: engine.refresh(on_event=see, show_secrets=False), _nothing
    change = replica_change(plan)
    if change is not None:
        work.change_config(change.apply)
        yield (
            f"change {change.label}",
            lambda see: engine.up(on_event=see, show_secrets=False),
            _only_the_graph,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplicaChange:
    """Another number of replicas for one component of one graph."""

    graph: str
    component: str
    replicas: int

    @property
    def label(self) -> str:
        return f"{self.component} to {self.replicas}"

    def apply(self, config: dict[str, Any]) -> None:
        """Edit the configuration of a stack file."""
        graph = config[f"{PROJECT}:graphs"][self.graph]
        if self.component == _FRONTEND:
            graph.setdefault(_FRONTEND, {})["replicas"] = self.replicas
        else:
            graph["workers"][self.component]["replicas"] = self.replicas


def replica_change(plan: Plan) -> ReplicaChange | None:
    """A change that any stack with a graph can bear: fewer workers need no further node.

    Where no kind of worker can spare one, it is one frontend more, which needs no GPU.
    """
    for graph in plan.graphs:
        for worker in graph.workers:
            if worker.replicas > 1:
                return ReplicaChange(
                    graph=graph.name, component=worker.name, replicas=worker.replicas - 1
                )
        return ReplicaChange(
            graph=graph.name, component=_FRONTEND, replicas=graph.frontend.replicas + 1
        )
    return None


def _no_token_in(work: Workspace) -> None:
    state = work.written()
    if REHEARSAL_TOKEN in state:
        raise Broken("the Hugging Face token stands in the state in plain text")
    if _SECRET_MARK not in state:
        raise Broken("the state holds no secret at all, though the stack has a token")


def _destroy(work: Workspace) -> Operation:
    return lambda see: work.stack.destroy(on_event=see, show_secrets=False)


def _run(name: str, operation: Operation, judge: Judge, watcher: Watcher) -> Step:
    watcher.started(name)
    recorder = _Recorder(watcher)
    start = time.monotonic()
    try:
        operation(recorder)
        problem = judge(recorder.counts, recorder.touched)
    except automation.CommandError as error:
        problem = with_advice(engine_words(str(error)))
    except Broken as error:
        problem = str(error)
    step = Step(
        name=name,
        seconds=time.monotonic() - start,
        counts=recorder.counts,
        verdict="failed, see below" if problem else "as it should",
        problem=problem,
    )
    watcher.finished(step)
    return step


def _stays(held: Held, plan: Plan) -> bool:
    """Helm deletes no CRD; in a cluster that stays, they do too."""
    return isinstance(plan.settings.cluster, ExistingSettings) and held.type == str(CRD)


def _counted(left: Sequence[Held], staying: int, watcher: Watcher) -> Step:
    watcher.started("what is left")
    held = ", ".join(f"{item.type} {item.name}" for item in left[:5])
    problem = f"{len(left)} still there: {held}" if left else ""
    crds = f"; Helm leaves {staying} CRDs in the cluster" if staying else ""
    step = Step(
        name="what is left",
        seconds=0.0,
        counts=None,
        verdict="not empty" if problem else f"0 resources in the simulated clouds{crds}",
        problem=problem,
    )
    watcher.finished(step)
    return step


def engine_words(text: str) -> str:
    """What the engine said went wrong, each thing once and whole, without the noise around it."""
    _, _, diagnostics = text.partition("\nDiagnostics:\n")
    found = dict.fromkeys(
        words.removeprefix(_UNHANDLED)
        for words in _errors(diagnostics or text)
        if not any(noise in words.partition("\n")[0] for noise in _NOISE)
    )
    return "\n".join(found) or text.strip()


def _errors(text: str) -> Iterator[str]:
    """Each error with the lines that follow it: a list of refusals is one error."""
    error: list[str] = []
    for line in text.splitlines():
        _, marker, words = line.partition("error: ")
        goes_on = error and line.startswith(_INDENT) and not _MESSAGE.match(line)
        if goes_on and not marker:
            error.append(line.strip())
            continue
        if error:
            yield "\n".join(error)
        error = [words.strip()] if marker else []
    if error:
        yield "\n".join(error)


def with_advice(problem: str) -> str:
    """The problem, and what its reader can do about those in it that are known."""
    return "\n".join((problem, *(str(advice) for advice in advise(problem))))


def _only_creates(counts: Counts, touched: Mapping[str, OpType]) -> str:
    del touched
    if counts.updated or counts.deleted or not counts.created:
        return f"expected only creates, got {counts}"
    return ""


def _nothing(counts: Counts, touched: Mapping[str, OpType]) -> str:
    del counts
    return f"changed without cause: {_names(touched)}" if touched else ""


def _only_the_graph(counts: Counts, touched: Mapping[str, OpType]) -> str:
    changed = {urn: op for urn, op in touched.items() if not _is_root(urn)}
    graphs = [urn for urn in changed if _is_graph(urn)]
    others = {urn: op for urn, op in changed.items() if not _is_graph(urn)}
    if others:
        return f"changed more than the graph: {_names(others)}"
    if len(graphs) != 1 or counts.created or counts.deleted:
        return f"expected one graph to be updated in place, got {_names(changed) or 'nothing'}"
    return ""


def _destroyed(counts: Counts, touched: Mapping[str, OpType]) -> str:
    del touched
    return "" if counts.deleted else "nothing was deleted"


def _is_graph(urn: str) -> bool:
    return _GRAPH_TYPE in urn.split("::")[2].rpartition("$")[2]


def _is_root(urn: str) -> bool:
    """The stack itself: its outputs hold what changed, so it is always touched."""
    return urn.split("::")[2] == "pulumi:pulumi:Stack"


def _names(touched: Mapping[str, OpType]) -> str:
    return ", ".join(f"{op.value} {urn.rpartition('::')[2]}" for urn, op in touched.items())


def stand_ins_for(plan: Plan) -> StandIns:
    """The simulated clouds, started, holding what the plan counts on: its Capacity Blocks."""
    return StandIns(seed_for(plan))


def seed_for(plan: Plan) -> dict[str, object]:
    """What is there before the program runs: capacity that was bought or reserved by hand."""
    seed: dict[str, list[object]] = {
        "capacity_blocks": [],
        "capacityGroups": [],
        "reservations": [],
    }
    for pool in plan.pools:
        match pool.reservation:
            case CapacityBlock() as block:
                seed["capacity_blocks"].append(
                    {
                        "id": block.id,
                        "instanceType": block.machine_type,
                        "zoneId": block.zone,
                        "count": block.nodes,
                        "state": "active" if block.active else "scheduled",
                    }
                )
            case CapacityReservationGroup() as group if group.group:
                seed["capacityGroups"].append(
                    {
                        "id": group.group,
                        "machineType": group.machine_type,
                        "zone": group.zone,
                        "nodes": group.nodes,
                    }
                )
            case SpecificReservation() as reserved:
                seed["reservations"].append(
                    {
                        "name": reserved.name,
                        "project": reserved.project or _project(plan),
                        "zone": reserved.zone,
                        "machineType": reserved.machine_type,
                        "count": reserved.nodes,
                        "specific": True,
                        "active": reserved.active,
                    }
                )
            case _:
                pass
    return {**seed, "existing": _existing(plan)}


def _existing(plan: Plan) -> dict[str, object] | None:
    """The cluster of an existing-cluster stack: as its stack file describes it."""
    cluster = plan.settings.cluster
    if not isinstance(cluster, ExistingSettings):
        return None
    operator = any(layer.name == gpu_operator.NAME for layer in plan.layers)
    return {
        "version": cluster.kubernetes_version,
        "nodes": [
            {
                "name": f"{pool.name}-{number}",
                "labels": dict(pool.labels),
                "taints": [taint.key for taint in pool.taints],
                # Nodes offer GPUs once a GPU Operator is there.
                "gpus": 0 if operator else pool.machine.gpus,
            }
            for pool in plan.pools
            for number in range(pool.nodes)
        ],
        "storageClasses": sorted(
            {item.name for item in plan.storage_classes}
            | {claim.storage_class for claim in plan.claims}
        ),
        "releases": [
            {
                "name": name,
                "namespace": name,
                "chart": all_charts()[name].chart.rpartition("/")[2]
                if name in all_charts()
                else name,
                "version": version,
            }
            for name, version in cluster.installed.items()
        ],
    }


def _project(plan: Plan) -> str:
    cluster = plan.settings.cluster
    return cluster.project if isinstance(cluster, GkeSettings) else ""
