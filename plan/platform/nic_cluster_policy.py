"""Which nodes have InfiniBand, and the driver stack on them."""

from __future__ import annotations

from plan.model import Layer
from plan.platform import network_operator
from plan.platform.facts import Facts

NAME = "nic-cluster-policy"
NODE_LABEL = "feature.node.kubernetes.io/pci-15b3.present"
"""On every node with an InfiniBand adapter, by our own rule."""
_MELLANOX = "15b3"
# The virtual functions of ND A100 v4 and ND H100 v5. By device, not by vendor: accelerated
# networking gives every Azure node Ethernet adapters of the same vendor (Azure facts, InfiniBand).
_INFINIBAND_DEVICES = ("101c", "101e")
# Compiling the driver stack takes up to 12 minutes a node, and its probe allows 40.
_READY = {"pulumi.com/waitFor": "jsonpath={.status.state}=ready"}


def layer(facts: Facts) -> Layer | None:
    """Needed where a pool is on InfiniBand."""
    if not network_operator.wanted(facts):
        return None
    return Layer(
        name=NAME,
        chart=None,
        objects=(_rule(), _policy(facts)),
        requires=(network_operator.NAME,),
    )


def _rule() -> dict[str, object]:
    adapter = {
        "vendor": {"op": "In", "value": [_MELLANOX]},
        "device": {"op": "In", "value": list(_INFINIBAND_DEVICES)},
    }
    return {
        "apiVersion": "nfd.k8s-sigs.io/v1alpha1",
        "kind": "NodeFeatureRule",
        "metadata": {"name": "infiniband-adapters"},
        "spec": {
            "rules": [
                {
                    "name": "infiniband adapter",
                    "labels": {NODE_LABEL: "true"},
                    "matchFeatures": [{"feature": "pci.device", "matchExpressions": adapter}],
                }
            ]
        },
    }


def _policy(facts: Facts) -> dict[str, object]:
    on_label = {"key": NODE_LABEL, "operator": "In", "values": ["true"]}
    # Without nodes it never becomes ready.
    waits = any(pool.starting_nodes for pool in facts.pools if pool.fabric.host_layers)
    return {
        "apiVersion": "mellanox.com/v1alpha1",
        "kind": "NicClusterPolicy",
        # The operator looks at this name only.
        "metadata": {"name": "nic-cluster-policy", **({"annotations": _READY} if waits else {})},
        "spec": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [{"matchExpressions": [on_label]}]
                }
            },
            "tolerations": facts.gpu_tolerations(),
            "ofedDriver": {
                "repository": "nvcr.io/nvidia/mellanox",
                "image": "doca-driver",
                "version": "doca3.2.0-25.10-1.2.8.0-2",
                "forcePrecompiled": False,
                # Without it the driver races with the modules of the node's own kernel.
                "env": [
                    {
                        "name": "OFED_BLACKLIST_MODULES_FILE",
                        "value": "/host/etc/modprobe.d/blacklist-ofed-modules.conf",
                    }
                ],
                "upgradePolicy": {
                    "autoUpgrade": True,
                    "maxParallelUpgrades": 1,
                    "drain": {
                        "enable": True,
                        "force": True,
                        "deleteEmptyDir": True,
                        "timeoutSeconds": 300,
                    },
                },
            },
        },
    }
