"""Zone offerings: well-formed ids, known machines, and three different kinds of "no"."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from plan.catalog import accelerators, zones
from plan.catalog.table import rows

ROWS = rows("aws_zone_offerings.csv")
ZONE_ID = re.compile(r"^[a-z]{3,4}\d-az\d$")
REGION = re.compile(r"^[a-z]{2}(-[a-z]+)+-\d$")
# Rows of machines that the accelerator table leaves out on purpose: fractions of a GPU.
FRACTIONS = {"g6f.large", "g6f.xlarge", "g6f.2xlarge", "g6f.4xlarge", "gr6f.4xlarge"}


def test_no_region_stands_twice_for_a_machine() -> None:
    keys = Counter((row["machine_type"], row["region"]) for row in ROWS)
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_row_is_well_formed() -> None:
    for row in ROWS:
        ids = row["zone_ids"].split()
        assert ids, row
        assert len(set(ids)) == len(ids), row
        assert all(ZONE_ID.match(zone) for zone in ids), row
        assert REGION.match(row["region"]), row


def test_the_zones_of_a_region_share_its_prefix() -> None:
    prefixes: dict[str, set[str]] = {}
    for row in ROWS:
        found = {zone.split("-")[0] for zone in row["zone_ids"].split()}
        prefixes.setdefault(row["region"], set()).update(found)
    assert {region: found for region, found in prefixes.items() if len(found) != 1} == {}
    shared = Counter(prefix for found in prefixes.values() for prefix in found)
    assert [prefix for prefix, count in shared.items() if count > 1] == []


def test_every_machine_is_in_the_machine_tables() -> None:
    unknown = {row["machine_type"] for row in ROWS} - set(accelerators.names("eks"))
    assert unknown <= FRACTIONS


def test_every_eks_machine_has_offerings_but_the_ultraserver() -> None:
    """P6e is offered in a Local Zone, which this list of zone ids does not cover."""
    without = {name for name in accelerators.names("eks") if not zones.regions(name)}
    assert without == {"p6e-gb200.36xlarge"}


def test_offered_not_offered_and_not_known_differ() -> None:
    assert zones.offered_zones("p5.48xlarge", "us-east-2") == ("use2-az1", "use2-az2", "use2-az3")
    assert zones.offered_zones("p5.48xlarge", "af-south-1") == ()
    assert zones.offered_zones("p6e-gb200.36xlarge", "us-east-1") is None


@pytest.mark.parametrize("machine", ["p5.48xlarge", "m7i.4xlarge"])
def test_regions_are_those_with_zones(machine: str) -> None:
    regions = zones.regions(machine)
    assert list(regions) == sorted(regions)
    assert all(zones.offered_zones(machine, region) for region in regions)


def test_no_regions_of_an_unknown_machine() -> None:
    assert zones.regions("x9.huge") == ()
