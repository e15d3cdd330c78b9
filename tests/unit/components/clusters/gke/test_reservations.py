"""Where a node pool takes its capacity from."""

from __future__ import annotations

import dataclasses

import pytest

from components.clusters.gke.reservations import needs_compact_placement, reservation_affinity
from plan.fabric import ROCE, TCP, Fabric
from plan.model import Pool
from plan.settings import SpecificReservation


def test_a_reservation_is_consumed_by_name(gpu_pool: Pool) -> None:
    affinity = reservation_affinity(gpu_pool, "mine")
    assert affinity.consume_reservation_type == "SPECIFIC_RESERVATION"
    assert affinity.key == "compute.googleapis.com/reservation-name"
    assert affinity.values == ["projects/mine/reservations/your-reservation"]


def test_a_shared_reservation_is_named_in_its_own_project(gpu_pool: Pool) -> None:
    assert isinstance(gpu_pool.reservation, SpecificReservation)
    shared = gpu_pool.reservation.model_copy(update={"project": "theirs"})
    affinity = reservation_affinity(dataclasses.replace(gpu_pool, reservation=shared), "mine")
    assert affinity.values == ["projects/theirs/reservations/your-reservation"]


def test_without_one_nobody_elses_is_taken(gpu_pool: Pool) -> None:
    affinity = reservation_affinity(dataclasses.replace(gpu_pool, reservation=None), "mine")
    assert affinity.consume_reservation_type == "NO_RESERVATION"
    assert affinity.key is None
    assert affinity.values is None


@pytest.mark.parametrize(
    ("reserved", "fabric", "compact"),
    [(True, ROCE, False), (True, TCP, False), (False, ROCE, True), (False, TCP, False)],
)
def test_placement(gpu_pool: Pool, reserved: bool, fabric: Fabric, compact: bool) -> None:
    reservation = gpu_pool.reservation if reserved else None
    pool = dataclasses.replace(gpu_pool, reservation=reservation, fabric=fabric)
    assert needs_compact_placement(pool) == compact
