"""Subnets are inside the network, apart from each other, and stay where they are."""

from __future__ import annotations

import ipaddress
import itertools

from hypothesis import given
from hypothesis import strategies as st

from plan.subnets.eks import subnet_layout

ZONES = [f"use1-az{n}" for n in range(1, 8)]


@given(prefix=st.integers(16, 20), count=st.integers(2, 7))
def test_subnets(prefix: int, count: int) -> None:
    cidr = f"10.40.0.0/{prefix}"
    layout = subnet_layout(cidr, ZONES[:count])
    assert list(layout.private) == list(layout.public) == ZONES[:count]
    made = [ipaddress.IPv4Network(c) for c in (*layout.private.values(), *layout.public.values())]
    assert all(subnet.subnet_of(ipaddress.IPv4Network(cidr)) for subnet in made)
    assert not any(a.overlaps(b) for a, b in itertools.combinations(made, 2))

    fewer = subnet_layout(cidr, ZONES[: count - 1])
    assert fewer.private.items() <= layout.private.items()
    assert fewer.public.items() <= layout.public.items()
