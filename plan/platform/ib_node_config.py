"""What InfiniBand needs of a node beyond its driver: modules, and memory that may be pinned."""

from __future__ import annotations

from plan.catalog import images
from plan.model import Layer
from plan.platform import network_operator, nic_cluster_policy
from plan.platform.facts import Facts

NAME = "ib-node-config"
_LABELS = {"app": NAME}
# Runs on the node itself. What is right already is left alone: a restart of the runtime on every
# restart of this pod would disturb the pods of a node that serves. The running processes are asked,
# not the files: a file is no proof that somebody read it.
_SCRIPT = """\
set -eu
on_node() { nsenter -t 1 -m -u -i -n -- "$@"; }
put() {
  on_node mkdir -p "$(dirname "$1")"
  printf '%s\\n' "$2" | on_node tee "$1" >/dev/null
}
unlimited() {
  pid=$(on_node systemctl show -p MainPID --value "$1")
  on_node grep -q '^Max locked memory *unlimited *unlimited' "/proc/$pid/limits"
}

on_node modprobe ib_umad
on_node modprobe rdma_ucm || echo "no rdma_ucm in this kernel: optional"
put /etc/modules-load.d/ib-umad.conf "ib_umad
rdma_ucm"
put /etc/security/limits.d/99-ib-memlock.conf "* - memlock unlimited
root - memlock unlimited"
for service in containerd kubelet; do
  put "/etc/systemd/system/$service.service.d/memlock.conf" "[Service]
LimitMEMLOCK=infinity"
done
on_node systemctl daemon-reload
for service in containerd kubelet; do
  unlimited "$service" || on_node systemctl restart "$service"
done
sleep 10
for service in containerd kubelet; do
  on_node systemctl is-active --quiet "$service"
  unlimited "$service"
done
echo "ready for InfiniBand"
"""


def layer(facts: Facts) -> Layer | None:
    """Needed where a pool is on InfiniBand, after the driver stack has brought its modules."""
    if not network_operator.wanted(facts):
        return None
    return Layer(
        name=NAME, chart=None, objects=(_daemon_set(),), requires=(nic_cluster_policy.NAME,)
    )


def _daemon_set() -> dict[str, object]:
    image = images.tool("busybox")
    small = {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}}
    pod = {
        "hostPID": True,
        "nodeSelector": {nic_cluster_policy.NODE_LABEL: "true"},
        "tolerations": [{"operator": "Exists"}],
        "initContainers": [
            {
                "name": "ib-setup",
                "image": image,
                "command": ["sh", "-c", _SCRIPT],
                "securityContext": {"privileged": True},
                "resources": small,
            }
        ],
        "containers": [
            {"name": "wait", "image": image, "command": ["sleep", "infinity"], "resources": small}
        ],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": NAME, "namespace": "kube-system", "labels": _LABELS},
        "spec": {
            "selector": {"matchLabels": _LABELS},
            # One node at a time: it may restart a node's runtime.
            "updateStrategy": {"rollingUpdate": {"maxUnavailable": 1}},
            "template": {"metadata": {"labels": _LABELS}, "spec": pod},
        },
    }
