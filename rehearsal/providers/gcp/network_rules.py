"""What Compute Engine refuses of networks, subnetworks, addresses and firewall rules.

Rule ids (G4 and so on) are those of our notes on Google Cloud.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rehearsal.providers.gcp import kinds
from rehearsal.providers.gcp.paths import Place, last, region_of
from rehearsal.providers.gcp.references import PACKAGE, named
from rehearsal.providers.gcp.refusals import in_use, invalid
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Props, get, items, text
from rehearsal.providers.world import Record, World

_QUOTA = 5
"""VPC networks of a project that never asked for more (Compute Engine, quotas)."""
_SMALLEST = 29
_PROFILE = re.compile(r"(.+-[a-z])-vpc-roce(?:-metal)?")
_NAME = re.compile(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?")
_LABEL = re.compile(r"[a-z0-9_-]{0,63}")

_WORDS: dict[str, str] = {
    kinds.NETWORK: "network",
    kinds.SUBNETWORK: "subnetwork",
    kinds.ROUTER: "router",
    kinds.FIREWALL_POLICY: "firewall policy",
    kinds.ADDRESS: "address",
    kinds.RESOURCE_POLICY: "resource policy",
}
"""What Compute Engine calls the things that others may still use."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """A block of addresses and what it is for."""

    name: str
    block: ipaddress.IPv4Network


def check_name(name: str) -> None:
    """Names of Compute Engine follow RFC 1035."""
    if not _NAME.fullmatch(name):
        raise invalid(
            f"Invalid value for field 'resource.name': '{name}'. Must be a match of regex "
            f"'{_NAME.pattern}'",
            "name",
        )


def check_labels(labels: Props, path: str) -> None:
    """G29: labels are lower case."""
    for key, value in labels.items():
        if not _LABEL.fullmatch(key) or not key or not _LABEL.fullmatch(str(value)):
            raise invalid(
                f"Invalid value for label '{key}': '{value}'. Labels can only contain lowercase "
                "letters, numeric characters, underscores and dashes",
                path,
            )


def profile_zone(network: Props) -> str:
    """The zone of a network's RDMA profile; empty for an ordinary network."""
    match = _PROFILE.fullmatch(last(text(network, "networkProfile")))
    return match.group(1) if match else ""


def check_network(world: World, inputs: Props, where: Place) -> None:
    """A network fits the project's quota and its profile."""
    # G6
    held = [n for n in world.all(PACKAGE, kinds.NETWORK) if n.outputs["project"] == where.project]
    if len(held) >= _QUOTA:
        raise Refusal(
            f"googleapi: Error 403: Quota 'NETWORKS' exceeded. Limit: {_QUOTA}.0 globally, "
            f"quotaExceeded (held by {', '.join(n.name for n in held)})"
        )
    profile = text(inputs, "networkProfile")
    if not profile:
        return
    # G4
    if not profile_zone(inputs):
        raise invalid(f"network profile '{profile}' does not exist", "networkProfile")
    if get(inputs, "autoCreateSubnetworks") is not False:
        raise invalid(
            f"a network with profile {last(profile)} cannot be in auto subnet mode",
            "autoCreateSubnetworks",
        )


def check_subnetwork(world: World, inputs: Props, where: Place) -> None:
    """A subnetwork's ranges are apart from all others of its network."""
    network = named(world, kinds.NETWORK, text(inputs, "network"), inputs, where)
    zone = profile_zone(network.inputs) if network else ""
    if zone and region_of(zone) != where.region:  # G4
        raise invalid(
            f"network {text(inputs, 'network')} has the profile of zone {zone}: it takes no "
            f"subnetwork in region {where.region}",
            "region",
        )
    mine = list(_ranges(inputs))
    for index, one in enumerate(mine):
        for other in mine[:index]:
            if one.block.overlaps(other.block):
                raise invalid(f"Invalid IPCidrRange: {one.block} conflicts with {other.block}")
    for other in world.all(PACKAGE, kinds.SUBNETWORK):
        if network is None or network.key not in other.refs:
            continue
        for theirs in _ranges(other.inputs):
            for one in mine:
                if one.block.overlaps(theirs.block):
                    raise invalid(
                        f"Invalid IPCidrRange: {one.block} conflicts with existing subnetwork "
                        f"'{last(other.key.id)}' in region '{text(other.outputs, 'region')}'",
                        "ipCidrRange",
                    )


def check_firewall(world: World, inputs: Props, where: Place) -> None:
    """G4: a network with an RDMA profile has no VPC firewall rules."""
    network = named(world, kinds.NETWORK, text(inputs, "network"), inputs, where)
    if network is not None and profile_zone(network.inputs):
        raise invalid(
            f"network {network.key.id} has profile "
            f"{last(text(network.inputs, 'networkProfile'))}, which takes no VPC firewall rules: "
            "use a network firewall policy",
            "network",
        )


def check_global_address(inputs: Props) -> None:
    """A range for private services access is internal, of some size, in a network."""
    if text(inputs, "purpose") != "VPC_PEERING":
        return
    if text(inputs, "addressType") != "INTERNAL":
        raise invalid("purpose VPC_PEERING needs address type INTERNAL", "addressType")
    for field in ("prefixLength", "network"):
        if not get(inputs, field):
            raise invalid(f"purpose VPC_PEERING needs '{field}'", field)


def check_unused(world: World, record: Record) -> None:
    """GD4, GD7, GD8: what others use stays; the refusal names one of them."""
    word = _WORDS.get(record.key.type)
    if word is None:
        return
    going = world.with_owned(record.key)
    for user in world.referrers(record.key):
        if user.key not in going:
            raise in_use(word, record.key.id, user.key.id, user.name)


def cluster_ranges(world: World, cluster: Record, where: Place) -> tuple[Range, ...]:
    """The blocks a cluster uses: nodes, pods, services and control plane."""
    found: list[Range] = []
    inputs = cluster.inputs
    subnetwork = named(world, kinds.SUBNETWORK, text(inputs, "subnetwork"), inputs, where)
    if subnetwork is not None:
        found += _ranges(subnetwork.inputs)
    master = text(inputs, "privateClusterConfig", "masterIpv4CidrBlock")
    if master:
        found.append(Range(name="control plane", block=_block(master, "masterIpv4CidrBlock")))
    return tuple(found)


def overlapping(world: World, network: Record, block: str, path: str) -> Record | None:
    """The subnetwork of a network that a block of addresses overlaps with."""
    asked = _block(block, path)
    for subnetwork in world.all(PACKAGE, kinds.SUBNETWORK):
        if network.key in subnetwork.refs and any(
            asked.overlaps(theirs.block) for theirs in _ranges(subnetwork.inputs)
        ):
            return subnetwork
    return None


def _ranges(inputs: Props) -> Iterator[Range]:
    primary = text(inputs, "ipCidrRange")
    if primary:
        yield Range(name="primary", block=_block(primary, "ipCidrRange"))
    for secondary in items(inputs, "secondaryIpRanges"):
        block = text(secondary, "ipCidrRange")
        if block:
            yield Range(name=text(secondary, "rangeName"), block=_block(block, "secondaryIpRanges"))


def _block(given: str, path: str) -> ipaddress.IPv4Network:
    try:
        block = ipaddress.IPv4Network(given)
    except ValueError as error:
        raise invalid(f"Invalid value for field '{path}': '{given}'. {error}", path) from error
    if block.prefixlen > _SMALLEST:
        raise invalid(
            f"Invalid value for field '{path}': '{given}'. The smallest range is /{_SMALLEST}", path
        )
    return block
