"""Plain TCP: no RDMA, nothing to install, and slow to hand over a KV cache."""

from __future__ import annotations

from plan.fabric.profile import Fabric, Resources, Separation, no_annotations


def _separation(worker_gpus: int, node_gpus: int) -> Separation:
    del worker_gpus, node_gpus  # TCP does not care where the other half runs
    return "none"


def _no_resources(count: int) -> Resources:
    del count
    return {}


def _none(gpus: int, node_gpus: int, adapters: int) -> int:
    del gpus, node_gpus, adapters
    return 0


TCP = Fabric(
    name="tcp",
    machine_word="none",
    rdma=False,
    whole_node=False,
    image_variant="default",
    security="none",
    same_zone=False,
    host_layers=(),
    interfaces=_none,
    asks=_no_resources,
    offers=_no_resources,
    annotations=no_annotations,
    environment=(),
    shell_prelude="",
    engine_environment={},
    kv_connector=None,
    separation=_separation,
)
