"""A valid stack to start from, and changing one thing in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plan.model import Plan
from plan.resolve import resolve
from plan.settings import parse_settings

Blocks = dict[str, Any]
MISSING = object()


def valid() -> Blocks:
    """Two p5 nodes in a block, a disaggregated graph that fills them, a frontend beside."""
    worker = {"gpus": 2, "tensorParallel": 2, "cpu": 16, "memory": "128Gi"}
    return {
        "cluster": {
            "cloud": "eks",
            "region": "us-east-1",
            "kubernetesVersion": "1.34",
            "apiAllowedCidrs": ["203.0.113.0/24"],
            "network": {"cidr": "10.40.0.0/16", "zones": ["use1-az4", "use1-az6"]},
            "nodePools": {
                "system": {"machineType": "m7i.4xlarge", "nodes": 3},
                "gpu": {
                    "machineType": "p5.48xlarge",
                    "nodes": 2,
                    "reservation": {
                        "kind": "capacity-block",
                        "id": "cr-0123456789abcdef0",
                        "machineType": "p5.48xlarge",
                        "zone": "use1-az4",
                        "nodes": 2,
                    },
                },
            },
        },
        "platform": {"queues": {}, "huggingFace": {}},
        "graphs": {
            "chat": {
                "backend": "vllm",
                "model": "Qwen/Qwen3-32B",
                "pool": "gpu",
                "workers": {
                    "prefill": {"replicas": 6, **worker},
                    "decode": {"replicas": 2, **worker},
                },
            }
        },
    }


def valid_aks() -> Blocks:
    """The same graph on Azure: two ND H100 nodes on InfiniBand."""
    blocks = valid()
    blocks["cluster"] = {
        "cloud": "aks",
        "subscriptionId": "22222222-2222-2222-2222-222222222222",
        "location": "eastus",
        "kubernetesVersion": "1.34",
        "apiAllowedCidrs": ["203.0.113.0/24"],
        "adminGroupIds": ["33333333-3333-3333-3333-333333333333"],
        "nodePools": {
            "system": {"machineType": "Standard_D16s_v5", "nodes": 3},
            "gpu": {"machineType": "Standard_ND96isr_H100_v5", "nodes": 2, "zones": ["1"]},
        },
    }
    return blocks


def valid_gke() -> Blocks:
    """The same model on Google Cloud: two A3 Ultra nodes, each of which one worker takes."""
    blocks = valid()
    blocks["cluster"] = {
        "cloud": "gke",
        "project": "example-project",
        "region": "us-central1",
        "kubernetesVersion": "1.34",
        "apiAllowedCidrs": ["203.0.113.0/24"],
        "network": {"zones": ["us-central1-a", "us-central1-b"]},
        "nodePools": {
            "system": {"machineType": "n2-standard-16", "nodes": 2},
            "gpu": {
                "machineType": "a3-ultragpu-8g",
                "nodes": 2,
                "reservation": {
                    "kind": "specific-reservation",
                    "name": "h200",
                    "machineType": "a3-ultragpu-8g",
                    "zone": "us-central1-a",
                    "nodes": 2,
                },
            },
        },
    }
    worker = {"replicas": 1, "gpus": 8, "tensorParallel": 8, "cpu": 64, "memory": "512Gi"}
    blocks["graphs"]["chat"]["workers"] = {"prefill": {**worker}, "decode": {**worker}}
    return blocks


def changed(*changes: tuple[str, Any], start: Callable[[], Blocks] = valid) -> Blocks:
    """A valid stack with values put at dotted paths; MISSING takes one away."""
    blocks = start()
    for path, value in changes:
        *parents, last = path.split(".")
        place: Any = blocks
        for step in parents:
            place = place.setdefault(step, {})
        if value is MISSING:
            del place[last]
        else:
            place[last] = value
    return blocks


def plan_of(*changes: tuple[str, Any], start: Callable[[], Blocks] = valid) -> Plan:
    """The plan of a valid stack with changes."""
    return resolve(parse_settings(changed(*changes, start=start)), "test")
