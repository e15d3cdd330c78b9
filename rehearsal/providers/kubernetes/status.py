"""The status that a healthy cluster would write, for what a program may read or wait for."""

from __future__ import annotations

import hashlib

from rehearsal.providers.kubernetes.scopes import Kind
from rehearsal.providers.values import Props, get, mapping, number, text


def status_of(kind: Kind, inputs: Props) -> Props:
    """The fields that the cluster adds beside `metadata`."""
    match kind.kind:
        case "Namespace":
            return {"status": {"phase": "Active"}}
        case "PersistentVolumeClaim":
            return {"status": {"phase": "Bound"}}
        case "Job" if kind.group == "batch":
            done = number(inputs, "spec", "completions") or 1
            return {
                "status": {
                    "succeeded": done,
                    "conditions": [{"type": "Complete", "status": "True"}],
                }
            }
        case "Deployment" | "StatefulSet" | "ReplicaSet" if kind.group == "apps":
            wanted = number(inputs, "spec", "replicas") if get(inputs, "spec", "replicas") else 1
            return {
                "status": {"replicas": wanted, "readyReplicas": wanted, "observedGeneration": 1}
            }
        case "Service" if kind.group == "":
            return _service(inputs)
        case _:
            return {}


def _service(inputs: Props) -> Props:
    name = f"{text(inputs, 'metadata', 'namespace')}/{text(inputs, 'metadata', 'name')}"
    digest = hashlib.sha256(name.encode()).digest()
    spec: Props = {
        "type": "ClusterIP",
        "clusterIP": f"172.20.{digest[0]}.{digest[1]}",
        **mapping(inputs, "spec"),
    }
    if text(spec, "type") != "LoadBalancer":
        return {"spec": spec, "status": {"loadBalancer": {}}}
    host = f"{digest.hex()[:12]}.elb.simulated.invalid"
    return {"spec": spec, "status": {"loadBalancer": {"ingress": [{"hostname": host}]}}}
