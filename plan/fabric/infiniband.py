"""InfiniBand between Azure's ND machines, shared by the pods of a node."""

from __future__ import annotations

from plan.fabric.profile import TELEMETRY, Fabric, Resources, Separation, no_annotations

RESOURCE_NAME = "hca_shared_devices_a"
"""The shared device plugin's own name for it; pods ask for `rdma/` and this name."""
SLOTS = 1000
"""Pods of a node that may open its adapters at once (`rdmaHcaMax` in Dynamo's AKS guide)."""


def _slots(count: int) -> Resources:
    return {f"rdma/{RESOURCE_NAME}": count} if count else {}


def _all_slots(adapters: int) -> Resources:
    return _slots(SLOTS if adapters else 0)


def _one_slot(gpus: int, node_gpus: int, adapters: int) -> int:
    # One slot opens every adapter of the node: the number is not a share of them.
    del node_gpus
    return 1 if gpus and adapters else 0


def _separation(worker_gpus: int, node_gpus: int) -> Separation:
    del worker_gpus, node_gpus  # inside a node UCX takes cuda_ipc
    return "none"


INFINIBAND = Fabric(
    name="infiniband",
    machine_word="ib",
    rdma=True,
    whole_node=False,
    image_variant="default",
    # `ib-node-config` lifts the memlock limit; asking for the capability does no harm and keeps
    # a node that missed it from falling back in silence (Dynamo, RDMA on AKS).
    security="ipc_lock",
    same_zone=True,
    host_layers=(
        "network-operator",
        "nic-cluster-policy",
        "ib-node-config",
        "rdma-shared-device-plugin",
    ),
    interfaces=_one_slot,
    asks=_slots,
    offers=_all_slots,
    annotations=no_annotations,
    # Dynamo, disaggregated communication: UCX on InfiniBand. UCX_IB_ADDR_TYPE is the one most
    # often missed (NIXL_ERR_REMOTE_DISCONNECT); `env` of a worker overrides any of them.
    environment=(
        ("UCX_TLS", "rc_x,rc,dc_x,dc,cuda_copy,cuda_ipc"),
        ("UCX_RNDV_SCHEME", "get_zcopy"),
        ("UCX_RNDV_THRESH", "0"),
        ("UCX_IB_ADDR_TYPE", "eth"),
        ("UCX_RC_TIMEOUT", "600s"),
        ("UCX_KEEPALIVE_INTERVAL", "300s"),
        *TELEMETRY,
    ),
    shell_prelude="",
    engine_environment={},  # UCX is every engine's default
    kv_connector=None,
    separation=_separation,
)
