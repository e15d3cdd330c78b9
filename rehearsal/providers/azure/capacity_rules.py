"""What capacity reservations refuse, and what AKS makes of one that does not fit.

Rule ids are those of our notes on Azure (AKS "Use capacity reservation groups", Azure Virtual
Machines "On-demand capacity reservation").
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from rehearsal.providers.azure import arm, kinds
from rehearsal.providers.azure.sizes import on_infiniband
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Props, flag, items, number, text, texts
from rehearsal.providers.world import Record, World

# Z8. "ND-series, NCads H100 v5, HB, HC": no on-demand reservation.
_NOT_RESERVED: Final = re.compile(r"^Standard_(ND\d|NCC?\d+a\w*_H100_v5|H[BC]\d)")
_ROLES: Final = {
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
}
"""Azure built-in roles; AKS asks for Contributor, Owner has all of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reserved:
    """One reservation of a group."""

    machine_type: str
    zones: tuple[str, ...]
    nodes: int


def check_reservation(inputs: Props) -> None:
    """Z8: a size that has no on-demand reservations."""
    size = text(inputs, "sku", "name")
    if _NOT_RESERVED.match(size):
        raise Refusal(
            f"NotSupported: Capacity Reservation is not supported for VM size {size}", "sku.name"
        )
    if number(inputs, "sku", "capacity") < 1:
        raise Refusal("InvalidParameter: sku.capacity must be at least 1", "sku.capacity")
    if len(items(inputs, "zones")) > 1:
        raise Refusal("InvalidParameter: a reservation is in one zone at most", "zones")


def check_reservation_unused(world: World, reservation: Record) -> None:
    """ZD5: the order is pool, reservation, group."""
    group = text(reservation.inputs, "capacityReservationGroupName")
    size = text(reservation.inputs, "sku", "name")
    for pool in world.all("azure-native", kinds.AGENT_POOL):
        held = text(pool.inputs, "capacityReservationGroupID")
        if held.rpartition("/")[2] == group and text(pool.inputs, "vmSize") == size:
            raise Refusal(
                f"OperationNotAllowed: capacity reservation {reservation.key.id} "
                f"is in use by the virtual machines of agent pool {pool.key.id}: delete the pool "
                "or scale it to 0 first"
            )


def check_pool(world: World, cluster: Props, pool: Props, own_id: str) -> None:
    """Z9, Z10, Z12: what keeps the nodes of a pool out of its reservation."""
    group = text(pool, "capacityReservationGroupID")
    if not group:
        return
    name, size = text(pool, "agentPoolName") or text(pool, "name"), text(pool, "vmSize")
    excluded = {
        "Spot": text(pool, "scaleSetPriority") == "Spot",
        "a proximity placement group": bool(text(pool, "proximityPlacementGroupID")),
        "Ultra disks": flag(pool, "enableUltraSSD"),
        "InfiniBand (a single placement group)": on_infiniband(size),
    }
    for what, is_asked in excluded.items():
        if is_asked:
            raise Refusal(
                f"BadRequest: agent pool {name}: a capacity reservation group cannot be combined "
                f"with {what}",
                "capacityReservationGroupID",
            )
    zones = tuple(sorted(texts(pool, "availabilityZones")))
    fitting = [
        r for r in _reservations(world, group) if r.machine_type == size and r.zones == zones
    ]
    if not fitting:
        raise Refusal(
            f"simulated: group {group} has no reservation of {size} in "
            f"{'zone ' + ', '.join(zones) if zones else 'no zone'}: AKS would make agent pool "
            f"{name} with only a warning, outside the reservation, and both would be billed",
            "capacityReservationGroupID",
        )
    _check_role(world, cluster, group, name)
    wanted = _nodes_at_most(pool) + sum(
        _nodes_at_most(other.inputs)
        for other in world.all("azure-native", kinds.AGENT_POOL)
        if other.key.id != own_id
        and text(other.inputs, "capacityReservationGroupID") == group
        and text(other.inputs, "vmSize") == size
    )
    held = sum(reservation.nodes for reservation in fitting)
    if wanted > held:
        raise Refusal(
            f"OverconstrainedAllocationRequest: group {group} holds {held} of {size}, agent pool "
            f"{name} and what shares the group need {wanted}, surge nodes of an upgrade included",
            "count",
        )


def _reservations(world: World, group: str) -> list[Reserved]:
    made = [
        Reserved(
            machine_type=text(record.inputs, "sku", "name"),
            zones=tuple(sorted(texts(record.inputs, "zones"))),
            nodes=number(record.inputs, "sku", "capacity"),
        )
        for record in world.all("azure-native", kinds.RESERVATION)
        if record.key.id.rpartition("/capacityReservations/")[0] == group
    ]
    seeded = [
        Reserved(machine_type=g.machine_type, zones=(g.zone,), nodes=g.nodes)
        for g in world.seed.capacity_groups
        if g.id == group
    ]
    return made + seeded


def _check_role(world: World, cluster: Props, group: str, pool: str) -> None:
    identities = texts(cluster, "identity", "userAssignedIdentities")
    if text(cluster, "identity", "type") != "UserAssigned" or not identities:
        raise Refusal(
            f"simulated: cluster {text(cluster, 'resourceName')} runs with a system-assigned "
            f"identity, which may not use group {group}: AKS would make agent pool {pool} with "
            "only a warning, outside the reservation",
            "capacityReservationGroupID",
        )
    if any(g.id == group for g in world.seed.capacity_groups):
        return  # whose roles the rehearsal cannot know
    principals = {
        text(identity.outputs, "principalId")
        for identity in world.all("azure-native", kinds.IDENTITY)
        if identity.key.id in identities
    }
    for assignment in world.all("azure-native", kinds.ROLE_ASSIGNMENT):
        scope = text(assignment.inputs, "scope").rstrip("/")
        role = text(assignment.inputs, "roleDefinitionId").rpartition("/")[2]
        if (
            text(assignment.inputs, "principalId") in principals
            and role in _ROLES
            and (group == scope or group.startswith(scope + "/"))
        ):
            return
    raise Refusal(
        f"simulated: the identity of cluster {text(cluster, 'resourceName')} has none of "
        f"{', '.join(_ROLES.values())} on resource group {arm.group_of(group)}: AKS would make "
        f"agent pool {pool} with only a warning, outside the reservation",
        "capacityReservationGroupID",
    )


def _nodes_at_most(pool: Props) -> int:
    nodes = number(pool, "maxCount" if flag(pool, "enableAutoScaling") else "count")
    # AKS surges by 10 % where nothing is said ("Upgrade an AKS cluster", node surge).
    surge = text(pool, "upgradeSettings", "maxSurge") or "10%"
    share = surge.removesuffix("%")
    extra = math.ceil(nodes * int(share) / 100) if surge.endswith("%") else int(share)
    return nodes + extra
