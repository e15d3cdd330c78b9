"""Cutting a virtual network on Azure."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.subnets.aks import LONGEST_PREFIX, aks_subnets


@pytest.mark.parametrize(
    ("cidr", "nodes", "lustre"),
    [
        ("10.50.0.0/16", "10.50.0.0/17", "10.50.252.0/22"),
        ("10.50.8.0/21", "10.50.8.0/22", "10.50.12.0/22"),
        ("10.0.0.0/8", "10.0.0.0/9", "10.255.252.0/22"),
    ],
)
def test_half_for_nodes_and_the_end_for_lustre(cidr: str, nodes: str, lustre: str) -> None:
    subnets = aks_subnets(cidr)
    assert (subnets.nodes, subnets.lustre) == (nodes, lustre)


@given(st.integers(min_value=8, max_value=LONGEST_PREFIX), st.integers(0, 2**32 - 1))
def test_both_are_in_the_network_and_apart(length: int, address: int) -> None:
    network = ipaddress.IPv4Network((address, length), strict=False)
    subnets = aks_subnets(str(network))
    nodes, lustre = map(ipaddress.IPv4Network, (subnets.nodes, subnets.lustre))
    assert nodes.subnet_of(network)
    assert lustre.subnet_of(network)
    assert not nodes.overlaps(lustre)


def test_the_largest_documented_file_system_has_room() -> None:
    """A /23 for 400 TiB, of which Azure keeps five addresses."""
    lustre = ipaddress.IPv4Network(aks_subnets("10.50.0.0/16").lustre)
    assert lustre.num_addresses - 5 >= 2**9


def test_a_network_that_is_too_small_is_named() -> None:
    with pytest.raises(ValueError, match=r"10\.50\.0\.0/22 is smaller than a /21"):
        aks_subnets("10.50.0.0/22")
