"""Rules on zones, machines, labels and names of GKE, each broken and just held."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.findings import Severity
from plan.rules.gke import RULES
from tests.harness.rule_cases import Broken, Holds, assert_broken, assert_holds, case_id
from tests.harness.settings import MISSING, plan_of, valid_gke

GPU = "cluster.nodePools.gpu"
SYSTEM = "cluster.nodePools.system"
RESERVATION = f"{GPU}.reservation"
CHAT = "graphs.chat"
TCP = (f"{CHAT}.kvTransfer", "tcp")
ZONES = ["us-central1-a", "us-central1-b"]
L4 = (
    (GPU, {"machineType": "g2-standard-96", "nodes": 2, "zones": ["us-central1-a"]}),
    *((f"{CHAT}.workers.{half}.memory", "128Gi") for half in ("prefill", "decode")),
    TCP,
)


def more(zone: str) -> tuple[str, object]:
    """A second pool with RDMA, on a reservation of its own."""
    reservation = {
        "kind": "specific-reservation",
        "name": "other",
        "machineType": "a3-ultragpu-8g",
        "zone": zone,
        "nodes": 1,
    }
    pool = {"machineType": "a3-ultragpu-8g", "nodes": 1, "reservation": reservation}
    return ("cluster.nodePools.more", pool)


BROKEN = [
    Broken(
        "GKE001",
        (
            ("cluster.network.zones", ["us-central1-a", "us-east1-b"]),
            (f"{SYSTEM}.zones", ZONES[:1]),
        ),
        "cluster.network.zones",
        "us-east1-b is not in us-central1",
    ),
    Broken(
        "GKE001",
        ((f"{RESERVATION}.zone", "europe-west4-a"),),
        f"{GPU}.zones",
        "is not in us-central1",
    ),
    Broken(
        "GKE002",
        ((f"{RESERVATION}.zone", "us-central1-f"),),
        f"{GPU}.zones",
        "us-central1-f is not among",
        Severity.WARNING,
    ),
    Broken(
        "GKE003",
        ((f"{SYSTEM}.nodes", 3),),
        f"{SYSTEM}.nodes",
        "3 nodes do not divide over 2 zones",
        Severity.WARNING,
    ),
    Broken("GKE004", ((RESERVATION, MISSING),), RESERVATION, "cannot be had on demand"),
    Broken(
        "GKE004",
        ((GPU, {"machineType": "a3-highgpu-4g", "nodes": 4}),),
        RESERVATION,
        "only by flex-start",
    ),
    Broken(
        "GKE005",
        (("cluster.kubernetesVersion", "1.30"),),
        "cluster.kubernetesVersion",
        "needs 1.31.4-gke.1183000",
    ),
    Broken(
        "GKE006",
        (
            (f"{GPU}.machineType", "a4x-highgpu-4g"),
            (f"{RESERVATION}.machineType", "a4x-highgpu-4g"),
        ),
        f"{GPU}.machineType",
        "is arm64",
    ),
    Broken(
        "GKE006", ((f"{SYSTEM}.machineType", "t2a-standard-16"),), f"{SYSTEM}.machineType", "arm64"
    ),
    Broken("GKE007", (("cluster.tags", {"Team": "a"}),), "cluster.tags", "'Team': 'a'"),
    Broken("GKE007", (("cluster.tags", {"team": "A b"}),), "cluster.tags", "'team': 'A b'"),
    Broken(
        "GKE007",
        (("cluster.tags", {f"t{number}": "" for number in range(64)}),),
        "cluster.tags",
        "takes 63",
    ),
    Broken("GKE008", (("cluster.name", "a" * 41),), "cluster.name", "not a name"),
    Broken("GKE008", (("cluster.name", "4k"),), "cluster.name", "'4k' is not a name"),
    Broken(
        "GKE009",
        ((GPU, {"machineType": "a3-megagpu-8g", "nodes": 2}), ("cluster.region", "us-east4")),
        f"{GPU}.machineType",
        "has tcpxo",
        Severity.WARNING,
    ),
    Broken(
        "GKE010", (more("us-central1-b"),), "cluster.nodePools.more.zones", "RDMA network is in"
    ),
]
HOLDS = [
    Holds("GKE001", "every zone in the region"),
    Holds("GKE002", "the cluster's other zone", ((f"{RESERVATION}.zone", "us-central1-b"),)),
    Holds("GKE003", "a node in each", ((f"{SYSTEM}.nodes", 2),)),
    Holds("GKE003", "all in one zone", ((f"{SYSTEM}.nodes", 3), (f"{SYSTEM}.zones", ZONES[:1]))),
    Holds("GKE004", "a machine that is sold on demand", L4),
    Holds("GKE005", "the oldest minor that has it", (("cluster.kubernetesVersion", "1.31"),)),
    Holds(
        "GKE005",
        "no RDMA, no minimum",
        (("cluster.kubernetesVersion", "1.30"), (f"{GPU}.fabric", "tcp"), TCP),
    ),
    Holds("GKE006", "x86_64 all over"),
    Holds("GKE007", "all that there may be", (("cluster.tags", {"t_-1": "a_-1" * 15}),)),
    Holds("GKE008", "40 characters", (("cluster.name", "a" * 40),)),
    Holds("GKE009", "RDMA, and TCP by choice", ((f"{GPU}.fabric", "tcp"), TCP)),
    Holds("GKE010", "two pools in one zone", (more("us-central1-a"),)),
]


@pytest.mark.parametrize("case", BROKEN, ids=case_id)
def test_a_stack_that_breaks_it(case: Broken) -> None:
    assert_broken(case, plan_of(*case.changes, start=valid_gke))


@pytest.mark.parametrize("case", HOLDS, ids=case_id)
def test_a_stack_that_just_holds(case: Holds) -> None:
    assert_holds(case, plan_of(*case.changes, start=valid_gke))


def test_a_valid_stack_breaks_none() -> None:
    assert plan_of(start=valid_gke).findings == ()


def test_every_rule_has_both() -> None:
    ids = {rule.id for rule in RULES}
    assert ids == {case.rule for case in BROKEN} == {case.rule for case in HOLDS}


@given(nodes=st.integers(1, 60), zones=st.integers(1, 6))
def test_nodes_divide_over_the_zones_or_it_is_said(nodes: int, zones: int) -> None:
    names = [f"us-central1-{letter}" for letter in "abcdef"[:zones]]
    plan = plan_of((f"{SYSTEM}.nodes", nodes), (f"{SYSTEM}.zones", names), start=valid_gke)
    assert ("GKE003" in {f.rule for f in plan.findings}) == (nodes % zones > 0)
