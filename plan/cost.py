"""What a stack's nodes cost an hour, where a sourced price is known."""

from __future__ import annotations

from collections.abc import Sequence

from plan.model import Cost, Pool

NOT_COUNTED = "control plane, NAT gateway, file systems, volumes and traffic are not counted"


def pool_costs(pools: Sequence[Pool]) -> tuple[Cost, ...]:
    """One entry a pool. A missing price stays missing: a neighbour region's would be a guess."""
    return tuple(_pool_cost(pool) for pool in pools)


def _pool_cost(pool: Pool) -> Cost:
    note = ""
    if pool.reservation:
        note = "reserved capacity has a price of its own; shown is the on-demand list price"
    if pool.price is None:
        note = f"no sourced price for {pool.machine.name} here"
    return Cost(
        pool=pool.name,
        nodes=pool.nodes,
        usd_per_hour=pool.price.usd_per_hour * pool.nodes if pool.price else None,
        price=pool.price,
        note=note,
    )
