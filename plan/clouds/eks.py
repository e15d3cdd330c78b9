"""Amazon EKS: managed node groups, EBS, FSx for Lustre and EFS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plan.catalog import accelerators, host_images, network_cards, prices
from plan.catalog.accelerators import MachineType
from plan.catalog.network_cards import NetworkInterface
from plan.clouds.common import (
    POOL_LABEL,
    gib,
    in_order,
    near_gpus,
    pool_path,
    pool_zones,
    taints,
    unknown_machine,
)
from plan.fabric import EFA, Fabric, fabric_for
from plan.findings import Finding
from plan.model import DriverOwner, Pool, StorageClass
from plan.settings.eks import EksNodePoolSettings, EksSettings, FsxSettings

GP3, FSX, EFS = "gp3", "fsx", "efs"
"""Storage classes that the EKS folder makes."""
_IMAGE = {
    ("x86_64", True): "AL2023_x86_64_NVIDIA",
    ("arm64", True): "AL2023_ARM_64_NVIDIA",
    ("x86_64", False): "AL2023_x86_64_STANDARD",
    ("arm64", False): "AL2023_ARM_64_STANDARD",
}


def pools(cluster: EksSettings) -> Iterator[Pool | Finding]:
    """Each pool resolved, or the finding that says why it cannot be."""
    for name, pool in in_order(cluster.node_pools):
        yield _pool(cluster, name, pool)


def storage_classes(cluster: EksSettings, pools: Sequence[Pool]) -> tuple[StorageClass, ...]:
    """EBS always; FSx and EFS where they are asked for."""
    del pools
    classes = [
        StorageClass(
            name=GP3, path="cluster", shared=False, source="AWS EBS: a volume is on one node"
        )
    ]
    storage = cluster.storage
    if storage.fsx:
        classes.append(
            StorageClass(
                name=FSX,
                path="cluster.storage.fsx",
                shared=True,
                file_system_gib=storage.fsx.capacity_gib,
                protected=storage.fsx.protect,
                source="FSx for Lustre User Guide",
            )
        )
    if storage.efs:
        classes.append(
            StorageClass(
                name=EFS,
                path="cluster.storage.efs",
                shared=True,
                protected=storage.efs.protect,
                source="Dynamo, EKS guide: EFS with one access point a claim",
            )
        )
    return tuple(classes)


def fsx_zone(fsx: FsxSettings, cluster: EksSettings, pools: Sequence[Pool]) -> str:
    """The zone of the FSx file system: the one that is asked for, else that of the GPUs."""
    return fsx.zone or near_gpus(pools, cluster.network.zones)


def _pool(cluster: EksSettings, name: str, pool: EksNodePoolSettings) -> Pool | Finding:
    path = pool_path(name)
    machine = accelerators.find("eks", pool.machine_type)
    if machine is None:
        return unknown_machine("eks", path, pool.machine_type)
    has_gpus = machine.gpus > 0
    fabric = fabric_for(machine.fabric if has_gpus else "none", pool.fabric)
    ami_type = pool.ami_type or _IMAGE[machine.arch, has_gpus]
    host_image = host_images.for_ami_type(ami_type)
    in_image = host_image is not None and host_image.driver is not None
    return Pool(
        name=name,
        path=path,
        machine=machine,
        nodes=pool.nodes,
        zones=pool_zones(pool.zones, pool.reservation, cluster.network.zones, has_gpus),
        labels={**pool.labels, POOL_LABEL: name},
        taints=taints(pool, has_gpus),
        fabric=fabric,
        interfaces=_interfaces(fabric, machine, pool),
        reservation=pool.reservation,
        driver=DriverOwner.IMAGE if in_image else DriverOwner.OPERATOR,
        ami_type=ami_type,
        host_image=host_image,
        root_disk_gib=gib(pool.disk),
        local_disks=pool.local_disks == "raid0" and machine.local_nvme_gb > 0,
        price=prices.price("eks", machine.name, cluster.region),
    )


def _interfaces(
    fabric: Fabric, machine: MachineType, pool: EksNodePoolSettings
) -> tuple[NetworkInterface, ...]:
    if fabric is not EFA or machine.fabric != EFA.machine_word:
        return ()
    try:
        return network_cards.layout(machine.name, pool.interface_layout)
    except LookupError:
        # A rule says so, with the way out (`FAB003`).
        return ()
