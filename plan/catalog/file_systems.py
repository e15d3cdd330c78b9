"""Sizes that file systems of the clouds can be bought in.

Each tier has one range or more; a size is a multiple of its range's step. Sizes are in the
service's own unit: TiB on Azure, GiB on Google Cloud.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from plan.catalog.table import rows

Service = Literal["azure-managed-lustre", "google-managed-lustre", "filestore"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SizeRange:
    """One range of sizes of a tier."""

    minimum: int
    maximum: int
    step: int
    unit: str
    sure: bool
    """False where sources contradict each other."""
    source: str

    def __contains__(self, size: int) -> bool:
        return self.minimum <= size <= self.maximum and size % self.step == 0

    def __str__(self) -> str:
        return f"{self.minimum} to {self.maximum} {self.unit} in steps of {self.step}"


def size_ranges(service: Service, tier: str) -> tuple[SizeRange, ...]:
    """The ranges of a tier, smallest first; () for a tier that the table does not have."""
    return _tiers().get((service, tier), ())


def range_of(service: Service, tier: str, size: int) -> SizeRange | None:
    """The range that holds the size; None where it cannot be bought, as far as is known."""
    return next((found for found in size_ranges(service, tier) if size in found), None)


def next_size(service: Service, tier: str, size: int) -> int | None:
    """The smallest size there is that is no smaller than this one; None beyond the largest."""
    for found in size_ranges(service, tier):
        rounded = max(found.minimum, -(-size // found.step) * found.step)
        if rounded in found:
            return rounded
    return None


def lustre_subnet_prefix(tib: int) -> int | None:
    """Prefix length of the smallest subnet for Azure Managed Lustre of that size.

    None where the documentation gives none: Azure then has to be asked.
    """
    return next((prefix for up_to, prefix in _subnets() if tib <= up_to), None)


@cache
def _tiers() -> dict[tuple[str, str], tuple[SizeRange, ...]]:
    found: dict[tuple[str, str], list[SizeRange]] = {}
    for row in rows("file_system_sizes.csv"):
        found.setdefault((row["service"], row["tier"]), []).append(
            SizeRange(
                minimum=int(row["minimum"]),
                maximum=int(row["maximum"]),
                step=int(row["step"]),
                unit=row["unit"],
                sure=row["sure"] == "yes",
                source=row["source"],
            )
        )
    return {key: tuple(sorted(ranges, key=lambda r: r.minimum)) for key, ranges in found.items()}


@cache
def _subnets() -> tuple[tuple[int, int], ...]:
    written = rows("lustre_subnets.csv")
    return tuple(sorted((int(row["up_to_tib"]), int(row["prefix_length"])) for row in written))
