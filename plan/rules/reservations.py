"""Reserved capacity against the pool that uses it."""

from __future__ import annotations

from collections.abc import Iterator

from plan.findings import Severity
from plan.model import Pool
from plan.rules.rule import Context, Problem, rule
from plan.settings import CapacityBlock

_SOURCE = "AWS facts A10 to A13; EKS User Guide, Capacity Blocks with managed node groups"


@rule(
    "RSV001",
    "a pool on a Capacity Block is in the block's zone, and only there",
    consequence="the Auto Scaling group retries for hours, or the node group fails",
    source=_SOURCE,
)
def zone(context: Context) -> Iterator[Problem]:
    for pool, block in _blocks(context):
        if pool.zones != (block.zone,):
            yield Problem(
                path=f"{pool.path}.zones",
                message=f"the pool is in {', '.join(pool.zones)}, but block {block.id} "
                f"is in {block.zone}",
                fix=f"use zones: [{block.zone}], or leave zones out",
            )


@rule(
    "RSV002",
    "a pool on a Capacity Block uses the type that was bought",
    consequence="the launch matches no reservation and fails",
    source=_SOURCE,
)
def machine_type(context: Context) -> Iterator[Problem]:
    for pool, block in _blocks(context):
        if pool.machine.name != block.machine_type:
            yield Problem(
                path=f"{pool.path}.machineType",
                message=f"the pool uses {pool.machine.name}, but block {block.id} "
                f"holds {block.machine_type}",
                fix=f"use machineType: {block.machine_type}",
            )


@rule(
    "RSV003",
    "a pool asks for no more nodes than its Capacity Block holds",
    consequence="the Auto Scaling group retries for the missing nodes until the block ends",
    source=_SOURCE,
)
def node_count(context: Context) -> Iterator[Problem]:
    for pool, block in _blocks(context):
        if pool.nodes > block.nodes:
            yield Problem(
                path=f"{pool.path}.nodes",
                message=f"{pool.nodes} nodes, but block {block.id} holds {block.nodes}",
                fix=f"use nodes: {block.nodes} or fewer, or buy more",
            )


@rule(
    "RSV004",
    "the machine type can be had in a Capacity Block",
    consequence="there is no such block to bind to",
    source="accelerators.csv, reservation kinds; EC2 User Guide, Capacity Blocks for ML",
)
def kind_exists(context: Context) -> Iterator[Problem]:
    for pool, block in _blocks(context):
        kinds = pool.machine.reservation_kinds
        if not any(kind.startswith("capacity-block") for kind in kinds):
            yield Problem(
                path=f"{pool.path}.reservation",
                message=f"{pool.machine.name} is not sold in Capacity Blocks, so {block.id} "
                "cannot hold it",
                fix="leave the reservation out",
            )


@rule(
    "RSV005",
    "a Capacity Block that has not started gives no nodes",
    severity=Severity.WARNING,
    consequence="the graph stays Pending until the block starts and the stack is updated",
    source="AWS facts A11",
)
def not_started(context: Context) -> Iterator[Problem]:
    for pool, block in _blocks(context):
        if not block.active:
            yield Problem(
                path=f"{pool.path}.reservation.active",
                message=f"block {block.id} has not started: the pool is made with 0 nodes",
                fix="set active: true when it has started, and run `pulumi up` again",
            )


@rule(
    "RSV006",
    "one Capacity Block serves one pool",
    consequence="the pools take nodes from each other and neither is complete",
    source="AWS: one Capacity Block per Auto Scaling group",
)
def one_pool(context: Context) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for pool, block in _blocks(context):
        if block.id in seen:
            yield Problem(
                path=f"{pool.path}.reservation.id",
                message=f"block {block.id} is used by pool {seen[block.id]} already",
                fix="use another block, or one pool for both",
            )
        seen.setdefault(block.id, pool.name)


def _blocks(context: Context) -> Iterator[tuple[Pool, CapacityBlock]]:
    for pool in context.plan.pools:
        if pool.reservation is not None:
            yield pool, pool.reservation


RULES = (zone, machine_type, node_count, kind_exists, not_started, one_pool)
