"""Where a pod may run: what pools and taints mean for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from plan.model import Pool
from plan.settings.cluster import Taint
from plan.settings.graphs import TolerationSettings


def tolerations_for(taints: Sequence[Taint]) -> tuple[TolerationSettings, ...]:
    """Tolerations that let a pod onto nodes with these taints, whatever the taints' values."""
    return tuple(
        TolerationSettings(key=taint.key, operator="Exists", effect=taint.effect)
        for taint in taints
    )


def first_cpu_pool(pools: Iterable[Pool]) -> str | None:
    """The first pool without GPUs."""
    return next((pool.name for pool in pools if not pool.has_gpus), None)
