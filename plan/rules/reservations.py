"""Reserved capacity against the pool that uses it, in the words of its cloud."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from plan.findings import Severity
from plan.model import Pool, Reservation
from plan.rules.rule import Context, Problem, rule
from plan.settings import CapacityBlock, CapacityReservationGroup, SpecificReservation

_SOURCE = (
    "AWS facts A10 to A13; EKS User Guide, Capacity Blocks with managed node groups; "
    "Azure facts Z10, Z12; GCP facts G10"
)
_KINDS = {
    "capacity-block": ("capacity-block", "capacity-block-ultraserver"),
    "capacity-reservation-group": ("capacity-reservation-group",),
    "specific-reservation": ("on-demand-reservation", "future-reservation", "calendar-mode"),
}
"""By kind of the stack file: the catalogue's kinds that come to it."""


def named_kinds(machine_kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the machine's kinds that a Google Cloud pool can name."""
    return tuple(kind for kind in machine_kinds if kind in _KINDS["specific-reservation"])


@rule(
    "RSV001",
    "a pool on reserved capacity is in the reservation's zone, and only there",
    consequence="EKS retries for hours, a pool of GKE stays PROVISIONING and then fails; AKS makes "
    "it outside the reservation with only a warning, and both are billed",
    source=_SOURCE,
)
def zone(context: Context) -> Iterator[Problem]:
    for pool, reservation in _reserved(context):
        if pool.zones != (reservation.zone,):
            yield Problem(
                path=f"{pool.path}.zones",
                message=f"the pool is in {', '.join(pool.zones)}, but {_called(reservation)} "
                f"is in {reservation.zone}",
                fix=f"use zones: [{_yaml(reservation)}], or leave zones out",
            )


@rule(
    "RSV002",
    "a pool on reserved capacity uses the type that was reserved",
    consequence="the launch matches no reservation and fails, or on AKS is billed beside it",
    source=_SOURCE,
)
def machine_type(context: Context) -> Iterator[Problem]:
    for pool, reservation in _reserved(context):
        if pool.machine.name != reservation.machine_type:
            yield Problem(
                path=f"{pool.path}.machineType",
                message=f"the pool uses {pool.machine.name}, but {_called(reservation)} "
                f"holds {reservation.machine_type}",
                fix=f"use machineType: {reservation.machine_type}",
            )


@rule(
    "RSV003",
    "a pool asks for no more nodes than its reservation holds",
    consequence="EKS and GKE retry for the missing nodes until they give up; AKS fails with "
    "AllocationFailed",
    source=_SOURCE,
)
def node_count(context: Context) -> Iterator[Problem]:
    for pool, reservation in _reserved(context):
        if pool.nodes > reservation.nodes:
            yield Problem(
                path=f"{pool.path}.nodes",
                message=f"{pool.nodes} nodes, but {_called(reservation)} holds {reservation.nodes}",
                fix=f"use nodes: {reservation.nodes} or fewer, or reserve more",
            )


@rule(
    "RSV004",
    "the machine type can be reserved that way",
    consequence="there is no such reservation to use, or Azure refuses to make it: the size is not "
    "supported",
    source="accelerators.csv, reservation kinds; EC2 User Guide, Capacity Blocks for ML; Azure "
    "facts Z8, Z9 (ND-series and NCads H100 v5); GCP facts section 4",
)
def kind_exists(context: Context) -> Iterator[Problem]:
    for pool, reservation in _reserved(context):
        kinds = set(_KINDS[reservation.kind]) & set(pool.machine.reservation_kinds)
        if not kinds and _documented(pool, reservation):
            yield Problem(
                path=f"{pool.path}.reservation",
                message=_impossible(pool, reservation),
                fix="leave the reservation out and rely on quota; for a fixed term Azure has block "
                "reservations, which are asked for in the portal"
                if isinstance(reservation, CapacityReservationGroup)
                else "leave the reservation out",
            )


@rule(
    "RSV005",
    "reserved capacity that has not started gives no nodes",
    severity=Severity.WARNING,
    consequence="the graph stays Pending until it starts and the stack is updated",
    source="AWS facts A11; GCP facts section 4, future reservations",
)
def not_started(context: Context) -> Iterator[Problem]:
    for pool, reservation in _reserved(context):
        if not reservation.active:
            yield Problem(
                path=f"{pool.path}.reservation.active",
                message=f"{_called(reservation)} has not started: the pool is made with 0 nodes",
                fix="set active: true when it has started, and run `pulumi up` again",
            )


@rule(
    "RSV006",
    "reserved capacity is given out once",
    consequence="the pools take nodes from each other and none is complete",
    source="AWS: one Capacity Block per Auto Scaling group; Azure facts Z12; GCP facts G10",
)
def given_once(context: Context) -> Iterator[Problem]:
    sharing: dict[tuple[str, ...], list[tuple[Pool, Reservation]]] = defaultdict(list)
    for pool, reservation in _reserved(context):
        sharing[_identity(pool, reservation)].append((pool, reservation))
    for users in sharing.values():
        first, _ = users[0]
        asked = first.nodes
        for pool, reservation in users[1:]:
            asked += pool.nodes
            if isinstance(reservation, CapacityBlock):
                yield Problem(
                    path=f"{pool.path}.reservation.id",
                    message=f"{_called(reservation)} is used by pool {first.name} already",
                    fix="use another block, or one pool for both",
                )
            elif pool.nodes <= reservation.nodes < asked:
                yield Problem(
                    path=f"{pool.path}.nodes",
                    message=f"{_called(reservation)} holds {reservation.nodes}, and "
                    f"{asked} nodes are asked for with pool {first.name}",
                    fix="lower the nodes of a pool, or reserve more",
                )


def _reserved(context: Context) -> Iterator[tuple[Pool, Reservation]]:
    for pool in context.plan.pools:
        if pool.reservation is not None:
            yield pool, pool.reservation


def _called(reservation: Reservation) -> str:
    """The reservation in the words of its cloud."""
    match reservation:
        case CapacityBlock():
            return f"block {reservation.id}"
        case CapacityReservationGroup(group=None):
            return "the capacity reservation that this stack makes"
        case CapacityReservationGroup(group=group):
            return f"capacity reservation group {str(group).rpartition('/')[2]}"
        case SpecificReservation():
            return f"reservation {reservation.name}"


def _yaml(reservation: Reservation) -> str:
    """The zone as a stack file has to write it: Azure's are digits."""
    return f'"{reservation.zone}"' if reservation.zone.isdigit() else reservation.zone


def _impossible(pool: Pool, reservation: Reservation) -> str:
    name = pool.machine.name
    match reservation:
        case CapacityBlock():
            return f"{name} is not sold in Capacity Blocks, so {reservation.id} cannot hold it"
        case CapacityReservationGroup():
            return f"Azure has no capacity reservation groups for {name}"
        case SpecificReservation():
            return f"{name} cannot be reserved, so {reservation.name} cannot hold it"


def _documented(pool: Pool, reservation: Reservation) -> bool:
    """Whether a kind that the catalogue does not have is one that there is not."""
    match reservation:
        case CapacityBlock():
            return True
        case CapacityReservationGroup():
            return pool.has_gpus  # Azure lists the GPU sizes it supports, and hardly the others
        case SpecificReservation():
            return bool(pool.machine.reservation_kinds)


def _identity(pool: Pool, reservation: Reservation) -> tuple[str, ...]:
    """What two pools have in common that use the same capacity."""
    match reservation:
        case CapacityBlock():
            return (reservation.id,)
        case CapacityReservationGroup(group=None):
            return (pool.name,)  # each pool gets a group of its own
        case CapacityReservationGroup():
            return (reservation.id, reservation.machine_type, reservation.zone)
        case SpecificReservation():
            return (reservation.project or "", reservation.zone, reservation.name)


RULES = (zone, machine_type, node_count, kind_exists, not_started, given_once)
