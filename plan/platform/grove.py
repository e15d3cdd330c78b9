"""Grove: turns a graph into cliques and gangs."""

from __future__ import annotations

from dataclasses import replace

from plan.catalog import charts
from plan.model import Layer
from plan.platform import kai
from plan.platform.facts import Facts

NAME = "grove"


def layer(facts: Facts) -> Layer:
    """Always there: multinode workers and gangs need it."""
    return Layer(
        name=NAME,
        chart=replace(charts.chart(NAME), version=facts.platform.versions.grove),
        requires=(kai.NAME,),
    )
