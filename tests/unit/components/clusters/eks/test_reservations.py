"""Where a launch template takes its capacity from."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from components.clusters.eks.reservations import (
    capacity_options,
    capacity_type,
    needs_placement_group,
)
from plan.model import Pool
from tests.harness.variants import Variants


@pytest.fixture
def gpu(tmp_path: Path) -> Pool:
    pool = Variants(tmp_path).plan("eks-h100").pool("gpu")
    assert pool is not None
    assert pool.reservation is not None
    assert pool.interfaces
    return pool


@pytest.mark.parametrize(
    ("reserved", "efa", "type_", "grouped"),
    [
        (True, True, "CAPACITY_BLOCK", False),
        (True, False, "CAPACITY_BLOCK", False),
        (False, True, "ON_DEMAND", True),
        (False, False, "ON_DEMAND", False),
    ],
)
def test_table(gpu: Pool, reserved: bool, efa: bool, type_: str, grouped: bool) -> None:
    pool = dataclasses.replace(
        gpu,
        reservation=gpu.reservation if reserved else None,
        interfaces=gpu.interfaces if efa else (),
    )
    assert capacity_type(pool) == type_
    assert needs_placement_group(pool) == grouped
    options = capacity_options(pool, "group" if grouped else None)
    source = {"capacity_reservation_specification"}
    more = {"instance_market_options"} if reserved else {"placement"} if grouped else set[str]()
    assert set(options) == source | more


def test_a_block_outweighs_a_group(gpu: Pool) -> None:
    assert "placement" not in capacity_options(gpu, "group")
