"""What GKE refuses of a node pool, most of it after the cluster stands.

Rule ids (G1 and so on) are those of our notes on Google Cloud. Capacity is in `capacity_rules`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from rehearsal.providers.gcp import machines
from rehearsal.providers.gcp.pool_request import PoolRequest
from rehearsal.providers.gcp.refusals import invalid
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import flag, get, items, mapping, number, text

_NAME = re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?")
"""At most 40 characters (GKE)."""
_NO_GPUDIRECT = "a3-megagpu-8g"
_REGIONS_APART = ("a3-", "a4-", "a4x-")
"""Machine families that few zones have."""


def check_node_pool(pool: PoolRequest) -> None:
    """Everything that makes CreateNodePool, or the machines behind it, fail."""
    for rule in _RULES:
        rule(pool)


def check_pool_name(pool: PoolRequest) -> None:
    # G29
    if not _NAME.fullmatch(pool.name):
        raise invalid(
            f'Invalid value for field "node_pool.name": "{pool.name}". Names are lower case, start '
            "with a letter and have at most 40 characters",
            "name",
        )


def check_counts(pool: PoolRequest) -> None:
    # G14; the first is the Terraform provider's own check.
    inputs, scaling = pool.inputs, mapping(pool.inputs, "autoscaling")
    if get(inputs, "initialNodeCount") and get(inputs, "nodeCount"):
        raise Refusal(
            f"Cannot set both initial_node_count and node_count on node pool {pool.name}",
            "nodeCount",
        )
    if scaling and get(inputs, "nodeCount") is not None:
        raise invalid("node_count cannot be set while the pool has autoscaling", "nodeCount")
    by_zone = {"minNodeCount", "maxNodeCount"} & {k for k, v in scaling.items() if v is not None}
    total = {"totalMinNodeCount", "totalMaxNodeCount"} & {
        k for k, v in scaling.items() if v is not None
    }
    if by_zone and total:
        raise invalid("limits for each zone and in total exclude each other", "autoscaling")
    # G21
    upgrade = mapping(inputs, "upgradeSettings")
    if get(upgrade, "maxSurge") == 0 and get(upgrade, "maxUnavailable") == 0:
        raise invalid(
            "at least one of max_surge and max_unavailable must be greater than 0",
            "upgradeSettings",
        )


def check_version(pool: PoolRequest) -> None:
    # G15
    master = text(pool.cluster.outputs, "masterVersion")
    given = text(pool.inputs, "version")
    version = machines.resolved(given) if given else master
    mine, theirs = machines.parse(version), machines.parse(master)
    if mine and theirs and mine > theirs:
        raise invalid(
            f'Node version "{version}" must not be newer than the control plane of '
            f'{pool.cluster.key.id}, which is "{master}"',
            "version",
        )
    wanted = {
        "GPUDirect": pool.machine.minimum if pool.machine and pool.attached else (),
        "flex-start": machines.FLEX_START if flag(pool.node, "flexStart") else (),
        "managed DRANET": machines.MANAGED_DRANET if _profile(pool) else (),
    }
    for feature, minimum in wanted.items():
        missed = machines.below(version, minimum)
        if missed:
            raise invalid(
                f"{feature} on {pool.machine_type} needs GKE {machines.shown(missed)} or later; "
                f"node pool {pool.name} runs {version}",
                "version",
            )


def check_accelerators(pool: PoolRequest) -> None:
    # G12
    asked = items(pool.node, "guestAccelerators")
    machine = pool.machine
    if machine is None:
        return
    for accelerator in asked:
        type, count = text(accelerator, "type"), number(accelerator, "count")
        if type not in machine.accelerators or count != machine.gpus:
            raise invalid(
                f"Accelerator type {type} with count {count} is not supported on machine type "
                f"{pool.machine_type}, which has {machine.gpus} x "
                f"{' or '.join(machine.accelerators)}",
                "nodeConfig.guestAccelerators",
            )


def check_local_ssds(pool: PoolRequest) -> None:
    # G13
    ephemeral = number(pool.node, "ephemeralStorageLocalSsdConfig", "localSsdCount")
    raw = number(pool.node, "localNvmeSsdBlockConfig", "localSsdCount")
    if ephemeral and raw:
        raise invalid(
            "local SSDs serve as ephemeral storage or as raw block devices, not as both",
            "nodeConfig.localNvmeSsdBlockConfig",
        )
    fixed = pool.machine.local_ssds if pool.machine else 0
    if fixed and (ephemeral or raw) not in (0, fixed):
        raise invalid(
            f"machine type {pool.machine_type} comes with {fixed} local SSDs, node pool "
            f"{pool.name} asks for {ephemeral or raw}",
            "nodeConfig",
        )


def check_image(pool: PoolRequest) -> None:
    # G16
    image = text(pool.node, "imageType").upper()
    if not image.startswith("UBUNTU"):
        return
    latest = any(
        text(accelerator, "gpuDriverInstallationConfig", "gpuDriverVersion") == "LATEST"
        for accelerator in items(pool.node, "guestAccelerators")
    )
    gpudirect = pool.machine is not None and pool.machine.container_optimized_os
    reasons = {
        "GPUDirect": gpudirect and bool(pool.attached),
        "gVNIC": flag(pool.node, "gvnic", "enabled"),
        "driver version LATEST": latest,
    }
    for reason, wanted in reasons.items():
        if wanted:
            raise invalid(
                f"{reason} needs the image type COS_CONTAINERD, node pool {pool.name} has {image}",
                "nodeConfig.imageType",
            )


def check_fast_socket(pool: PoolRequest) -> None:
    # G17
    if not flag(pool.node, "fastSocket", "enabled"):
        return
    if not flag(pool.node, "gvnic", "enabled"):
        raise invalid("fast_socket requires gvnic", "nodeConfig.fastSocket")
    if pool.machine and pool.machine.gpudirect and pool.attached:
        raise invalid(
            f"fast_socket cannot be combined with GPUDirect on {pool.machine_type}",
            "nodeConfig.fastSocket",
        )


def check_multi_networking(pool: PoolRequest) -> None:
    # G1
    if not pool.attached:
        return
    cluster = pool.cluster
    path = "networkConfig.additionalNodeNetworkConfigs"
    if text(cluster.outputs, "datapathProvider") != "ADVANCED_DATAPATH":
        raise invalid(
            f"Multi-networking requires Dataplane V2: cluster {cluster.key.id} was made without "
            "ADVANCED_DATAPATH",
            path,
        )
    if not flag(cluster.inputs, "enableMultiNetworking"):
        raise invalid(
            f"Multi-networking is not enabled on cluster {cluster.key.id}",
            path,
        )
    # G20
    if _profile(pool):
        raise invalid(
            "an accelerator network profile cannot be combined with additional node networks",
            "networkConfig.acceleratorNetworkProfile",
        )


def check_networks(pool: PoolRequest) -> None:
    # G2, G3
    machine = pool.machine
    if machine is None or not machine.gpudirect or not pool.attached:
        return
    path = "networkConfig.additionalNodeNetworkConfigs"
    rdma = {a.subnetwork.key for a in pool.attached if a.profile_zone}
    ordinary = [a.network.key for a in pool.attached if not a.profile_zone]
    if pool.machine_type == _NO_GPUDIRECT and len(ordinary) == machine.networks[0] + 1:
        raise invalid(
            "simulated: a ninth network takes the PCI slot of a GPU's network card on "
            f"{pool.machine_type}: 7 of 8 GPUs would work",
            path,
        )
    if len(ordinary) not in machine.networks or len(rdma) != machine.rdma_subnets:
        wanted = " or ".join(str(count) for count in machine.networks)
        raise invalid(
            f"machine type {pool.machine_type} takes {wanted} additional networks and "
            f"{machine.rdma_subnets} RDMA subnetworks, node pool {pool.name} names "
            f"{len(ordinary)} and {len(rdma)}",
            path,
        )
    if len(set(ordinary)) != len(ordinary):
        raise invalid("each additional network interface needs a VPC network of its own", path)


def check_rdma_zone(pool: PoolRequest) -> None:
    # G4
    for attached in pool.attached:
        zone = attached.profile_zone
        if zone and set(pool.zones) != {zone}:
            raise invalid(
                f"network {attached.network.key.id} has the profile of zone {zone}, node pool "
                f"{pool.name} is in {', '.join(pool.zones) or 'every zone of its region'}",
                "nodeLocations",
            )


def check_ranges(pool: PoolRequest) -> None:
    # G7: the cluster's own ranges apart from those of the additional networks.
    for attached in pool.attached:
        block = ipaddress.IPv4Network(text(attached.subnetwork.inputs, "ipCidrRange"))
        for mine in pool.cluster_ranges:
            if block.overlaps(mine.block):
                raise invalid(
                    f"range {block} of subnetwork {attached.subnetwork.key.id} overlaps with the "
                    f"{mine.name} range {mine.block} of cluster {pool.cluster.key.id}",
                    "networkConfig.additionalNodeNetworkConfigs",
                )


def check_zones(pool: PoolRequest) -> None:
    # G23
    if not pool.zones and pool.machine_type.startswith(_REGIONS_APART):
        raise invalid(
            f"machine type {pool.machine_type} does not exist in every zone of "
            f"{text(pool.cluster.outputs, 'location')}: node pool {pool.name} names no "
            "node_locations",
            "nodeLocations",
        )
    # G9
    if pool.compact and (
        len(pool.zones) != 1 or text(pool.inputs, "upgradeSettings", "strategy") == "BLUE_GREEN"
    ):
        raise invalid(
            "compact placement needs exactly one zone and no blue-green upgrades; node pool "
            f"{pool.name} is in {', '.join(pool.zones) or 'every zone of its region'}",
            "placementPolicy",
        )


_RULES: tuple[Callable[[PoolRequest], None], ...] = (
    check_pool_name,
    check_counts,
    check_version,
    check_accelerators,
    check_local_ssds,
    check_image,
    check_fast_socket,
    check_multi_networking,
    check_networks,
    check_rdma_zone,
    check_ranges,
    check_zones,
)


def _profile(pool: PoolRequest) -> str:
    return text(pool.inputs, "networkConfig", "acceleratorNetworkProfile")
