"""Where a stack's pods land, and whether they all fit at once.

First-fit over equal nodes, largest pods first. That finds a place for everything the shipped
stacks hold, but is no proof: where it fails although the totals fit, the finding is a warning.
Nodes count with their machine's full CPU and memory; what the kubelet keeps is not taken off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from plan.model import GPU_RESOURCE, Component, Graph, PodPlacement, Pool
from plan.settings.types import quantity_value

_GIB = 2**30
CPU = "cpu"
MEMORY = "memory"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shortage:
    """A pool that cannot hold what is asked of it."""

    pool: str
    resource: str
    """What runs out, as Kubernetes names it."""
    asked: float
    there: float
    proven: bool
    """The totals or the largest pod alone show it, so no other placement can help."""
    of_one_pod: bool
    """One pod alone is too big for a node, so that no number of nodes would help."""
    components: tuple[str, ...]
    """Dotted paths of the components that got no place, or share the pool."""


@dataclass(slots=True)
class _Node:
    free: dict[str, float]
    pods: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])

    def takes(self, demand: dict[str, float]) -> bool:
        return all(self.free.get(name, 0) >= asked for name, asked in demand.items())

    def place(self, key: tuple[str, str], demand: dict[str, float]) -> None:
        for name, asked in demand.items():
            self.free[name] -= asked
        self.pods[key] += 1


def place(
    graphs: Sequence[Graph], pools: Sequence[Pool]
) -> tuple[tuple[PodPlacement, ...], tuple[Shortage, ...]]:
    """Place every pod of every graph on the pools at their full size."""
    placements: list[PodPlacement] = []
    shortages: list[Shortage] = []
    for pool in pools:
        members = [(g, c) for g in graphs for c in g.components if c.pool == pool.name]
        nodes = [_Node(free=capacity(pool)) for _ in range(pool.nodes)]
        unplaced = _fill(nodes, members)
        shortages += _shortages(pool, members, unplaced)
        placements += _placements(pool, nodes)
    return tuple(placements), tuple(shortages)


def capacity(pool: Pool) -> dict[str, float]:
    """What one node of the pool offers."""
    machine = pool.machine
    offered = {CPU: float(machine.vcpus), MEMORY: machine.memory_gib * _GIB}
    offered[GPU_RESOURCE] = machine.gpus
    return offered | {name: float(n) for name, n in pool.fabric.offers(pool.adapters).items()}


def demand(component: Component) -> dict[str, float]:
    """What one pod of the component asks for."""
    asked = {CPU: quantity_value(component.cpu), MEMORY: quantity_value(component.memory)}
    return asked | {name: float(n) for name, n in component.extended_resources.items()}


def _fill(nodes: list[_Node], members: list[tuple[Graph, Component]]) -> list[Component]:
    unplaced: list[Component] = []

    def size(member: tuple[Graph, Component]) -> tuple[float, ...]:
        asked = demand(member[1])
        return (asked.get(GPU_RESOURCE, 0), asked[CPU], asked[MEMORY])

    for graph, component in sorted(members, key=size, reverse=True):
        asked = demand(component)
        for _ in range(component.pods):
            node = next(
                (n for n in nodes if n.takes(asked) and not _apart(graph, component, n)), None
            )
            if node is None:
                unplaced.append(component)
                break
            node.place((graph.name, component.name), asked)
    return unplaced


def _apart(graph: Graph, component: Component, node: _Node) -> bool:
    """Whether a required separation keeps the component off the node."""
    if graph.separation != "required" or component.role is None:
        return False
    others = {c.name for c in graph.workers if c.role is not component.role}
    return any(placed == graph.name and name in others for placed, name in node.pods)


def _shortages(
    pool: Pool, members: list[tuple[Graph, Component]], unplaced: list[Component]
) -> Iterator[Shortage]:
    offered = capacity(pool)
    paths = tuple(component.path for _, component in members)
    proven = False
    for name, per_node in offered.items():
        asked = sum(demand(c).get(name, 0) * c.pods for _, c in members)
        if asked > per_node * pool.nodes:
            proven = True
            there = per_node * pool.nodes
            yield Shortage(
                pool=pool.name,
                resource=name,
                asked=asked,
                there=there,
                proven=True,
                of_one_pod=False,
                components=paths,
            )
    for component in unplaced:
        too_big = [(n, a) for n, a in demand(component).items() if a > offered.get(n, 0)]
        for name, asked in too_big:
            proven = True
            yield Shortage(
                pool=pool.name,
                resource=name,
                asked=asked,
                there=offered.get(name, 0),
                proven=True,
                of_one_pod=True,
                components=(component.path,),
            )
    if unplaced and not proven:
        yield Shortage(
            pool=pool.name,
            resource="nodes",
            asked=pool.nodes + 1,
            there=pool.nodes,
            proven=False,
            of_one_pod=False,
            components=tuple(component.path for component in unplaced),
        )


def _placements(pool: Pool, nodes: list[_Node]) -> Iterator[PodPlacement]:
    for number, node in enumerate(nodes):
        for (graph, component), pods in node.pods.items():
            yield PodPlacement(
                graph=graph, component=component, pool=pool.name, node=number, pods=pods
            )
