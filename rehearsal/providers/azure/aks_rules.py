"""What AKS refuses, and what it would accept to fail later. Rule ids: our notes on Azure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Final

from rehearsal.providers.azure import capacity_rules, features, kinds
from rehearsal.providers.azure.network_rules import (
    network_of,
    networks_of,
    space_of,
    subnet_prefixes,
    subnets_of,
)
from rehearsal.providers.azure.sizes import on_infiniband
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Json, Props, flag, get, items, mapping, number, text
from rehearsal.providers.world import Record, World

SERVICE_CIDR: Final = "10.0.0.0/16"
POD_CIDR: Final = "10.244.0.0/16"
"""What AKS takes where a cluster says nothing."""

_POOL_NAME: Final = re.compile(r"[a-z][a-z0-9]{0,11}")
_LARGEST_POOL: Final = 1000
_LARGEST_PLACEMENT_GROUP: Final = 100
_RDMA: Final = IPv4Network("172.16.0.0/16")

FROZEN: Final = (
    # Z7, and "Create node pools": fixed when the pool is made.
    "vmSize",
    "gpuProfile",
    "gpuInstanceProfile",
    "scaleSetPriority",
    "scaleSetEvictionPolicy",
    "spotMaxPrice",
    "availabilityZones",
    "proximityPlacementGroupID",
    "vnetSubnetID",
    "osDiskType",
    "osDiskSizeGB",
    "osType",
    "kubeletDiskType",
    "enableUltraSSD",
)


def check_cluster(world: World, inputs: Props, own_id: str, known: features.Features) -> None:
    """What makes a cluster fail, its own pools included."""
    name, profiles = text(inputs, "resourceName"), items(inputs, "agentPoolProfiles")
    if not any(text(profile, "mode") == "System" for profile in profiles):
        raise Refusal(
            f"BadRequest: cluster {name}: Must define at least one system pool.",
            "agentPoolProfiles",
        )
    kind = text(inputs, "identity", "type")
    given = items(inputs, "identity", "userAssignedIdentities")
    if (kind == "UserAssigned") != bool(given):
        raise Refusal(
            f"InvalidParameter: cluster {name}: identity type {kind or 'none'} with {len(given)} "
            "user-assigned identities",
            "identity",
        )
    for profile in profiles:
        if isinstance(profile, dict):
            check_pool(world, inputs, profile, own_id, known)
    _check_addresses(world, inputs)


def check_pool(
    world: World, cluster: Props, pool: Props, own_id: str, known: features.Features
) -> None:
    """What makes an agent pool, or the work on it, fail. `cluster` is the cluster's inputs."""
    name = text(pool, "agentPoolName") or text(pool, "name")
    if not _POOL_NAME.fullmatch(name):
        raise Refusal(
            f"InvalidParameter: agent pool name {name} is not valid: 1 to 12 lower-case letters "
            "and digits, a letter first",
            "agentPoolName",
        )
    _check_count(pool, name)
    _check_spot(pool, name)
    if on_infiniband(text(pool, "vmSize")):
        _check_infiniband(world, pool, name, known)
    capacity_rules.check_pool(world, cluster, pool, own_id)
    for lustre in world.all("azure-native", kinds.LUSTRE):
        subnet = text(lustre.inputs, "filesystemSubnet")
        if subnet and subnet in (text(pool, "vnetSubnetID"), text(pool, "podSubnetID")):
            # Z22
            raise Refusal(
                f"InvalidSubnet: agent pool {name}: subnet {subnet} belongs to file system "
                f"{lustre.key.id}, which needs it for itself",
                "vnetSubnetID",
            )


def check_frozen(old: Props, new: Props, name: str) -> None:
    """Z7: what the package would send and AKS refuses to change."""
    for part in FROZEN:
        if part in {*old, *new} and old.get(part) != new.get(part):
            raise Refusal(
                f'PropertyChangeNotAllowed: agent pool {name}: Changing property "properties.{part}'
                '" is not allowed.',
                part,
            )


def check_update(world: World, old: Record, inputs: Props, known: features.Features) -> None:
    """An update of a cluster changes none of the fixed things of its own pools."""
    before = {text(profile, "name"): profile for profile in items(old.inputs, "agentPoolProfiles")}
    for profile in items(inputs, "agentPoolProfiles"):
        name = text(profile, "name")
        if name in before:
            check_frozen(mapping(before[name]), mapping(profile), name)
    check_cluster(world, inputs, old.key.id, known)


def check_pool_unused(world: World, pool: Record) -> None:
    """ZD13: the last pool of mode System stays as long as its cluster."""
    cluster = world.get(pool.owner) if pool.owner else None
    if cluster is None or text(pool.inputs, "mode") != "System":
        return
    own = text(pool.inputs, "agentPoolName")
    others = [
        text(record.inputs, "agentPoolName")
        for record in world.all("azure-native", kinds.AGENT_POOL)
        if record.owner == cluster.key
        and record.key != pool.key
        and text(record.inputs, "mode") == "System"
    ]
    inline = [
        text(profile, "name")
        for profile in items(cluster.inputs, "agentPoolProfiles")
        if text(profile, "mode") == "System" and text(profile, "name") != own
    ]
    if not others and not inline:
        raise Refusal(
            f"OperationNotAllowed: There has to be at least one agent pool of mode System: {own} "
            f"is the last of cluster {cluster.key.id}"
        )


