"""What rules on the address ranges of a cluster have in common."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from plan.rules.rule import Problem


@dataclass(frozen=True, kw_only=True, slots=True)
class AddressRange:
    """One range of the stack file."""

    path: str
    network: ipaddress.IPv4Network

    @property
    def name(self) -> str:
        """Its key in the stack file."""
        return self.path.rpartition(".")[2]


def address_range(key: str, cidr: str) -> AddressRange:
    """The range at `cluster.network.<key>`."""
    return AddressRange(path=f"cluster.network.{key}", network=ipaddress.IPv4Network(cidr))


def overlaps(ranges: Sequence[AddressRange]) -> Iterator[Problem]:
    """Each pair that shares addresses."""
    for one, other in combinations(ranges, 2):
        if one.network.overlaps(other.network):
            yield Problem(
                path=other.path,
                message=f"{other.network} overlaps {one.name} {one.network}",
                fix=f"choose a range apart from {one.network}",
            )


def blocks_of(network: ipaddress.IPv4Network, prefix: int) -> int:
    """How many blocks of that prefix length fit into the network."""
    return 2 ** (prefix - network.prefixlen) if prefix >= network.prefixlen else 0
