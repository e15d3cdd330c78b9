"""Sizes of file systems: on the step, inside the range, and the next one up."""

from __future__ import annotations

from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.catalog.file_systems import (
    Service,
    lustre_subnet_prefix,
    next_size,
    range_of,
    size_ranges,
)
from plan.settings.aks import AksLustreSettings
from plan.settings.gke import FilestoreSettings, GkeLustreSettings

AZURE, GOOGLE, FILESTORE = get_args(Service)
TIERS: list[tuple[Service, str]] = [
    *((AZURE, sku) for sku in get_args(AksLustreSettings.model_fields["sku"].annotation)),
    *(
        (GOOGLE, str(tier))
        for tier in get_args(GkeLustreSettings.model_fields["throughput"].annotation)
    ),
    *((FILESTORE, tier) for tier in get_args(FilestoreSettings.model_fields["tier"].annotation)),
]


@pytest.mark.parametrize(("service", "tier"), TIERS)
def test_every_tier_that_a_stack_file_may_name_is_in_the_table(service: Service, tier: str) -> None:
    ranges = size_ranges(service, tier)
    assert ranges
    assert all(found.source for found in ranges)
    assert len({found.unit for found in ranges}) == 1


@pytest.mark.parametrize(("service", "tier"), TIERS)
def test_ranges_are_on_their_steps_and_apart(service: Service, tier: str) -> None:
    for found in size_ranges(service, tier):
        assert found.minimum in found
        assert found.maximum in found
        assert found.minimum - found.step not in found
    for smaller, larger in pairwise(size_ranges(service, tier)):
        assert smaller.maximum < larger.minimum


@pytest.mark.parametrize(
    ("service", "tier", "size", "there"),
    [
        (AZURE, "AMLFS-Durable-Premium-40", 48, True),
        (AZURE, "AMLFS-Durable-Premium-40", 47, False),
        (AZURE, "AMLFS-Durable-Premium-250", 8, True),
        (AZURE, "AMLFS-Durable-Premium-250", 12, False),
        (AZURE, "AMLFS-Durable-Premium-500", 4, True),
        (GOOGLE, "1000", 9000, True),
        (GOOGLE, "1000", 1_530_000, True),
        (GOOGLE, "1000", 1_539_000, False),  # the step is eight times as large from there on
        (GOOGLE, "1000", 1_584_000, True),
        (GOOGLE, "125", 9000, False),
        (FILESTORE, "ZONAL", 1024, True),
        (FILESTORE, "ZONAL", 10_000, False),
        (FILESTORE, "BASIC_SSD", 2560, True),
        (FILESTORE, "BASIC_SSD", 1024, False),
    ],
)
def test_known_sizes(service: Service, tier: str, size: int, there: bool) -> None:
    assert (range_of(service, tier, size) is not None) == there


@given(st.sampled_from(TIERS), st.integers(1, 200_000))
def test_the_next_size_can_be_bought_and_none_in_between(
    place: tuple[Service, str], size: int
) -> None:
    found = next_size(*place, size)
    if found is None:
        assert size > size_ranges(*place)[-1].maximum
        return
    assert found >= size
    assert range_of(*place, found) is not None
    step = min(r.step for r in size_ranges(*place))
    between = range(size, found, 1 if step == 1 else step)
    assert all(range_of(*place, other) is None for other in between if other % step == 0)


def test_an_unknown_tier_has_no_sizes() -> None:
    assert size_ranges(AZURE, "AMLFS-Durable-Premium-9") == ()
    assert next_size(AZURE, "AMLFS-Durable-Premium-9", 8) is None


@pytest.mark.parametrize(
    ("tib", "prefix"),
    [(4, 27), (16, 27), (17, 26), (48, 25), (96, 24), (200, 23), (400, 23), (401, None)],
)
def test_the_subnet_grows_with_the_file_system(tib: int, prefix: int | None) -> None:
    assert lustre_subnet_prefix(tib) == prefix