def _check_count(pool: Props, name: str) -> None:
    count, path = number(pool, "count"), "count"
    if flag(pool, "enableAutoScaling"):
        low, high = number(pool, "minCount"), number(pool, "maxCount")
        if not low <= (count or low) <= high:
            raise Refusal(
                f"InvalidParameter: agent pool {name}: count {count} must be between minCount "
                f"{low} and maxCount {high}",
                "count",
            )
        count, path = high, "maxCount"
    # Z3: one InfiniBand pool is one placement group.
    fabric = on_infiniband(text(pool, "vmSize"))
    most = _LARGEST_PLACEMENT_GROUP if fabric else _LARGEST_POOL
    if count > most:
        raise Refusal(
            f"InvalidParameter: agent pool {name}: {count} nodes are more than {most}, the most "
            f"of one {'placement group, which InfiniBand needs' if fabric else 'pool'}",
            path,
        )
    if text(pool, "mode") == "System" and number(pool, "count") < 1:
        raise Refusal(
            f"InvalidParameter: agent pool {name}: a pool of mode System has one node at least",
            "count",
        )


def _check_spot(pool: Props, name: str) -> None:
    # Z13
    spot = text(pool, "scaleSetPriority") == "Spot"
    price = get(pool, "spotMaxPrice")
    wrong = {
        "a Spot pool cannot be of mode System": spot and text(pool, "mode") == "System",
        "a Spot pool is a virtual machine scale set": spot
        and text(pool, "type") not in ("", "VirtualMachineScaleSets"),
        "scaleSetEvictionPolicy is for Spot only": not spot
        and bool(text(pool, "scaleSetEvictionPolicy")),
        "spotMaxPrice is for Spot only": not spot and price is not None,
        "spotMaxPrice has 5 decimals at most": isinstance(price, float)
        and round(price, 5) != price,
    }
    for what, is_wrong in wrong.items():
        if is_wrong:
            raise Refusal(f"BadRequest: agent pool {name}: {what}", "scaleSetPriority")


def _check_infiniband(world: World, pool: Props, name: str, known: features.Features) -> None:
    # Z1
    state = known.state(features.INFINIBAND)
    if state != features.REGISTERED:
        raise Refusal(
            f"simulated: agent pool {name} ({text(pool, 'vmSize')}): feature {features.INFINIBAND} "
            f"is {state}. AKS would make the pool, spread over several InfiniBand networks, and "
            "only a new pool would mend it",
            "vmSize",
        )
    # Z4
    for subnet in _subnets(world, pool):
        network = network_of(world, subnet)
        if network is not None and any(space.overlaps(_RDMA) for space in space_of(network)):
            raise Refusal(
                f"simulated: agent pool {name}: virtual network {text(network.outputs, 'name')} "
                f"overlaps {_RDMA}, which RDMA over InfiniBand keeps for itself: its interfaces "
                "would not be reachable",
                "vnetSubnetID",
            )


def _check_addresses(world: World, cluster: Props) -> None:
    # Z19
    profile = get(cluster, "networkProfile")
    path = "networkProfile"
    service = text(profile, "serviceCidr") or SERVICE_CIDR
    pod = text(profile, "podCidr") or POD_CIDR
    overlay = text(profile, "networkPluginMode") == "overlay"
    [services] = networks_of([service], f"{path}.serviceCidr")
    [pods] = networks_of([pod], f"{path}.podCidr")
    if services.overlaps(pods):
        raise Refusal(
            f"InvalidParameter: pod CIDR {pod} overlaps service CIDR {service}", f"{path}.podCidr"
        )
    _check_dns(profile, services)
    profiles = items(cluster, "agentPoolProfiles")
    if text(profile, "networkDataplane") == "cilium" and not (
        overlay or any(text(pool, "podSubnetID") for pool in profiles)
    ):
        raise Refusal(
            "BadRequest: network dataplane cilium needs network plugin mode overlay, or pods in a "
            "subnet of their own",
            f"{path}.networkDataplane",
        )
    networks = {
        network.key: network
        for pool in profiles
        for subnet in _subnets(world, pool)
        if (network := network_of(world, subnet)) is not None
    }
    for network in networks.values():
        for subnet in subnets_of(world, network):
            for prefix in networks_of(subnet_prefixes(subnet.inputs), "addressPrefix"):
                if prefix.overlaps(services):
                    raise Refusal(
                        "ServiceCidrOverlapExistingSubnetsCidr: The specified service CIDR "
                        f"{service} is conflicted with an existing subnet CIDR {prefix}",
                        f"{path}.serviceCidr",
                    )
        for space in space_of(network):
            if overlay and space.overlaps(pods):
                raise Refusal(
                    f"InvalidParameter: pod CIDR {pod} overlaps virtual network "
                    f"{text(network.outputs, 'name')} ({space})",
                    f"{path}.podCidr",
                )


def _check_dns(profile: Json, services: IPv4Network) -> None:
    given = text(profile, "dnsServiceIP")
    if not given:
        return
    try:
        inside = IPv4Address(given) in services
    except AddressValueError:
        inside = False
    if not inside:
        raise Refusal(
            f"InvalidParameter: DNS service IP {given} is not in service CIDR {services}",
            "networkProfile.dnsServiceIP",
        )


def _subnets(world: World, pool: Json) -> Iterator[Record]:
    for name in ("vnetSubnetID", "podSubnetID"):
        subnet = world.find("azure-native", (kinds.SUBNET,), text(pool, name))
        if subnet is not None:
            yield subnet
