"""Where AWS offers a machine type, by zone id.

A snapshot of DescribeInstanceTypeOfferings, as moto 5.2.5 carries it: ask the API to be sure.
"""

from __future__ import annotations

from functools import cache

from plan.catalog.table import rows


def offered_zones(machine_type: str, region: str) -> tuple[str, ...] | None:
    """Zone ids of the region that offer it; () where none does, None where nothing is known."""
    by_region = _offerings().get(machine_type)
    return None if by_region is None else by_region.get(region, ())


def regions(machine_type: str) -> tuple[str, ...]:
    """Regions that offer it, sorted."""
    return tuple(sorted(_offerings().get(machine_type, {})))


@cache
def _offerings() -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for row in rows("aws_zone_offerings.csv"):
        zones = tuple(row["zone_ids"].split())
        found.setdefault(row["machine_type"], {})[row["region"]] = zones
    return found
