"""NVIDIA GPU Operator: device plugin, feature discovery, monitoring, RuntimeClass `nvidia`."""

from __future__ import annotations

from plan.catalog import charts
from plan.model import DriverOwner, Layer
from plan.platform import network_operator, rdma_device_plugin
from plan.platform.facts import FEATURE_DISCOVERY, Facts

NAME = "gpu-operator"
# nvidia-peermem against the Network Operator's driver stack, without which GPU memory never reaches
# the adapter (Dynamo, RDMA on AKS).
_RDMA = {"rdma": {"enabled": True, "useHostMofed": True}}


def wanted(facts: Facts) -> bool:
    """Whether a pool's GPUs are the operator's to look after."""
    return any(pool.driver is not DriverOwner.CLOUD for pool in facts.gpu_pools)


def layer(facts: Facts) -> Layer | None:
    """Needed where a pool has GPUs and the cloud does not look after them itself."""
    if not wanted(facts):
        return None
    in_image = all(pool.driver is DriverOwner.IMAGE for pool in facts.gpu_pools)
    infiniband = network_operator.wanted(facts)
    return Layer(
        name=NAME,
        chart=charts.chart(NAME),
        values={
            # One owner for driver and toolkit: a second one breaks the first.
            "driver": {"enabled": not in_image, **(_RDMA if infiniband else {})},
            "toolkit": {"enabled": not in_image},
            "migManager": {"enabled": False},
            "daemonsets": {"tolerations": facts.gpu_tolerations()},
            **_feature_discovery(facts, infiniband),
        },
        requires=(rdma_device_plugin.NAME,),
    )


def _feature_discovery(facts: Facts, infiniband: bool) -> dict[str, object]:
    if infiniband or FEATURE_DISCOVERY in facts.installed:
        # Somebody else brings one; two of them undo each other's labels.
        return {"nfd": {"enabled": False}}
    return {"node-feature-discovery": {"worker": {"tolerations": facts.gpu_tolerations()}}}
