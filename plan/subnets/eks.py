"""How a VPC's addresses are cut into subnets."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class SubnetLayout:
    """CIDR blocks by zone id."""

    private: Mapping[str, str]
    """Nodes and pods."""
    public: Mapping[str, str]
    """NAT gateway and load balancers."""


def subnet_layout(cidr: str, zones: Sequence[str]) -> SubnetLayout:
    """One large private and one small public subnet a zone; a zone's own never moves.

    The network is cut into 8 equal blocks. Zone n gets block n for its nodes; the last block is
    cut into 8 again for the public subnets. So at most 7 zones, more than any region has, and
    adding a zone at the end changes no other subnet.
    """
    blocks = list(ipaddress.IPv4Network(cidr).subnets(prefixlen_diff=3))
    small = list(blocks[-1].subnets(prefixlen_diff=3))
    usable = blocks[:-1]
    return SubnetLayout(
        private={zone: str(block) for zone, block in zip(zones, usable, strict=False)},
        public={zone: str(block) for zone, block in zip(zones, small, strict=False)},
    )
