"""Rules on the addresses of AKS, each broken and just held."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.rules.aks_network import RULES
from tests.harness.rule_cases import Broken, Holds, assert_broken, assert_holds, case_id
from tests.harness.settings import plan_of, valid_aks

NETWORK = "cluster.network"
SYSTEM = "cluster.nodePools.system"
TCP = (
    ("cluster.nodePools.gpu.fabric", "tcp"),
    ("graphs.chat.kvTransfer", "tcp"),
)
BROKEN = [
    Broken(
        "AKS010",
        ((f"{NETWORK}.podCidr", "10.50.128.0/17"),),
        f"{NETWORK}.podCidr",
        "overlaps cidr 10.50.0.0/16",
    ),
    Broken(
        "AKS010",
        ((f"{NETWORK}.serviceCidr", "10.244.0.0/20"),),
        f"{NETWORK}.serviceCidr",
        "overlaps podCidr",
    ),
    Broken("AKS011", ((f"{NETWORK}.cidr", "172.16.0.0/16"),), f"{NETWORK}.cidr", "which RDMA uses"),
    Broken(
        "AKS011",
        ((f"{NETWORK}.serviceCidr", "172.16.8.0/24"),),
        f"{NETWORK}.serviceCidr",
        "which RDMA uses",
    ),
    Broken(
        "AKS012",
        ((f"{NETWORK}.podCidr", "172.30.0.0/16"),),
        f"{NETWORK}.podCidr",
        "which AKS uses",
    ),
    Broken("AKS013", ((f"{NETWORK}.serviceCidr", "11.0.0.0/12"),), f"{NETWORK}.serviceCidr", "/12"),
    Broken("AKS013", ((f"{NETWORK}.serviceCidr", "11.0.0.0/29"),), f"{NETWORK}.serviceCidr", "/29"),
    Broken(
        "AKS014",
        ((f"{NETWORK}.podCidr", "10.244.0.0/22"),),
        f"{NETWORK}.podCidr",
        "room for 4 nodes, the pools have 5",
    ),
    Broken("AKS014", ((f"{NETWORK}.podCidr", "10.244.0.0/25"),), f"{NETWORK}.podCidr", "0 nodes"),
    Broken("AKS015", ((f"{NETWORK}.cidr", "10.50.0.0/22"),), f"{NETWORK}.cidr", "too small"),
    Broken(
        "AKS015",
        (
            (f"{NETWORK}.cidr", "10.50.0.0/21"),
            (f"{SYSTEM}.nodes", 1000),
            (f"{NETWORK}.podCidr", "10.128.0.0/10"),
            ("cluster.nodePools.more", {"machineType": "Standard_D8s_v5", "nodes": 20}),
        ),
        f"{NETWORK}.cidr",
        "has 1019 addresses",
    ),
]
HOLDS = [
    Holds("AKS010", "side by side", ((f"{NETWORK}.podCidr", "10.51.0.0/16"),)),
    Holds("AKS011", "the next range", ((f"{NETWORK}.cidr", "172.17.0.0/16"),)),
    Holds("AKS011", "no InfiniBand", ((f"{NETWORK}.cidr", "172.16.0.0/16"), *TCP)),
    Holds("AKS012", "the range before", ((f"{NETWORK}.podCidr", "172.29.0.0/16"),)),
    Holds("AKS013", "the smallest there is", ((f"{NETWORK}.serviceCidr", "11.0.0.0/28"),)),
    Holds("AKS013", "the largest there is", ((f"{NETWORK}.serviceCidr", "11.0.0.0/13"),)),
    Holds(
        "AKS014",
        "exactly enough",
        ((f"{NETWORK}.podCidr", "10.244.0.0/22"), (f"{SYSTEM}.nodes", 2)),
    ),
    Holds("AKS015", "the smallest network", ((f"{NETWORK}.cidr", "10.50.0.0/21"),)),
]


@pytest.mark.parametrize("case", BROKEN, ids=case_id)
def test_a_stack_that_breaks_it(case: Broken) -> None:
    assert_broken(case, plan_of(*case.changes, start=valid_aks))


@pytest.mark.parametrize("case", HOLDS, ids=case_id)
def test_a_stack_that_just_holds(case: Holds) -> None:
    assert_holds(case, plan_of(*case.changes, start=valid_aks))


def test_every_rule_has_both() -> None:
    ids = {rule.id for rule in RULES}
    assert ids == {case.rule for case in BROKEN} == {case.rule for case in HOLDS}


@st.composite
def networks(draw: st.DrawFn) -> IPv4Network:
    prefix = draw(st.integers(13, 24))
    return IPv4Network((draw(st.integers(0, 2**32 - 1)), prefix), strict=False)


@given(networks(), networks(), networks())
def test_ranges_are_apart_or_refused(
    vnet: IPv4Network, pods: IPv4Network, services: IPv4Network
) -> None:
    plan = plan_of(
        (f"{NETWORK}.cidr", str(vnet)),
        (f"{NETWORK}.podCidr", str(pods)),
        (f"{NETWORK}.serviceCidr", str(services)),
        start=valid_aks,
    )
    found = [f for f in plan.findings if f.rule == "AKS010"]
    pairs = ((vnet, pods), (vnet, services), (pods, services))
    assert len(found) == sum(one.overlaps(other) for one, other in pairs)


@given(nodes=st.integers(1, 1000), prefix=st.integers(12, 24))
def test_each_node_has_a_share_of_the_pods_range(nodes: int, prefix: int) -> None:
    pods = IPv4Network((int(IPv4Network("10.128.0.0/9").network_address), prefix))
    plan = plan_of((f"{NETWORK}.podCidr", str(pods)), (f"{SYSTEM}.nodes", nodes), start=valid_aks)
    assert ("AKS014" in {f.rule for f in plan.findings}) == (nodes + 2 > 2 ** (24 - prefix))
