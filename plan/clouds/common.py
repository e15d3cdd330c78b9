"""What resolving a pool has in common on every cloud."""

from __future__ import annotations

import math
from collections.abc import Sequence

from plan.catalog import accelerators
from plan.findings import Finding, Severity
from plan.model import Pool
from plan.settings import NodePoolSettings
from plan.settings.cluster import Taint
from plan.settings.types import quantity_value
from plan.suggest import nearest

_GIB = 2**30
GPU_TAINT = Taint(key="nvidia.com/gpu", value="present")
# One label that every pool's nodes carry, whoever made them, so that a graph can name its pool.
POOL_LABEL = "gpu-clusters/pool"


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
