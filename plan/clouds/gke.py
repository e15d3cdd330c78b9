"""Google Kubernetes Engine: node pools, Managed Lustre and Filestore."""

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
from plan.settings.gke import GkeNodePoolSettings, GkeSettings

BALANCED_DISK = "standard-rwo"
"""The class that every GKE cluster has by default."""
LUSTRE, FILESTORE = "lustre", "filestore"
"""Storage classes that the GKE folder makes."""
# GKE mounts its driver there, outside every library path (Dynamo, GKE guide).
_DRIVER_PATHS = """\
export LD_LIBRARY_PATH=/usr/local/nvidia/lib64:${LD_LIBRARY_PATH:-}
export PATH=$PATH:/usr/local/nvidia/bin:/usr/local/nvidia/lib64
/sbin/ldconfig"""


def pools(cluster: GkeSettings) -> Iterator[Pool | Finding]:
    """Each pool resolved, or the finding that says why it cannot be."""
    for name, pool in in_order(cluster.node_pools):
        yield _pool(cluster, name, pool)


def storage_classes(cluster: GkeSettings, pools: Sequence[Pool]) -> tuple[StorageClass, ...]:
    """Persistent disks always; file systems where they are asked for."""
    del pools
    storage = cluster.storage
    found = [
        StorageClass(
            name=BALANCED_DISK,
            path="cluster",
            shared=False,
            source="GKE docs: Persistent Disk is attached to one node for writing",
        )
    ]
    if storage.managed_lustre:
        found.append(
            StorageClass(
                name=LUSTRE,
                path="cluster.storage.managedLustre",
                shared=True,
                file_system_gib=storage.managed_lustre.capacity_gib,
                # Its driver refuses a second mount of a file system on a node.
                one_claim=True,
                protected=storage.managed_lustre.protect,
                source="GoogleCloudPlatform/lustre-csi-driver, static provisioning",
            )
        )
    if storage.filestore:
        found.append(
            StorageClass(
                name=FILESTORE,
                path="cluster.storage.filestore",
                shared=True,
                file_system_gib=storage.filestore.capacity_gib,
                protected=storage.filestore.protect,
                source="Dynamo, GKE guide: Filestore for ReadWriteMany",
            )
        )
    return tuple(found)


def _pool(cluster: GkeSettings, name: str, pool: GkeNodePoolSettings) -> Pool | Finding:
    path = pool_path(name)
    machine = accelerators.find("gke", pool.machine_type)
    if machine is None:
        return unknown_machine("gke", path, pool.machine_type)
    has_gpus = machine.gpus > 0
    return Pool(
        name=name,
        path=path,
        machine=machine,
        nodes=pool.nodes,
        zones=pool_zones(pool.zones, pool.reservation, cluster.network.zones, has_gpus),
        labels={**pool.labels, POOL_LABEL: name},
        taints=taints(pool, has_gpus),
        fabric=fabric_for(machine.fabric if has_gpus else "none", pool.fabric),
        reservation=pool.reservation,
        # RDMA wants Container-Optimized OS, on which GKE installs driver and device plugin; the
        # GPU Operator beside them makes the GPU count flap (GCP facts G16, G30).
        driver=DriverOwner.CLOUD,
        root_disk_gib=gib(pool.disk),
        local_disks=machine.local_nvme_gb > 0,
        price=prices.price("gke", machine.name, cluster.region),
        shell_prelude=_DRIVER_PATHS if has_gpus else "",
    )
