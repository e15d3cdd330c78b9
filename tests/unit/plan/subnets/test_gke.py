"""How the addresses of a GKE cluster's GPU networks are cut."""

from __future__ import annotations

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from plan.subnets.gke import gpu_ranges


@given(
    prefix=st.integers(min_value=8, max_value=25),
    adapters=st.integers(min_value=1, max_value=8),
    third=st.integers(min_value=0, max_value=255),
)
def test_ranges_are_apart_and_inside(prefix: int, adapters: int, third: int) -> None:
    whole = ipaddress.IPv4Network(f"10.0.{third}.0/{prefix}", strict=False)
    ranges = gpu_ranges(str(whole), adapters)
    blocks = [ipaddress.IPv4Network(block) for block in (ranges.host, *ranges.rdma)]
    assert len(ranges.rdma) == adapters
    for index, block in enumerate(blocks):
        assert block.subnet_of(whole)
        assert block.prefixlen <= 29  # the smallest subnet that Compute Engine makes
        assert not any(block.overlaps(other) for other in blocks[:index])


def test_eight_adapters() -> None:
    ranges = gpu_ranges("192.168.0.0/16", 8)
    assert ranges.host == "192.168.0.0/17"
    assert ranges.rdma[0] == "192.168.128.0/20"
    assert ranges.rdma[7] == "192.168.240.0/20"
