"""Rules on the addresses of GKE, each broken and just held."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.rules.gke_network import RULES
from tests.harness.rule_cases import Broken, Holds, assert_broken, assert_holds, case_id
from tests.harness.settings import plan_of, valid_gke

NETWORK = "cluster.network"
SYSTEM = "cluster.nodePools.system"
GPU = "cluster.nodePools.gpu"
KEYS = ("cidr", "podCidr", "serviceCidr", "controlPlaneCidr", "gpuCidr")
BROKEN = [
    Broken(
        "GKE020",
        ((f"{NETWORK}.gpuCidr", "10.65.0.0/16"),),
        f"{NETWORK}.gpuCidr",
        "overlaps podCidr 10.64.0.0/14",
    ),
    Broken(
        "GKE020",
        ((f"{NETWORK}.controlPlaneCidr", "10.60.0.0/28"),),
        f"{NETWORK}.controlPlaneCidr",
        "overlaps cidr",
    ),
    Broken(
        "GKE021",
        ((f"{NETWORK}.controlPlaneCidr", "10.62.0.0/24"),),
        f"{NETWORK}.controlPlaneCidr",
        "is a /24",
    ),
    Broken(
        "GKE022",
        ((f"{NETWORK}.podCidr", "10.64.0.0/23"),),
        f"{NETWORK}.podCidr",
        "room for 2 nodes, the pools have 4",
    ),
    Broken("GKE022", ((f"{NETWORK}.podCidr", "10.64.0.0/26"),), f"{NETWORK}.podCidr", "0 nodes"),
    Broken("GKE023", ((f"{NETWORK}.cidr", "10.60.0.0/31"),), f"{NETWORK}.cidr", "has 0 addresses"),
    Broken("GKE023", ((f"{NETWORK}.cidr", "10.60.0.0/30"),), f"{NETWORK}.cidr", "4 nodes"),
    Broken("GKE024", ((f"{NETWORK}.serviceCidr", "11.0.0.0/15"),), f"{NETWORK}.serviceCidr", "/15"),
    Broken("GKE024", ((f"{NETWORK}.serviceCidr", "11.0.0.0/28"),), f"{NETWORK}.serviceCidr", "/28"),
    Broken(
        "GKE025",
        ((f"{NETWORK}.gpuCidr", "192.168.0.0/26"),),
        f"{NETWORK}.gpuCidr",
        "cut for 8 adapters has room for 0 nodes",
    ),
    Broken(
        "GKE025",
        (
            (f"{NETWORK}.gpuCidr", "192.168.0.0/25"),
            (f"{GPU}.nodes", 5),
            (f"{GPU}.reservation.nodes", 5),
        ),
        f"{NETWORK}.gpuCidr",
        "room for 4 nodes, the pools with RDMA have 5",
    ),
]
HOLDS = [
    Holds("GKE020", "side by side", ((f"{NETWORK}.gpuCidr", "10.68.0.0/16"),)),
    Holds("GKE021", "a /28 elsewhere", ((f"{NETWORK}.controlPlaneCidr", "172.20.0.16/28"),)),
    Holds("GKE022", "exactly enough", ((f"{NETWORK}.podCidr", "10.64.0.0/22"),)),
    Holds("GKE023", "exactly enough", ((f"{NETWORK}.cidr", "10.60.0.0/29"),)),
    Holds("GKE024", "the smallest", ((f"{NETWORK}.serviceCidr", "11.0.0.0/27"),)),
    Holds("GKE024", "the largest", ((f"{NETWORK}.serviceCidr", "11.0.0.0/16"),)),
    Holds(
        "GKE025",
        "exactly enough",
        (
            (f"{NETWORK}.gpuCidr", "192.168.0.0/25"),
            (f"{GPU}.nodes", 4),
            (f"{GPU}.reservation.nodes", 4),
        ),
    ),
    Holds(
        "GKE025",
        "no RDMA, no such networks",
        (
            (f"{NETWORK}.gpuCidr", "192.168.0.0/30"),
            (f"{GPU}.fabric", "tcp"),
            ("graphs.chat.kvTransfer", "tcp"),
        ),
    ),
]


@pytest.mark.parametrize("case", BROKEN, ids=case_id)
def test_a_stack_that_breaks_it(case: Broken) -> None:
    assert_broken(case, plan_of(*case.changes, start=valid_gke))


@pytest.mark.parametrize("case", HOLDS, ids=case_id)
def test_a_stack_that_just_holds(case: Holds) -> None:
    assert_holds(case, plan_of(*case.changes, start=valid_gke))


def test_every_rule_has_both() -> None:
    ids = {rule.id for rule in RULES}
    assert ids == {case.rule for case in BROKEN} == {case.rule for case in HOLDS}


@st.composite
def networks(draw: st.DrawFn) -> IPv4Network:
    prefix = draw(st.integers(8, 29))
    return IPv4Network((draw(st.integers(0, 2**32 - 1)), prefix), strict=False)


@given(st.lists(networks(), min_size=5, max_size=5))
def test_ranges_are_apart_or_refused(ranges: list[IPv4Network]) -> None:
    changes = [(f"{NETWORK}.{key}", str(cidr)) for key, cidr in zip(KEYS, ranges, strict=True)]
    found = [f for f in plan_of(*changes, start=valid_gke).findings if f.rule == "GKE020"]
    assert len(found) == sum(one.overlaps(other) for one, other in combinations(ranges, 2))


@given(nodes=st.integers(1, 300), prefix=st.integers(16, 28))
def test_each_node_has_a_share_of_the_pods_range(nodes: int, prefix: int) -> None:
    plan = plan_of(
        (f"{NETWORK}.podCidr", f"10.64.0.0/{prefix}"), (f"{SYSTEM}.nodes", nodes), start=valid_gke
    )
    assert ("GKE022" in {f.rule for f in plan.findings}) == (nodes + 2 > int(2 ** (24 - prefix)))
