"""What graphs find in place: their namespaces, the model token and KAI queues of our own."""

from __future__ import annotations

from plan.model import Layer
from plan.platform import dynamo
from plan.platform.facts import Facts

NAME = "workspaces"


def layer(facts: Facts) -> Layer:
    """Plain objects, no chart. Queues hang under a root queue that the Dynamo chart makes."""
    del facts
    return Layer(
        name=NAME,
        chart=None,
        requires=(dynamo.NAME,),
        # Graph namespaces hold model caches.
        keeps_cloud_resources=True,
    )
