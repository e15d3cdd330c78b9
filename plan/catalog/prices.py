"""List prices by region: for relative cost, never a quote."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from plan.catalog.table import rows

Basis = Literal["on-demand", "spot"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """US dollars an hour for the whole machine, Linux, list price."""

    usd_per_hour: float
    region: str
    as_of: str
    source: str
    basis: Basis


def price(cloud: str, machine_type: str, region: str, basis: Basis = "on-demand") -> Price | None:
    """The price in exactly that region; None where no source has one."""
    row = _prices().get((cloud, machine_type, region))
    amount = (row or {}).get("on_demand" if basis == "on-demand" else "spot")
    if row is None or not amount:
        return None
    return Price(
        usd_per_hour=float(amount),
        region=region,
        as_of=row["as_of"],
        source=row["source"],
        basis=basis,
    )


def priced_regions(cloud: str, machine_type: str) -> tuple[str, ...]:
    """Regions with a price for the machine, sorted: a hint at where it is offered."""
    return tuple(sorted(region for c, m, region in _prices() if (c, m) == (cloud, machine_type)))


@cache
def _prices() -> dict[tuple[str, str, str], dict[str, str]]:
    return {(row["cloud"], row["machine_type"], row["region"]): row for row in rows("prices.csv")}
