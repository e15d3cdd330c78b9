"""Whether there are machines for a node pool: spot, flexible start, reservations, on demand.

Rule ids (G8, G10, G11) are those of our notes on Google Cloud.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rehearsal.providers.gcp import kinds
from rehearsal.providers.gcp.pool_request import PoolRequest
from rehearsal.providers.gcp.references import PACKAGE
from rehearsal.providers.gcp.refusals import invalid
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Props, flag, get, mapping, number, text, texts
from rehearsal.providers.world import Record, Reservation, World

_KEY = "compute.googleapis.com/reservation-name"
_AFFINITY = "nodeConfig.reservationAffinity"
_COMPACT_WITH_FLEX = ("a3-ultragpu-", "a4-")
_RESERVATION = re.compile(r"(?:projects/([^/]+)/reservations/)?([^/]+)(?:/reservationBlocks/.+)?")
_WEEK = 7 * 24 * 3600


def check_capacity(world: World, pool: PoolRequest, project: str) -> None:
    """Refuse what does not go together, then what is not there."""
    _check_matrix(pool)
    if pool.affinity == "SPECIFIC_RESERVATION":
        _check_reservation(world, pool, project)
    elif pool.nodes and not pool.spot and not pool.flexible:
        _check_on_demand(pool)


def reservations(world: World) -> Iterator[Reservation]:
    """Every reservation of every project: those that were there and those that were made."""
    yield from world.seed.reservations
    for record in world.all(PACKAGE, kinds.RESERVATION):
        yield _made(record)


def _made(record: Record) -> Reservation:
    specific = mapping(record.inputs, "specificReservation")
    return Reservation(
        name=text(record.inputs, "name"),
        project=text(record.outputs, "project"),
        zone=text(record.outputs, "zone"),
        machine_type=text(specific, "instanceProperties", "machineType"),
        count=number(specific, "count"),
        specific=get(record.inputs, "specificReservationRequired") is True,
    )


def check_own_reservation(inputs: Props) -> None:
    """Some machines cannot be reserved (Compute Engine, reservations of A3 High below 8 GPUs)."""
    machine_type = text(inputs, "specificReservation", "instanceProperties", "machineType")
    if re.fullmatch(r"a3-highgpu-[124]g", machine_type):
        raise invalid(
            f"machine type {machine_type} cannot be reserved",
            "specificReservation.instanceProperties.machineType",
        )


def _check_matrix(pool: PoolRequest) -> None:
    # G8: what each way to capacity excludes.
    reserved = pool.affinity not in ("", "NO_RESERVATION")
    if pool.spot and (reserved or pool.flexible):
        raise invalid("Spot VMs take neither a reservation nor flexible start", _AFFINITY)
    if not pool.flexible:
        return
    flex = flag(pool.node, "flexStart")
    scaling = mapping(pool.inputs, "autoscaling")
    faults = {
        "a reservation affinity": reserved,
        "compact placement": pool.compact
        and not (flex and pool.machine_type.startswith(_COMPACT_WITH_FLEX)),
        "a static node count": flex and bool(get(pool.inputs, "nodeCount")),
        "automatic repair": flex and get(pool.inputs, "management", "autoRepair") is not False,
        "a location policy other than ANY": flex and text(scaling, "locationPolicy") != "ANY",
        "a run of more than 7 days": flex and _seconds(pool.node) > _WEEK,
        "a minimum of nodes": not flex and number(scaling, "totalMinNodeCount") > 0,
    }
    for fault, there in faults.items():
        if there:
            way = "flex_start" if flex else "queued_provisioning"
            raise invalid(f"{way} cannot be combined with {fault} (node pool {pool.name})")


def _seconds(node: Props) -> int:
    match = re.fullmatch(r"(\d+)s", text(node, "maxRunDuration"))
    return int(match.group(1)) if match else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wanted:
    """The reservation that a pool names."""

    project: str
    name: str

    @property
    def path(self) -> str:
        return f"projects/{self.project}/reservations/{self.name}"


def _check_reservation(world: World, pool: PoolRequest, project: str) -> None:
    # G10
    values = texts(pool.node, "reservationAffinity", "values")
    if text(pool.node, "reservationAffinity", "key") != _KEY or len(values) != 1:
        raise invalid(
            f"SPECIFIC_RESERVATION needs key {_KEY} and exactly one reservation, got "
            f"{', '.join(values) or 'none'}",
            _AFFINITY,
        )
    wanted = _wanted(values[0], project)
    if not pool.nodes:
        return  # nothing starts yet: the reservation may still be to come
    found = [r for r in reservations(world) if (r.project, r.name) == (wanted.project, wanted.name)]
    zones = pool.zones or ("",)
    for zone in zones:
        _check_count(world, pool, wanted, _fitting(pool, wanted, zone, found))


def _fitting(
    pool: PoolRequest, wanted: _Wanted, zone: str, found: list[Reservation]
) -> Reservation:
    here = next((reservation for reservation in found if reservation.zone == zone), None)
    if here is None:
        elsewhere = ", ".join(reservation.zone for reservation in found)
        raise _stuck(
            pool,
            f"{wanted.path} does not exist in zone {zone or 'of the region'}"
            + (f" (it is in {elsewhere})" if elsewhere else ""),
        )
    faults = {
        "has not started yet": not here.active,
        "was made without specificReservationRequired": not here.specific,
        f"holds {here.machine_type}, the pool asks for {pool.machine_type}": (
            here.machine_type != pool.machine_type
        ),
    }
    for fault, there in faults.items():
        if there:
            raise _stuck(pool, f"{wanted.path} {fault}")
    return here


def _stuck(pool: PoolRequest, why: str, path: str = _AFFINITY) -> Refusal:
    """A pool that waits for machines, an hour or so, and then is in error."""
    return Refusal(
        f"NodePool {pool.name} was created in the error state ERROR (simulated at once): {why}",
        path,
    )


def _check_count(world: World, pool: PoolRequest, wanted: _Wanted, here: Reservation) -> None:
    others = {
        text(other.inputs, "name"): _nodes_in(other)
        for other in world.all(PACKAGE, kinds.NODE_POOL)
        if text(other.inputs, "name") != pool.name
        and any(
            _wanted(value, here.project) == wanted
            for value in texts(other.inputs, "nodeConfig", "reservationAffinity", "values")
        )
        and here.zone in texts(other.outputs, "nodeLocations")
    }
    mine = pool.nodes // max(len(pool.zones), 1)
    if mine + sum(others.values()) > here.count:
        held = "".join(f", {count} of them taken by {name}" for name, count in others.items())
        raise _stuck(
            pool,
            f"{wanted.path} holds {here.count} machines{held}; {mine} more are asked for",
        )


def _nodes_in(pool: Record) -> int:
    inputs = pool.inputs
    return (
        number(inputs, "nodeCount")
        or number(inputs, "initialNodeCount")
        or number(inputs, "autoscaling", "minNodeCount")
    )


def _check_on_demand(pool: PoolRequest) -> None:
    # G11
    if pool.machine is None or pool.machine.on_demand:
        return
    ways = "spot or flex-start"
    if pool.machine.reservable:
        ways = f"a specific reservation, {ways}"
    raise _stuck(
        pool,
        f"{pool.machine_type} is not to be had on demand (stockout after long retries): it needs "
        f"{ways}",
        "nodeConfig",
    )


def _wanted(value: str, project: str) -> _Wanted:
    match = re.fullmatch(
        r"(?:projects/([^/]+)/reservations/)?([^/]+)(?:/reservationBlocks/.+)?", value
    )
    if match is None:
        raise invalid(f"'{value}' is not the name of a reservation", _AFFINITY)
    return _Wanted(project=match.group(1) or project, name=match.group(2))
