"""RDMA shared device plugin: makes nodes offer `rdma/hca_shared_devices_a`."""

from __future__ import annotations

import json

from plan.catalog import images
from plan.fabric.infiniband import RESOURCE_NAME, SLOTS
from plan.model import Layer
from plan.platform import ib_node_config, network_operator, nic_cluster_policy
from plan.platform.facts import Facts

NAME = "rdma-shared-device-plugin"
_NAMESPACE = "kube-system"
_CONFIG = "rdma-devices"
_LABELS = {"name": "rdma-shared-dp-ds"}
_HOST_PATHS = {
    "device-plugin": "/var/lib/kubelet/device-plugins",
    "plugins-registry": "/var/lib/kubelet/plugins_registry",
    "devs": "/dev/",
}


def layer(facts: Facts) -> Layer | None:
    """Needed where a pool is on InfiniBand."""
    if not network_operator.wanted(facts):
        return None
    return Layer(
        name=NAME,
        chart=None,
        objects=(_config(), _daemon_set()),
        requires=(ib_node_config.NAME,),
    )


def _config() -> dict[str, object]:
    devices = {
        "resourceName": RESOURCE_NAME,
        "rdmaHcaMax": SLOTS,
        "selectors": {
            "vendors": ["15b3"],
            "drivers": ["mlx5_core"],
            # The Ethernet adapter has the same vendor and driver (Azure/aks-rdma-infiniband).
            "linkTypes": ["infiniband"],
        },
    }
    config = {"periodicUpdateInterval": 300, "configList": [devices]}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": _CONFIG, "namespace": _NAMESPACE},
        "data": {"config.json": json.dumps(config)},
    }


def _daemon_set() -> dict[str, object]:
    mounts = [{"name": name, "mountPath": path} for name, path in _HOST_PATHS.items()]
    volumes: list[dict[str, object]] = [
        {"name": name, "hostPath": {"path": path}} for name, path in _HOST_PATHS.items()
    ]
    pod = {
        "hostNetwork": True,
        "nodeSelector": {nic_cluster_policy.NODE_LABEL: "true"},
        "tolerations": [{"operator": "Exists"}],
        "containers": [
            {
                "name": "k8s-rdma-shared-dp-ds",
                "image": images.tool("rdma-shared-device-plugin"),
                "securityContext": {"privileged": True},
                "volumeMounts": [
                    *mounts,
                    {"name": "config", "mountPath": "/k8s-rdma-shared-dev-plugin"},
                ],
            }
        ],
        "volumes": [*volumes, {"name": "config", "configMap": {"name": _CONFIG}}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "rdma-shared-dp-ds", "namespace": _NAMESPACE},
        "spec": {
            "selector": {"matchLabels": _LABELS},
            "template": {"metadata": {"labels": _LABELS}, "spec": pod},
        },
    }
