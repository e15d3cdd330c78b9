"""Capacity reservations: what has none, and nodes that would miss theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rehearsal.providers.standin import Refusal

if TYPE_CHECKING:
    from rehearsal.providers.standin import Made
    from tests.unit.rehearsal.providers.azure.conftest import Subscription

SUBSCRIPTION = "/subscriptions/11111111-2222-3333-4444-555555555555"
THEIRS = (
    f"{SUBSCRIPTION}/resourceGroups/theirs/providers/Microsoft.Compute"
    "/capacityReservationGroups/theirs"
)


@pytest.mark.parametrize(
    "size",
    [
        "Standard_ND96isr_H100_v5",
        "Standard_ND96asr_v4",
        "Standard_NC40ads_H100_v5",
        "Standard_NC80adis_H100_v5",
        "Standard_HB176rs_v4",
    ],
)
def test_sizes_that_cannot_be_reserved(azure: Subscription, size: str) -> None:
    """Z8"""
    with pytest.raises(Refusal, match=f"Capacity Reservation is not supported for VM size {size}"):
        azure.reservation(size)


def _ready(azure: Subscription, *, role: bool = True) -> tuple[Made, str]:
    azure.network()
    subnet = azure.subnet("nodes", "10.50.0.0/20")
    identity = azure.identity()
    group = azure.reservation().id.rpartition("/capacityReservations/")[0]
    if role:
        azure.role(identity, f"{SUBSCRIPTION}/resourceGroups/rg")
    azure.cluster(subnet, identity)
    return subnet, group


@pytest.mark.parametrize(
    ("given", "says"),
    [
        # Z10
        ({"availabilityZones": ["2"]}, r"no reservation of .* in zone 2.*only a warning"),
        ({"availabilityZones": None}, r"no reservation of .* in no zone"),
        ({"vmSize": "Standard_NC48ads_A100_v4"}, "no reservation of Standard_NC48ads_A100_v4"),
        # Z9
        ({"scaleSetPriority": "Spot"}, "cannot be combined with Spot"),
        ({"proximityPlacementGroupID": "/p"}, "with a proximity placement group"),
        ({"enableUltraSSD": True}, "with Ultra disks"),
        ({"vmSize": "Standard_ND96isr_H100_v5"}, "with InfiniBand"),
        # Z12
        ({"count": 3}, "holds 3 .*need 4, surge nodes"),
        ({"upgradeSettings": {"maxSurge": "2"}}, "need 4, surge"),
        ({"upgradeSettings": {"maxSurge": "100%"}}, "need 4, surge"),
    ],
)
def test_pools_that_would_miss_their_reservation(
    azure: Subscription, given: dict[str, object], says: str
) -> None:
    subnet, group = _ready(azure)
    usual: dict[str, object] = {"capacityReservationGroupID": group, "availabilityZones": ["1"]}
    with pytest.raises(Refusal, match=says):
        azure.pool(subnet, **{**usual, **given})


def test_a_pool_in_its_reservation(azure: Subscription) -> None:
    subnet, group = _ready(azure)
    azure.pool(subnet, capacityReservationGroupID=group, availabilityZones=["1"])
    with pytest.raises(Refusal, match=r"holds 3 .*what shares the group need"):
        azure.pool(
            subnet, agentPoolName="more", capacityReservationGroupID=group, availabilityZones=["1"]
        )


def test_no_surge_needs_no_head_room(azure: Subscription) -> None:
    subnet, group = _ready(azure)
    azure.pool(
        subnet,
        count=3,
        capacityReservationGroupID=group,
        availabilityZones=["1"],
        upgradeSettings={"maxSurge": "0", "maxUnavailable": "1"},
    )


def test_the_identity_of_the_cluster_needs_a_role_on_the_group(azure: Subscription) -> None:
    """Z10"""
    subnet, group = _ready(azure, role=False)
    with pytest.raises(Refusal, match="identity of cluster c has none of Contributor, Owner on "):
        azure.pool(subnet, capacityReservationGroupID=group, availabilityZones=["1"])


def test_a_system_assigned_identity_does_not_do(azure: Subscription) -> None:
    """Z10"""
    azure.network()
    subnet = azure.subnet("nodes", "10.50.0.0/20")
    azure.cluster(subnet)
    group = azure.reservation().id.rpartition("/capacityReservations/")[0]
    with pytest.raises(Refusal, match="runs with a system-assigned identity"):
        azure.pool(subnet, capacityReservationGroupID=group, availabilityZones=["1"])


def test_a_group_that_was_there_before(azure: Subscription) -> None:
    azure.network()
    subnet = azure.subnet("nodes", "10.50.0.0/20")
    azure.cluster(subnet, azure.identity())
    with pytest.raises(Refusal, match="ResourceNotFound: /elsewhere does not exist"):
        azure.pool(subnet, capacityReservationGroupID="/elsewhere", availabilityZones=["1"])
    with pytest.raises(Refusal, match=r"holds 4 .*need 5"):
        azure.pool(subnet, count=4, capacityReservationGroupID=THEIRS, availabilityZones=["1"])
    azure.pool(subnet, capacityReservationGroupID=THEIRS, availabilityZones=["1"])
