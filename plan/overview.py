"""All stacks side by side, as the README shows them: one row a stack, from its plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plan.model import Plan, Pool

HEADER = ("stack", "nodes", "accelerators", "fabric", "shared storage", "$/h", "resources")


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One stack. Everything is text, ready to be shown."""

    stack: str
    nodes: str
    accelerators: str
    fabric: str
    storage: str
    price: str


def row(plan: Plan) -> Row:
    """What a reader compares stacks by."""
    gpus = plan.gpu_pools
    shared = [item for item in plan.storage_classes if item.shared and item.path != "cluster"]
    return Row(
        stack=plan.stack,
        nodes=", ".join(f"{pool.nodes} x {pool.machine.name}" for pool in plan.pools),
        accelerators=", ".join(_accelerators(pool) for pool in gpus) or "none",
        fabric=", ".join(dict.fromkeys(pool.fabric.name for pool in gpus)) or "-",
        storage=", ".join(
            f"{item.name} {item.file_system_gib:.0f} GiB" if item.file_system_gib else item.name
            for item in shared
        )
        or "-",
        price=_price(plan),
    )


def markdown(plans: Sequence[Plan], resources: Mapping[str, int]) -> str:
    """A table in Markdown. `resources` by stack are what a rehearsal counted."""
    lines = [_line(HEADER), _line(["---"] * len(HEADER))]
    for plan in plans:
        shown = row(plan)
        lines.append(
            _line(
                (
                    f"`{shown.stack}`",
                    shown.nodes,
                    shown.accelerators,
                    shown.fabric,
                    shown.storage,
                    shown.price,
                    str(resources[plan.stack]),
                )
            )
        )
    return "\n".join(lines) + "\n"


def _accelerators(pool: Pool) -> str:
    return f"{pool.nodes * pool.machine.gpus} x {pool.machine.gpu_model}"


def _price(plan: Plan) -> str:
    """GPU nodes alone: nobody sources the price of all the others."""
    prices = [pool.price for pool in plan.gpu_pools]
    if not prices:
        return "no GPU nodes"
    if any(price is None for price in prices):
        return "unknown"
    known = next(price for price in prices if price)
    return f"{plan.known_usd_per_hour:.2f} ({known.region}, {known.as_of})"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
