"""The questions every fabric answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

SecurityMode = Literal["privileged", "ipc_lock", "none"]
Separation = Literal["required", "preferred", "none"]
Environment = tuple[tuple[str, str], ...]
Resources = Mapping[str, int]
"""Extended resource to count."""


TELEMETRY: Environment = (
    ("NIXL_TELEMETRY_ENABLE", "y"),
    ("NIXL_TELEMETRY_EXPORTER", "prometheus"),
    ("NIXL_TELEMETRY_PROMETHEUS_PORT", "19090"),
)
"""Makes transfers visible as metrics: without them a fall back to TCP is silent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fabric:
    """One kind of network between GPU nodes, as graphs and platform see it.

    An interface is what a worker counts: an adapter on EFA and RoCE, a slot that opens every
    adapter of the node on InfiniBand's shared device plugin.
    """

    name: str
    machine_word: str
    """The catalogue's word for machines that have it."""
    rdma: bool
    whole_node: bool
    """Whether a worker takes every GPU and every interface of its node."""
    image_variant: Literal["default", "efa"]
    security: SecurityMode
    """What a worker needs to register GPU memory with the interface."""
    same_zone: bool
    """Whether the fabric ends at the zone, so that all workers must share one."""
    host_layers: tuple[str, ...]
    """Layers of the platform that make nodes offer the interfaces, in their order."""
    interfaces: Callable[[int, int, int], int]
    """From GPUs of a worker, GPUs of its node and adapters of the node: interfaces it asks for."""
    asks: Callable[[int], Resources]
    """From interfaces to the extended resources a pod asks for."""
    offers: Callable[[int], Resources]
    """From adapters of a node to the extended resources it offers."""
    annotations: Callable[[int], Mapping[str, str]]
    """From interfaces to annotations of the pod."""
    environment: Environment
    shell_prelude: str
    """What a worker's shell runs before its engine (Kubernetes expands no image variables)."""
    engine_environment: Mapping[str, Environment]
    """Per backend: how the engine is told its NIXL transport by environment."""
    kv_connector: Mapping[str, object] | None
    """vLLM's `kv_connector_extra_config` and buffer, where the default (UCX) would be wrong."""
    separation: Callable[[int, int], Separation]
    """From GPUs of a worker and GPUs of its node: keep prefill and decode on different nodes?"""


def fair_share(gpus: int, node_gpus: int, adapters: int) -> int:
    """A worker's share of the adapters, by its share of the GPUs.

    On p5.48xlarge (8 GPUs, 32 adapters) that is 4 a GPU, 8 for two GPUs: what Dynamo's EKS sample
    for p5 asks.
    """
    return gpus * adapters // node_gpus if node_gpus else 0


def no_annotations(interfaces: int) -> Mapping[str, str]:
    """For fabrics that pods ask for by resources alone."""
    del interfaces
    return {}
