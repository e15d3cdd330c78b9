"""Whether there are machines for a pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.providers.gcp import kinds
from rehearsal.providers.standin import Refusal

if TYPE_CHECKING:
    from rehearsal.providers.standin import Made
    from tests.unit.rehearsal.providers.gcp.conftest import Project

ULTRA = "a3-ultragpu-8g"


def affinity(*values: str, **more: object) -> dict[str, Any]:
    asked = {
        "consumeReservationType": "SPECIFIC_RESERVATION",
        "key": "compute.googleapis.com/reservation-name",
        "values": [*values],
    }
    return {"node": {"reservationAffinity": {**asked, **more}}}


def test_a_reservation_is_named_in_three_ways(project: Project, cluster: Made) -> None:
    path = "projects/p/reservations/mine"
    for index, value in enumerate((path, "mine", f"{path}/reservationBlocks/b")):
        pool = project.pool(cluster, ULTRA, name=f"n{index}", **affinity(value))
        project.gcp.remove(kinds.NODE_POOL, pool)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (affinity("mine", "late"), "exactly one reservation, got mine, late"),
        (affinity("mine", key="other"), "needs key compute.googleapis.com/reservation-name"),
        (affinity("nope"), r"projects/p/reservations/nope does not exist in zone us-central1-b"),
        (affinity("projects/q/reservations/mine"), "projects/q/reservations/mine does not exist"),
        (
            {**affinity("mine"), "nodeLocations": ["us-central1-c"]},
            r"does not exist in zone us-central1-c \(it is in us-central1-b\)",
        ),
        (affinity("late"), "late has not started yet"),
        (affinity("open"), "was made without specificReservationRequired"),
        ({**affinity("mine"), "nodeCount": 3}, "mine holds 2 machines; 3 more are asked for"),
    ],
)
def test_reservations_that_do_not_fit(
    project: Project, cluster: Made, more: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refusal, match=reason):
        project.pool(cluster, ULTRA, **more)


def test_a_reservation_of_another_machine(project: Project, cluster: Made) -> None:
    with pytest.raises(Refusal, match="holds a3-ultragpu-8g, the pool asks for g2-standard-8"):
        project.pool(cluster, "g2-standard-8", **affinity("mine"))


def test_a_reservation_to_come_lets_a_pool_be_made_without_nodes(
    project: Project, cluster: Made
) -> None:
    pool = project.pool(cluster, ULTRA, nodeCount=0, **affinity("late"))
    with pytest.raises(Refusal, match="has not started yet"):
        project.gcp.change(kinds.NODE_POOL, pool, nodeCount=1)


def test_two_pools_share_a_reservation_no_further_than_it_goes(
    project: Project, cluster: Made
) -> None:
    project.pool(cluster, ULTRA, name="first", **affinity("mine"))
    second = project.pool(cluster, ULTRA, name="second", **affinity("mine"))
    with pytest.raises(Refusal, match="holds 2 machines, 1 of them taken by first; 2 more"):
        project.gcp.change(kinds.NODE_POOL, second, nodeCount=2)


def test_a_reservation_that_the_program_makes_counts(project: Project, cluster: Made) -> None:
    def reserve(machine_type: str) -> Made:
        return project.gcp.make(
            kinds.RESERVATION,
            "own",
            name="own",
            zone="us-central1-b",
            specificReservation={"count": 1, "instanceProperties": {"machineType": machine_type}},
            specificReservationRequired=True,
        )

    with pytest.raises(Refusal, match="a3-highgpu-2g cannot be reserved"):
        reserve("a3-highgpu-2g")
    assert reserve("g2-standard-8").id == "projects/p/zones/us-central1-b/reservations/own"
    project.pool(cluster, "g2-standard-8", **affinity("own"))


@pytest.mark.parametrize(
    ("machine", "ways"),
    [
        (ULTRA, "a specific reservation, spot or flex-start"),
        ("a3-highgpu-2g", "needs spot or flex-start"),
    ],
)
def test_machines_that_are_not_to_be_had_on_demand(
    project: Project, cluster: Made, machine: str, ways: str
) -> None:
    with pytest.raises(Refusal, match=ways):
        project.pool(cluster, machine)
    project.pool(cluster, machine, name="spot", node={"spot": True})
    project.pool(cluster, machine, name="none", nodeCount=0)


FLEX: dict[str, Any] = {
    "nodeCount": None,
    "management": {"autoRepair": False},
    "autoscaling": {"locationPolicy": "ANY", "maxNodeCount": 1},
}


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"node": {"spot": True, **affinity("mine")["node"]}}, "Spot VMs take neither"),
        ({"node": {"spot": True, "flexStart": True}}, "Spot VMs take neither"),
        ({"node": {"flexStart": True, **affinity("mine")["node"]}}, "a reservation affinity"),
        ({"management": {"autoRepair": True}}, "automatic repair"),
        ({"autoscaling": {"locationPolicy": "BALANCED"}}, "a location policy other than ANY"),
        ({"node": {"flexStart": True, "maxRunDuration": "700000s"}}, "more than 7 days"),
        ({"placementPolicy": {"type": "COMPACT"}}, "compact placement"),
        (
            {
                "queuedProvisioning": {"enabled": True},
                "node": {},
                "autoscaling": {"totalMinNodeCount": 1},
            },
            "a minimum of nodes",
        ),
    ],
)
def test_what_flexible_start_excludes(
    project: Project, cluster: Made, more: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refusal, match=reason):
        project.pool(cluster, "g2-standard-8", **{**FLEX, "node": {"flexStart": True}, **more})


def test_flexible_start(project: Project, cluster: Made) -> None:
    placed = {"placementPolicy": {"type": "COMPACT"}}
    project.pool(cluster, ULTRA, **{**FLEX, "node": {"flexStart": True}, **placed})
