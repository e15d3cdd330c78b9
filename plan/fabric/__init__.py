"""Fabric profiles: what it takes for GPUs of different nodes to talk.

Belongs here: one file a fabric, each answering the same questions (`Fabric`).
Does not: machines (`plan.catalog`), graphs. Nobody else repeats a resource or variable name.
"""

from plan.fabric.efa import EFA
from plan.fabric.infiniband import INFINIBAND
from plan.fabric.profile import Fabric, SecurityMode, Separation
from plan.fabric.roce import ROCE
from plan.fabric.tcp import TCP

__all__ = [
    "EFA",
    "FABRICS",
    "INFINIBAND",
    "ROCE",
    "TCP",
    "Fabric",
    "SecurityMode",
    "Separation",
    "fabric_for",
]

FABRICS = (EFA, INFINIBAND, ROCE, TCP)


def fabric_for(machine_fabric: str, wanted: str) -> Fabric:
    """The fabric a pool uses: the one it asks for, or with `auto` the machine's own.

    `machine_fabric` is the catalogue's word for the machine; one that we do not know (TCPX, TCPXO)
    means TCP. A wish the machine cannot meet is a rule's business, not ours.
    """
    if wanted == "auto":
        return next((f for f in FABRICS if f.machine_word == machine_fabric), TCP)
    return next(fabric for fabric in FABRICS if fabric.name == wanted)
