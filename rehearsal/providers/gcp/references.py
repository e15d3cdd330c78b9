"""From what a property says to the record that it means."""

from __future__ import annotations

from rehearsal.providers.gcp.paths import Place, full
from rehearsal.providers.values import Props
from rehearsal.providers.world import Record, World

PACKAGE = "gcp"


def named(world: World, type: str, given: str, inputs: Props, where: Place) -> Record | None:
    """The resource that a link, a path or a bare name stands for."""
    return world.find(PACKAGE, (type,), full(type, given, inputs, where)) if given else None
