"""NVIDIA Network Operator, with Node Feature Discovery: the driver stack of InfiniBand adapters."""

from __future__ import annotations

from plan.catalog import charts
from plan.fabric import INFINIBAND
from plan.model import Layer
from plan.platform.facts import FEATURE_DISCOVERY, Facts

NAME = "network-operator"


def wanted(facts: Facts) -> bool:
    """Whether a pool is on InfiniBand."""
    return any(pool.fabric is INFINIBAND for pool in facts.pools)


def layer(facts: Facts) -> Layer | None:
    """Needed where a pool is on InfiniBand."""
    if not wanted(facts):
        return None
    return Layer(
        name=NAME,
        chart=charts.chart(NAME),
        values={
            # The chart's own rule matches Ethernet adapters of the same vendor too, and so would
            # put the driver on nodes without InfiniBand. Ours follows (`nic_cluster_policy`).
            "nfd": {
                "enabled": FEATURE_DISCOVERY not in facts.installed,
                "deployNodeFeatureRules": False,
            },
            # The labels come from its workers: one that a taint keeps off finds nothing.
            "node-feature-discovery": {"worker": {"tolerations": facts.gpu_tolerations()}},
        },
    )
