"""From the pools of the stack file to resolved pools."""

from __future__ import annotations

import math
from collections.abc import Iterator

from plan.catalog import accelerators, host_images, network_cards, prices
from plan.catalog.accelerators import MachineType
from plan.catalog.network_cards import NetworkInterface
from plan.fabric import EFA, Fabric, fabric_for
from plan.findings import Finding, Severity
from plan.model import Pool
from plan.settings import EksSettings, ExistingSettings
from plan.settings.cluster import (
    EksNodePoolSettings,
    ExistingNodePoolSettings,
    NodePoolSettings,
    Taint,
)
from plan.settings.types import quantity_value
from plan.suggest import nearest

_GIB = 2**30
GPU_TAINT = Taint(key="nvidia.com/gpu", value="present")
# One label that every pool's nodes carry, whoever made them, so that a graph can name its pool.
POOL_LABEL = "gpu-clusters/pool"
_EKS_IMAGE = {
    ("x86_64", True): "AL2023_x86_64_NVIDIA",
    ("arm64", True): "AL2023_ARM_64_NVIDIA",
    ("x86_64", False): "AL2023_x86_64_STANDARD",
    ("arm64", False): "AL2023_ARM_64_STANDARD",
}


def resolve_pools(cluster: EksSettings | ExistingSettings) -> Iterator[Pool | Finding]:
    """Each pool resolved, or the finding that says why it cannot be."""
    match cluster:
        case EksSettings():
            for name, pool in cluster.node_pools.items():
                yield _eks_pool(cluster, name, pool)
        case ExistingSettings():
            for name, pool in cluster.node_pools.items():
                yield _existing_pool(name, pool)


def _eks_pool(cluster: EksSettings, name: str, pool: EksNodePoolSettings) -> Pool | Finding:
    path = f"cluster.nodePools.{name}"
    machine = accelerators.find("eks", pool.machine_type)
    if machine is None:
        return _unknown_machine("eks", path, pool.machine_type)
    has_gpus = machine.gpus > 0
    fabric = fabric_for(machine.fabric if has_gpus else "none", pool.fabric)
    ami_type = pool.ami_type or _EKS_IMAGE[machine.arch, has_gpus]
    return Pool(
        name=name,
        path=path,
        machine=machine,
        nodes=pool.nodes,
        zones=_eks_zones(cluster, pool, has_gpus),
        labels={**pool.labels, POOL_LABEL: name},
        taints=_taints(pool, has_gpus),
        fabric=fabric,
        interfaces=_interfaces(fabric, machine, pool),
        reservation=pool.reservation,
        ami_type=ami_type,
        host_image=host_images.for_ami_type(ami_type),
        root_disk_gib=math.ceil(quantity_value(pool.disk) / _GIB),
        local_disks=pool.local_disks == "raid0" and machine.local_nvme_gb > 0,
        price=prices.price("eks", machine.name, cluster.region),
    )


def _existing_pool(name: str, pool: ExistingNodePoolSettings) -> Pool | Finding:
    path = f"cluster.nodePools.{name}"
    machine = (
        accelerators.find(pool.machine_cloud, pool.machine_type)
        if pool.machine_cloud
        else _plain_machine(pool)
    )
    if machine is None:
        return _unknown_machine(str(pool.machine_cloud), path, pool.machine_type)
    return Pool(
        name=name,
        path=path,
        machine=machine,
        nodes=pool.nodes,
        zones=(pool.zone,) if pool.zone else (),
        # Somebody else's nodes: only what the stack file says they carry.
        labels=dict(pool.labels),
        taints=_taints(pool, machine.gpus > 0),
        fabric=fabric_for(machine.fabric if machine.gpus else "none", pool.fabric),
        interfaces=(),
        reservation=None,
        ami_type=None,
        host_image=None,
        root_disk_gib=0,
        local_disks=False,
        price=None,
    )


def _plain_machine(pool: ExistingNodePoolSettings) -> MachineType:
    return accelerators.without_gpus(
        cloud="existing",
        name=pool.machine_type,
        vcpus=math.floor(quantity_value(pool.cpu)),
        memory_gib=quantity_value(pool.memory) / _GIB,
        arch="x86_64",
        source="the stack file",
    )


def _eks_zones(cluster: EksSettings, pool: EksNodePoolSettings, has_gpus: bool) -> tuple[str, ...]:
    if pool.zones:
        return pool.zones
    if pool.reservation:
        return (pool.reservation.zone,)
    return cluster.network.zones[:1] if has_gpus else cluster.network.zones


def _taints(pool: NodePoolSettings, has_gpus: bool) -> tuple[Taint, ...]:
    if pool.taints is not None:
        return pool.taints
    return (GPU_TAINT,) if has_gpus else ()


def _interfaces(
    fabric: Fabric, machine: MachineType, pool: EksNodePoolSettings
) -> tuple[NetworkInterface, ...]:
    if fabric is not EFA or machine.fabric != "efa":
        return ()
    try:
        return network_cards.layout(machine.name, pool.interface_layout)
    except LookupError:
        # A rule says so, with the way out (`FAB003`).
        return ()


def _unknown_machine(cloud: str, path: str, name: str) -> Finding:
    return Finding(
        rule="CAT001",
        severity=Severity.ERROR,
        path=f"{path}.machineType",
        message=f"{name!r} is not a machine type that the catalogue knows for {cloud}",
        fix=nearest(name, accelerators.names(cloud)),
        consequence="the node pool's creation fails after the control plane is up, 10 minutes in",
    )
