"""KAI scheduler: gangs and queues."""

from __future__ import annotations

from dataclasses import replace

from plan.catalog import charts
from plan.model import Layer
from plan.platform import gpu_operator
from plan.platform.facts import Facts

NAME = "kai-scheduler"


def layer(facts: Facts) -> Layer:
    """Always there: Dynamo's graphs are placed by it."""
    return Layer(
        name=NAME,
        chart=replace(charts.chart(NAME), version=facts.platform.versions.kai),
        values={
            # KAI gives every GPU pod this RuntimeClass, which the GPU Operator makes. Without
            # that operator the class does not exist and every such pod would be refused.
            "admission": {"gpuPodRuntimeClassName": "nvidia" if gpu_operator.wanted(facts) else ""},
        },
        requires=(gpu_operator.NAME,),
    )
