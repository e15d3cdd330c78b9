"""Plain TCP: no RDMA, nothing to install, and slow to hand over a KV cache."""

from __future__ import annotations

from plan.fabric.profile import Fabric, Separation


def _separation(worker_gpus: int, node_gpus: int) -> Separation:
    del worker_gpus, node_gpus  # TCP does not care where the other half runs
    return "none"


TCP = Fabric(
    name="tcp",
    rdma=False,
    resource=None,
    image_variant="default",
    security="none",
    same_zone=False,
    device_plugin=None,
    environment=(),
    shell_prelude="",
    engine_environment={},
    kv_connector=None,
    separation=_separation,
)
