"""Fabric profiles: what it takes for GPUs of different nodes to talk.

Belongs here: one file a fabric, each answering the same questions (`Fabric`).
Does not: machines (`plan.catalog`), graphs. Nobody else repeats a resource or variable name.
"""

from plan.fabric.efa import EFA
from plan.fabric.profile import Fabric, SecurityMode, Separation
from plan.fabric.tcp import TCP

__all__ = ["EFA", "TCP", "Fabric", "SecurityMode", "Separation", "fabric_for"]


def fabric_for(machine_fabric: str, wanted: str) -> Fabric:
    """The fabric a pool uses: the machine's own where we know it and it is wanted, else TCP.

    `machine_fabric` is the catalogue's word for the machine, `wanted` the stack file's
    (`auto`, `efa` or `tcp`). A wish the machine cannot meet is a rule's business, not ours.
    """
    if wanted == "efa" or (wanted == "auto" and machine_fabric == "efa"):
        return EFA
    return TCP
