"""All layers of a stack, each after what it requires."""

from __future__ import annotations

from graphlib import TopologicalSorter

from plan.model import Layer
from plan.platform import (
    dynamo,
    efa_device_plugin,
    gpu_operator,
    grove,
    ib_node_config,
    kai,
    network_operator,
    nic_cluster_policy,
    rdma_device_plugin,
    workspaces,
)
from plan.platform.facts import Facts

MAKERS = (
    efa_device_plugin.layer,
    network_operator.layer,
    nic_cluster_policy.layer,
    ib_node_config.layer,
    rdma_device_plugin.layer,
    gpu_operator.layer,
    kai.layer,
    grove.layer,
    dynamo.layer,
    workspaces.layer,
)


def platform_layers(facts: Facts) -> tuple[Layer, ...]:
    """The layers this stack makes, sorted. One that is not needed, or stands already, is not there.

    A requirement on a layer that this stack does not make falls away: KAI wants the GPU Operator
    first, but a stack without GPUs has none.
    """
    needed = (layer for make in MAKERS if (layer := make(facts)) is not None)
    wanted = {layer.name: layer for layer in needed if layer.name not in facts.installed}
    order = TopologicalSorter(
        {name: [r for r in layer.requires if r in wanted] for name, layer in wanted.items()}
    )
    return tuple(wanted[name] for name in order.static_order())
