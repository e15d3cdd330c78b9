"""A cluster that somebody else made: everything is as the stack file describes it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from plan.catalog import accelerators
from plan.catalog.accelerators import MachineType
from plan.clouds.common import in_order, pool_path, taints, unknown_machine
from plan.fabric import fabric_for
from plan.findings import Finding
from plan.model import DriverOwner, Pool, StorageClass
from plan.settings.existing import ExistingNodePoolSettings, ExistingSettings
from plan.settings.types import quantity_value

_GIB = 2**30


def pools(cluster: ExistingSettings) -> Iterator[Pool | Finding]:
    """Each pool resolved, or the finding that says why it cannot be."""
    for name, pool in in_order(cluster.node_pools):
        yield _pool(name, pool)


def storage_classes(cluster: ExistingSettings, pools: Sequence[Pool]) -> tuple[StorageClass, ...]:
    """What the stack file names; whether the default one is shared nobody knows."""
    del pools
    found = [
        StorageClass(
            name=cluster.storage_class,
            path="cluster.storageClass",
            shared=cluster.storage_class == cluster.shared_storage_class,
            source="the stack file",
        )
    ]
    if cluster.shared_storage_class and not found[0].shared:
        found.append(
            StorageClass(
                name=cluster.shared_storage_class,
                path="cluster.sharedStorageClass",
                shared=True,
                source="the stack file",
            )
        )
    return tuple(found)


def _pool(name: str, pool: ExistingNodePoolSettings) -> Pool | Finding:
    path = pool_path(name)
    machine = (
        accelerators.find(pool.machine_cloud, pool.machine_type)
        if pool.machine_cloud
        else _plain_machine(pool)
    )
    if machine is None:
        return unknown_machine(str(pool.machine_cloud), path, pool.machine_type)
    return Pool(
        name=name,
        path=path,
        machine=machine,
        nodes=pool.nodes,
        zones=(pool.zone,) if pool.zone else (),
        # Somebody else's nodes: only what the stack file says they carry.
        labels=dict(pool.labels),
        taints=taints(pool, machine.gpus > 0),
        fabric=fabric_for(machine.fabric if machine.gpus else "none", pool.fabric),
        driver=DriverOwner.OPERATOR,
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
