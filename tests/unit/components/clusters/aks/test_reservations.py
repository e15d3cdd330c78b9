"""Capacity reservation groups: made here or by others, and the right to use them."""

from __future__ import annotations

import pytest

from components.clusters.aks.reservations import resource_group_of
from tests.harness.aks import (
    CLUSTER,
    GROUP,
    POOL,
    RESERVATION,
    RESERVATION_GROUP,
    ROLE,
    aks,
)
from tests.harness.recording import Recording

OTHERS = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/capacity"
EXISTING = f"{OTHERS}/providers/Microsoft.Compute/capacityReservationGroups/a100"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
HOME = "cluster-reservations-home"


def reserved(**more: object) -> dict[str, object]:
    size = "Standard_NC24ads_A100_v4"
    block = {"kind": "capacity-reservation-group", "machineType": size, "zone": "1", "nodes": 2}
    return {"machineType": size, "nodes": 2, "reservation": {**block, **more}}


def test_nothing_is_reserved_that_nobody_asked_for(h100: Recording, mocker: Recording) -> None:
    for recording in (h100, mocker):
        assert recording.of_type(RESERVATION) == []
        assert recording.of_type(RESERVATION_GROUP) == []
        assert len(recording.of_type(ROLE)) == 1
        assert recording.one(GROUP).name == "cluster-group"
    assert h100.one(POOL).get("capacityReservationGroupID") is None


def test_what_is_reserved_is_what_the_pool_takes(a100: Recording) -> None:
    reservation, pool = a100.one(RESERVATION), a100.one(POOL)
    assert reservation.get("sku") == {"name": pool.get("vmSize"), "capacity": pool.get("count")}
    assert reservation.get("zones") == pool.get("availabilityZones") == ["1"]
    group = a100.one(RESERVATION_GROUP)
    assert group.get("zones") == ["1"]
    assert reservation.property_dependencies["capacityReservationGroupName"] == {group.urn}
    assert pool.property_dependencies["capacityReservationGroupID"] == {group.urn}


def test_pool_reservation_and_group_go_in_that_order(a100: Recording) -> None:
    """Azure refuses any other (ZD5): pools go with the cluster, which comes after both."""
    before_pool = a100.before(a100.one(POOL))
    assert a100.one(RESERVATION).urn in before_pool
    assert a100.one(RESERVATION).urn in a100.before(a100.one(CLUSTER))
    assert a100.one(RESERVATION_GROUP).urn in a100.before(a100.one(RESERVATION))


def test_the_cluster_may_use_the_group_and_touch_nothing_else(a100: Recording) -> None:
    home = a100.one(GROUP, HOME)
    assert home.get("resourceGroupName") == "aks-a100-reservations"
    role = a100.one(ROLE, "cluster-reservations-own-role")
    assert role.property_dependencies["scope"] == {home.urn}
    assert role.get("roleDefinitionId").endswith(f"/{CONTRIBUTOR}")
    homes = {r.type: r.property_dependencies.get("resourceGroupName") for r in a100}
    assert {type_ for type_, of in homes.items() if of == {home.urn}} == {
        RESERVATION,
        RESERVATION_GROUP,
    }
    assert role.urn in a100.one(CLUSTER).dependencies


def test_a_group_that_exists_is_used_as_it_is() -> None:
    recording = aks("aks-a100", ("nodePools.gpu", reserved(group=EXISTING)))
    assert recording.of_type(RESERVATION) == recording.of_type(RESERVATION_GROUP) == []
    assert [group.name for group in recording.of_type(GROUP)] == ["cluster-group"]
    assert recording.one(POOL).get("capacityReservationGroupID") == EXISTING
    role = recording.one(ROLE, "cluster-reservations-capacity-role")
    assert role.get("scope") == OTHERS
    # A role of the group's subscription, which need not be the cluster's.
    assert role.get("roleDefinitionId").startswith("/subscriptions/33333333-")
    assert role.urn in recording.one(CLUSTER).dependencies


def test_pools_on_one_group_share_one_role() -> None:
    """Azure refuses a second assignment of the same role."""
    recording = aks(
        "aks-a100",
        ("nodePools.gpu", reserved(group=EXISTING)),
        ("nodePools.more", reserved(group=EXISTING)),
    )
    assert len(recording.of_type(POOL)) == 2
    assert len(recording.of_type(ROLE)) == 2  # the network's, and this one


def test_pools_have_reservations_of_their_own() -> None:
    recording = aks("aks-a100", ("nodePools.more", reserved(zone="2")))
    groups = {pool.get("capacityReservationGroupID") for pool in recording.of_type(POOL)}
    assert len(groups) == len(recording.of_type(RESERVATION)) == 2
    assert {r.get("zones")[0] for r in recording.of_type(RESERVATION)} == {"1", "2"}


def test_another_size_or_zone_is_another_reservation() -> None:
    """Azure changes neither, and does not delete a reservation that is in use."""
    seen: set[str] = set()
    for zone, size in (
        ("1", "Standard_NC24ads_A100_v4"),
        ("2", "Standard_NC24ads_A100_v4"),
        ("1", "Standard_NC48ads_A100_v4"),
    ):
        pool = {**reserved(zone=zone, machineType=size), "machineType": size}
        recording = aks("aks-a100", ("nodePools.gpu", pool))
        seen.add(recording.one(RESERVATION).urn)
        seen.add(recording.one(RESERVATION_GROUP).urn)
    assert len(seen) == 6


@pytest.mark.parametrize(
    ("id_", "expected"), [(EXISTING, OTHERS), (f"{OTHERS}/providers/a/b/c", OTHERS)]
)
def test_resource_group(id_: str, expected: str) -> None:
    assert resource_group_of(id_) == expected
