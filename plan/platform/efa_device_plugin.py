"""EFA device plugin: makes nodes offer `vpc.amazonaws.com/efa`."""

from __future__ import annotations

from plan.catalog import charts
from plan.model import Layer
from plan.platform.facts import Facts

NAME = "aws-efa-k8s-device-plugin"


def layer(facts: Facts) -> Layer | None:
    """Needed where a pool's fabric names this plugin."""
    machines = sorted({p.machine.name for p in facts.pools if NAME in p.fabric.host_layers})
    if not machines:
        return None
    return Layer(
        name=NAME,
        chart=charts.chart(NAME),
        values={
            # Exactly our machines: the chart's own list lags behind new instance types.
            "supportedInstanceLabels": {
                "keys": ["node.kubernetes.io/instance-type"],
                "values": machines,
            },
            # The chart tolerates nothing by itself: on a tainted pool it would never run.
            "tolerations": facts.gpu_tolerations(),
        },
    )
