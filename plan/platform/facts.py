"""What the layers need to know to choose their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plan.model import Pool, StorageClass
from plan.settings import PlatformSettings

FEATURE_DISCOVERY = "node-feature-discovery"
"""Brought by two layers, and often in a cluster before them; adopted under this name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """The cluster and the wishes, as far as charts care."""

    platform: PlatformSettings
    pools: Sequence[Pool]
    storage_classes: Sequence[StorageClass]
    """The first is the default one."""
    installed: Mapping[str, str]
    """Layers that somebody else installed and that are adopted, with their versions."""

    @property
    def storage_class(self) -> str:
        """The cluster's default storage class."""
        return self.storage_classes[0].name

    @property
    def gpu_pools(self) -> tuple[Pool, ...]:
        return tuple(pool for pool in self.pools if pool.has_gpus)

    def gpu_tolerations(self) -> list[dict[str, str]]:
        """Tolerations for every taint of every GPU pool: agents have to run on all of them."""
        keys = {(t.key, t.effect): None for pool in self.gpu_pools for t in pool.taints}
        return [{"key": key, "operator": "Exists", "effect": effect} for key, effect in keys]
