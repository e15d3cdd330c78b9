"""A valid stack to start from, and changing one thing in it."""

from __future__ import annotations

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


def changed(*changes: tuple[str, Any]) -> Blocks:
    """The valid stack with values put at dotted paths; MISSING takes one away."""
    blocks = valid()
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


def plan_of(*changes: tuple[str, Any]) -> Plan:
    """The plan of the valid stack with changes."""
    return resolve(parse_settings(changed(*changes)), "test")
