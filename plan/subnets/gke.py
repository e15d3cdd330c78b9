"""How the networks beside a GKE cluster's own are cut: second host interface and RDMA."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuRanges:
    """Address ranges of the networks beside the cluster's own."""

    host: str
    """The second gVNIC of each node."""
    rdma: tuple[str, ...]
    """One for each RDMA adapter of a node."""


def rdma_prefix(cidr: str, adapters: int) -> int:
    """Prefix length of each RDMA subnet, which may be more than an address has bits."""
    return ipaddress.IPv4Network(cidr).prefixlen + 1 + (adapters - 1).bit_length()


def gpu_ranges(cidr: str, adapters: int) -> GpuRanges:
    """Half for the hosts, the other half in equal parts for the adapters.

    Each part holds one address a node. Raises ValueError where the network is too small to cut.
    """
    host, rdma = ipaddress.IPv4Network(cidr).subnets()
    parts = list(rdma.subnets(new_prefix=rdma_prefix(cidr, adapters)))[:adapters]
    return GpuRanges(host=str(host), rdma=tuple(str(part) for part in parts))
