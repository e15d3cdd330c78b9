"""Azure Kubernetes Service: agent pools, Azure Files and Managed Lustre."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plan.catalog import accelerators, prices
from plan.clouds.common import (
    POOL_LABEL,
    gib,
    in_order,
    pool_path,
    pool_zones,
    taints,
    unknown_machine,
)
from plan.fabric import fabric_for
from plan.findings import Finding
from plan.model import DriverOwner, Pool, StorageClass
from plan.settings.aks import AksNodePoolSettings, AksSettings

MANAGED_DISK, AZURE_FILES = "managed-csi", "azurefile-csi"
"""Storage classes that every AKS cluster has (Dynamo, AKS storage)."""
LUSTRE = "azurelustre-static"
"""The class that the AKS folder makes; Dynamo's AKS guide calls it so."""


def pools(cluster: AksSettings) -> Iterator[Pool | Finding]:
    """Each pool resolved, or the finding that says why it cannot be."""
    for name, pool in in_order(cluster.node_pools):
        yield _pool(cluster, name, pool)


def storage_classes(cluster: AksSettings, pools: Sequence[Pool]) -> tuple[StorageClass, ...]:
    """Disks and Azure Files always; Managed Lustre where it is asked for."""
    del pools
    source = "Dynamo, AKS storage: classes of a stock cluster"
    lustre = cluster.storage.managed_lustre
    found = [StorageClass(name=MANAGED_DISK, path="cluster", shared=False, source=source)]
    if lustre:
        found.append(
            StorageClass(
                name=LUSTRE,
                path="cluster.storage.managedLustre",
                shared=True,
                file_system_gib=lustre.capacity_tib * 1024,
                protected=lustre.protect,
                source="Azure Managed Lustre CSI driver, static provisioning",
            )
        )
    found.append(StorageClass(name=AZURE_FILES, path="cluster", shared=True, source=source))
    return tuple(found)


def _pool(cluster: AksSettings, name: str, pool: AksNodePoolSettings) -> Pool | Finding:
    path = pool_path(name)
    machine = accelerators.find("aks", pool.machine_type)
    if machine is None:
        return unknown_machine("aks", path, pool.machine_type)
    has_gpus = machine.gpus > 0
    return Pool(
        name=name,
        path=path,
        machine=machine,
        nodes=pool.nodes,
        zones=pool_zones(pool.zones, pool.reservation, (), has_gpus),
        labels={**pool.labels, POOL_LABEL: name},
        taints=taints(pool, has_gpus),
        fabric=fabric_for(machine.fabric if has_gpus else "none", pool.fabric),
        reservation=pool.reservation,
        # AKS's own driver does not load nvidia-peermem, which GPUDirect RDMA needs, and it brings
        # no device plugin either way: one owner for all pools is simpler (Azure facts, GPU driver).
        driver=DriverOwner.OPERATOR,
        root_disk_gib=gib(pool.disk),
        price=prices.price("aks", machine.name, cluster.region),
    )
