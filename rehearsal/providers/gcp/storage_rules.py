"""What Managed Lustre, Filestore and the private services connection refuse.

Rule ids (G25, GD5 and so on) are those of our notes on Google Cloud.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rehearsal.providers.gcp import kinds
from rehearsal.providers.gcp.paths import Place, is_zone, last
from rehearsal.providers.gcp.references import PACKAGE, named
from rehearsal.providers.gcp.refusals import invalid
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Props, get, number, select, text
from rehearsal.providers.world import Key, Record, World

_FILESYSTEM = re.compile(r"[A-Za-z0-9]{1,8}")
_INSTANCE = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_NETWORK = re.compile(r"projects/[^/]+/global/networks/[^/]+")
_PRIVATE = "PRIVATE_SERVICE_ACCESS"
_LUSTRE_BLOCK = 24
_REGIONAL_TIERS = ("REGIONAL", "ENTERPRISE")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tier:
    """Capacities of a throughput tier in GiB; above `threshold` another step holds."""

    step: int
    threshold: int
    above: int
    maximum: int


TIERS: dict[str, Tier] = {
    "1000": Tier(step=9_000, threshold=1_530_000, above=72_000, maximum=10_008_000),
    "500": Tier(step=18_000, threshold=3_060_000, above=144_000, maximum=20_016_000),
    "250": Tier(step=36_000, threshold=6_120_000, above=288_000, maximum=40_032_000),
    "125": Tier(step=72_000, threshold=12_240_000, above=72_000, maximum=12_240_000),
}
"""Managed Lustre docs, "Performance tiers" and "Increase the capacity", by MBps for each TiB."""


def check_lustre(world: World, inputs: Props, where: Place) -> None:
    """G25, which a create finds out after 20 to 60 minutes."""
    if not _INSTANCE.fullmatch(text(inputs, "instanceId")):
        raise invalid(f"'{text(inputs, 'instanceId')}' is not an instance id", "instanceId")
    if not is_zone(where.location):
        raise invalid(f"location '{where.location}' is not a zone", "location")
    if not _FILESYSTEM.fullmatch(text(inputs, "filesystem")):
        raise invalid(
            f"filesystem '{text(inputs, 'filesystem')}' must have at most eight letters and digits",
            "filesystem",
        )
    if not _NETWORK.fullmatch(text(inputs, "network")):
        raise invalid(
            f"network '{text(inputs, 'network')}' is not of the form "
            "projects/PROJECT/global/networks/NETWORK",
            "network",
        )
    check_capacity(inputs)
    network = named(world, kinds.NETWORK, text(inputs, "network"), inputs, where)
    if network is not None:
        who = f"Lustre instance {text(inputs, 'instanceId')}"
        _check_connected(world, network, who)
        _check_room(world, network, who)


def check_capacity(inputs: Props) -> None:
    """The capacity is a step of the tier (a tier that is not given is 1000)."""
    if get(inputs, "dynamicTierOptions") is not None:
        return
    throughput = str(get(inputs, "perUnitStorageThroughput") or "1000")
    tier = TIERS.get(throughput)
    if tier is None:
        raise invalid(
            f"perUnitStorageThroughput {throughput} is not one of {', '.join(TIERS)}",
            "perUnitStorageThroughput",
        )
    capacity = int(str(get(inputs, "capacityGib") or 0))
    step = tier.step if capacity <= tier.threshold else tier.above
    if not tier.step <= capacity <= tier.maximum or capacity % step:
        raise invalid(
            f"capacity {capacity} GiB with {throughput} MBps/TiB must be a multiple of {step} "
            f"between {tier.step} and {tier.maximum}",
            "capacityGib",
        )


def check_growth(old: Record, inputs: Props) -> None:
    """A Lustre instance only grows."""
    check_capacity(inputs)
    before, after = (int(str(get(i, "capacityGib") or 0)) for i in (old.inputs, inputs))
    if after < before:
        raise invalid(
            f"capacity of {old.key.id} cannot shrink from {before} to {after}", "capacityGib"
        )


def check_filestore(world: World, inputs: Props, where: Place) -> None:
    """A Filestore instance is where its tier is to be had, on a network that reaches it."""
    tier = text(inputs, "tier")
    if is_zone(where.location) == (tier in _REGIONAL_TIERS):
        kind = "a region" if tier in _REGIONAL_TIERS else "a zone"
        raise invalid(f"tier {tier} needs {kind} for its location, got '{where.location}'")
    if _PRIVATE in select(inputs, "networks[*].connectMode"):
        for given in select(inputs, "networks[*].network"):
            network = named(world, kinds.NETWORK, given, inputs, where)
            if network is not None:
                _check_connected(world, network, f"Filestore instance {text(inputs, 'name')}")


def check_filestore_protection(record: Record) -> None:
    """GD6"""
    if get(record.inputs, "deletionProtectionEnabled") is True:
        raise invalid(f"instance {record.key.id} is protected against deletion")


def producers(world: World, network: Key) -> list[Record]:
    """What is reached through the private services connection of a network."""
    return [
        record
        for record in world.all(PACKAGE, kinds.LUSTRE, kinds.FILESTORE)
        if network in record.refs and is_producer(record)
    ]


def is_producer(record: Record) -> bool:
    """Whether it is reached through a private services connection."""
    return record.key.type == kinds.LUSTRE or _PRIVATE in select(
        record.inputs, "networks[*].connectMode"
    )


def network_of(record: Record) -> Key | None:
    """The network among the references of a record."""
    return next((key for key in record.refs if key.type == kinds.NETWORK), None)


def still_used(by: str) -> Refusal:
    """GD5, in the service's words."""
    return Refusal(
        "Unable to remove Service Networking Connection, err: Error waiting for Delete Service "
        "Networking Connection: Error code 9, message: Failed to delete connection; Producer "
        "services (e.g. CloudSQL, Cloud Memstore, etc.) are still using this connection. "
        f"({by})"
    )


def _check_connected(world: World, network: Record, who: str) -> None:
    if not any(network.key in c.refs for c in world.all(PACKAGE, kinds.CONNECTION)):
        raise invalid(
            f"{who} needs private services access: network {network.key.id} has no service "
            "networking connection",
            "network",
        )


def _check_room(world: World, network: Record, who: str) -> None:
    # Managed Lustre docs, "Configure a VPC network": a block of /23 (older pages: /24) for each.
    ranges = [
        address
        for address in world.all(PACKAGE, kinds.GLOBAL_ADDRESS)
        if network.key in address.refs and text(address.inputs, "purpose") == "VPC_PEERING"
    ]
    if all(number(address.inputs, "prefixLength") > _LUSTRE_BLOCK for address in ranges):
        raise invalid(
            f"{who} needs a block of /{_LUSTRE_BLOCK}; the ranges allocated in network "
            f"{network.key.id} are smaller ({', '.join(last(a.key.id) for a in ranges)})",
            "network",
        )
