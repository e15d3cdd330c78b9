"""What resolving a pool has in common on every cloud."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeVar

from plan.catalog import accelerators
from plan.findings import Finding, Severity
from plan.model import Pool, Reservation
from plan.settings import NodePoolSettings
from plan.settings.cluster import Taint
from plan.settings.types import quantity_value
from plan.suggest import nearest

_GIB = 2**30
SYSTEM_POOL = "system"
"""By this name DNS, operators and frontends find their nodes, where several pools have no GPUs."""
PoolSettings = TypeVar("PoolSettings", bound=NodePoolSettings)
GPU_TAINT = Taint(key="nvidia.com/gpu", value="present")
# One label that every pool's nodes carry, whoever made them, so that a graph can name its pool.
POOL_LABEL = "gpu-clusters/pool"
# On namespaces that a stack made: what is installed in them is its own.
STACK_LABEL = "gpu-clusters/stack"
# Every cluster has them: never ours to make or delete.
SYSTEM_NAMESPACES = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})


def in_order(pools: Mapping[str, PoolSettings]) -> list[tuple[str, PoolSettings]]:
    """The pools by name, `system` first.

    Not as they stand in the file: Pulumi hands a block over with its keys sorted, and what is
    chosen by order (a frontend's pool) must be the same in `make plan` and in `pulumi up`.
    """
    return sorted(pools.items(), key=lambda item: (item[0] != SYSTEM_POOL, item[0]))


def gib(quantity: str) -> int:
    """A quantity in whole GiB, rounded up."""
    return math.ceil(quantity_value(quantity) / _GIB)


def pool_path(name: str) -> str:
    """Where the stack file describes a pool."""
    return f"cluster.nodePools.{name}"


def taints(pool: NodePoolSettings, has_gpus: bool) -> tuple[Taint, ...]:
    """The pool's own taints, or the one that keeps pods without GPUs off GPU nodes."""
    if pool.taints is not None:
        return pool.taints
    return (GPU_TAINT,) if has_gpus else ()


def pool_zones(
    wanted: tuple[str, ...] | None,
    reservation: Reservation | None,
    network: tuple[str, ...],
    has_gpus: bool,
) -> tuple[str, ...]:
    """The zones a pool asks for, else its reservation's, else the network's: for GPUs its first."""
    if wanted:
        return wanted
    if reservation:
        return (reservation.zone,)
    return network[:1] if has_gpus else network


def near_gpus(pools: Sequence[Pool], network: Sequence[str]) -> str:
    """Where a file system goes that names no zone: to the first GPU pool, or the first zone."""
    return first_gpu_zone(pools) or network[0]


def first_gpu_zone(pools: Sequence[Pool]) -> str | None:
    """The zone of the first GPU pool: where a file system for its caches belongs."""
    return next((pool.zones[0] for pool in pools if pool.has_gpus and pool.zones), None)


def unknown_machine(cloud: str, path: str, name: str) -> Finding:
    """The finding for a machine type that is not in the catalogue."""
    return Finding(
        rule="CAT001",
        severity=Severity.ERROR,
        path=f"{path}.machineType",
        message=f"{name!r} is not a machine type that the catalogue knows for {cloud}",
        fix=nearest(name, accelerators.names(cloud)),
        consequence="the node pool's creation fails after the control plane is up, 10 minutes in",
    )
