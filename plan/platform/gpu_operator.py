"""NVIDIA GPU Operator: device plugin, feature discovery, monitoring, RuntimeClass `nvidia`."""

from __future__ import annotations

from plan.catalog import charts
from plan.model import Layer
from plan.platform.facts import Facts

NAME = "gpu-operator"


def layer(facts: Facts) -> Layer | None:
    """Needed where a pool has GPUs."""
    if not facts.gpu_pools:
        return None
    in_image = all(p.host_image is not None and p.host_image.driver for p in facts.gpu_pools)
    return Layer(
        name=NAME,
        chart=charts.chart(NAME),
        values={
            # One owner for driver and toolkit: a second one breaks the first.
            "driver": {"enabled": not in_image},
            "toolkit": {"enabled": not in_image},
            "migManager": {"enabled": False},
            "daemonsets": {"tolerations": facts.gpu_tolerations()},
            "node-feature-discovery": {"worker": {"tolerations": facts.gpu_tolerations()}},
        },
        requires=(),
    )
