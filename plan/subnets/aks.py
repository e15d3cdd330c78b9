"""How a virtual network's addresses are cut into subnets on Azure."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

LONGEST_PREFIX = 21
"""The longest prefix a network may have: half of it for nodes still leaves room for Lustre's."""
_LUSTRE = 22


@dataclass(frozen=True, kw_only=True, slots=True)
class AksSubnets:
    """CIDR blocks of the subnets. Pods have addresses of their own, outside the network."""

    nodes: str
    lustre: str
    """For one Managed Lustre, of any size."""


def aks_subnets(cidr: str) -> AksSubnets:
    """Half of the network for nodes, the last /22 for a file system; neither ever moves.

    Azure asks for a /27 below a file system of up to 16 TiB and for a /23 below one of up to 400
    ("Azure Managed Lustre file system prerequisites", network size), keeps five addresses of a
    subnet for itself, and moves no file system to another subnet. So there is room for any size
    from the beginning. Raises ValueError where the network is smaller than a /21.
    """
    network = ipaddress.IPv4Network(cidr)
    if network.prefixlen > LONGEST_PREFIX:
        raise ValueError(f"{network} is smaller than a /{LONGEST_PREFIX}")
    nodes, _ = network.subnets(prefixlen_diff=1)
    last = ipaddress.IPv4Network(
        (int(network.broadcast_address) - 2 ** (32 - _LUSTRE) + 1, _LUSTRE)
    )
    return AksSubnets(nodes=str(nodes), lustre=str(last))
