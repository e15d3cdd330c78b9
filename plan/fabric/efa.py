"""Elastic Fabric Adapter: the only RDMA between EC2 instances."""

from __future__ import annotations

from plan.fabric.profile import TELEMETRY, Fabric, Resources, Separation, fair_share, no_annotations

_RESOURCE = "vpc.amazonaws.com/efa"


def _separation(worker_gpus: int, node_gpus: int) -> Separation:
    # EFA does not loop back inside a node: prefill and decode there hang in EAGAIN
    # (Dynamo, disaggregated communication, AWS EFA). Workers that share a node by design can only
    # prefer to be apart: a hard rule would leave GPUs of every node unused.
    return "preferred" if worker_gpus < node_gpus else "required"


def _adapters(count: int) -> Resources:
    return {_RESOURCE: count}


EFA = Fabric(
    name="efa",
    machine_word="efa",
    rdma=True,
    whole_node=False,
    image_variant="efa",
    # IPC_LOCK alone does not let fi_mr_reg register GPU memory (Dynamo, EFA on EKS).
    security="privileged",
    same_zone=True,
    host_layers=("aws-efa-k8s-device-plugin",),
    interfaces=fair_share,
    asks=_adapters,
    offers=_adapters,
    annotations=no_annotations,
    environment=(
        ("FI_PROVIDER", "efa"),
        ("FI_EFA_USE_DEVICE_RDMA", "1"),
        ("FI_EFA_ENABLE_SHM_TRANSFER", "0"),
        ("FI_EFA_ENABLE_SHM", "0"),
        *TELEMETRY,
    ),
    shell_prelude=(
        "export LD_LIBRARY_PATH=/opt/amazon/efa/lib:/opt/amazon/efa/lib64:"
        "/opt/aws-ofi-nccl/lib:${LD_LIBRARY_PATH:-}"
    ),
    engine_environment={
        "vllm": (),
        "sglang": (("SGLANG_DISAGGREGATION_NIXL_BACKEND", "LIBFABRIC"),),
        "trtllm": (("TRTLLM_NIXL_KVCACHE_BACKEND", "LIBFABRIC"),),
        "mocker": (),
    },
    kv_connector={
        "kv_buffer_device": "cuda",
        "kv_connector_extra_config": {"backends": ["LIBFABRIC"]},
    },
    separation=_separation,
)
