"""The questions every fabric answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

SecurityMode = Literal["privileged", "ipc_lock", "none"]
Separation = Literal["required", "preferred", "none"]
Environment = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fabric:
    """One kind of network between GPU nodes, as graphs and platform see it."""

    name: str
    rdma: bool
    resource: str | None
    """Extended resource a pod asks for, one unit an interface; None where pods ask for none."""
    image_variant: Literal["default", "efa"]
    security: SecurityMode
    """What a worker needs to register GPU memory with the interface."""
    same_zone: bool
    """Whether the fabric ends at the zone, so that all workers must share one."""
    device_plugin: str | None
    """Chart that makes the nodes offer `resource`."""
    environment: Environment
    shell_prelude: str
    """What a worker's shell runs before its engine (Kubernetes expands no image variables)."""
    engine_environment: Mapping[str, Environment]
    """Per backend: how the engine is told its NIXL transport by environment."""
    kv_connector: Mapping[str, object] | None
    """vLLM's `kv_connector_extra_config` and buffer, where the default would be wrong."""
    separation: Callable[[int, int], Separation]
    """From GPUs of a worker and GPUs of its node: keep prefill and decode on different nodes?"""

    def interfaces_per_worker(self, gpus: int, node_gpus: int, node_interfaces: int) -> int:
        """Interfaces for a worker with `gpus` of the node's `node_gpus`: its fair share.

        On p5.48xlarge (8 GPUs, 32 interfaces) that is 4 a GPU, 8 for two GPUs: what Dynamo's EKS
        sample for p5 asks (seed: EFA on EKS).
        """
        if self.resource is None or not node_gpus:
            return 0
        return gpus * node_interfaces // node_gpus
