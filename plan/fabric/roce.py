"""GPUDirect RDMA over Converged Ethernet between Google's A3 Ultra and A4 machines."""

from __future__ import annotations

import json
from collections.abc import Mapping

from plan.fabric.profile import TELEMETRY, Fabric, Resources, Separation

_NETWORK_RESOURCE = "networking.gke.io.networks"


def network_names(count: int) -> tuple[str, ...]:
    """Names of the cluster's RDMA networks, one for each adapter of a node."""
    return tuple(f"rdma-{index}" for index in range(count))


def _networks(count: int) -> Resources:
    return {f"{_NETWORK_RESOURCE}/{name}": 1 for name in network_names(count)}


def _all_adapters(gpus: int, node_gpus: int, adapters: int) -> int:
    # NCCL fails to start in a pod with fewer (GKE, custom AI-optimized cluster).
    del node_gpus
    return adapters if gpus else 0


def _annotations(interfaces: int) -> Mapping[str, str]:
    if not interfaces:
        return {}
    networks = [{"interfaceName": "eth0", "network": "default"}]
    networks += [
        {"interfaceName": name.replace("-", ""), "network": name}
        for name in network_names(interfaces)
    ]
    return {
        "networking.gke.io/default-interface": "eth0",
        "networking.gke.io/interfaces": json.dumps(networks, separators=(",", ":")),
    }


def _separation(worker_gpus: int, node_gpus: int) -> Separation:
    del worker_gpus, node_gpus  # a worker has its node to itself
    return "none"


ROCE = Fabric(
    name="roce",
    machine_word="rdma-roce",
    rdma=True,
    whole_node=True,
    image_variant="default",
    # Dynamo, disaggregated communication: IPC_LOCK for RoCE and InfiniBand.
    security="ipc_lock",
    same_zone=True,
    host_layers=(),  # GKE brings the device driver; the networks come with the node pool
    interfaces=_all_adapters,
    asks=_networks,
    offers=_networks,
    annotations=_annotations,
    # Dynamo's GKE sample over RoCE (B200), less what is specific to that machine.
    environment=(
        ("NCCL_NET", "IB"),
        ("NCCL_IB_GID_INDEX", "3"),
        ("NCCL_IB_TC", "41"),
        ("NCCL_IB_TIMEOUT", "22"),
        ("NCCL_IB_RETRY_CNT", "7"),
        ("NCCL_SOCKET_IFNAME", "eth0"),
        ("GLOO_SOCKET_IFNAME", "eth0"),
        ("UCX_TLS", "cuda_ipc,rc,cuda_copy,tcp,self"),
        ("UCX_IB_GID_INDEX", "3"),
        *TELEMETRY,
    ),
    shell_prelude="",
    engine_environment={},  # UCX is every engine's default
    kv_connector=None,
    separation=_separation,
)
