"""Rules on agent pools, labels, tags and administrators of AKS, each broken and just held."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.findings import Severity
from plan.rules.aks import RULES
from tests.harness.rule_cases import Broken, Holds, assert_broken, assert_holds, case_id
from tests.harness.settings import MISSING, plan_of, valid_aks

GPU = "cluster.nodePools.gpu"
SYSTEM = "cluster.nodePools.system"
CPU = "Standard_D16s_v5"
PREFILL = "graphs.chat.workers.prefill"
BROKEN = [
    Broken("AKS001", ((f"{GPU}.nodes", 101),), f"{GPU}.nodes", "holds 100"),
    Broken("AKS002", ((f"{GPU}.nodes", 1),), f"{GPU}.nodes", "nobody to reach", Severity.WARNING),
    Broken(
        "AKS003",
        ((f"{GPU}.machineType", "Standard_ND128isr_NDR_GB200_v6"),),
        f"{GPU}.machineType",
        "is arm64",
        Severity.WARNING,
    ),
    Broken(
        "AKS004",
        ((f"{GPU}.machineType", "Standard_ND96isr_MI300X_v5"),),
        f"{GPU}.machineType",
        "has AMD MI300X",
    ),
    Broken(
        "AKS005",
        (("cluster.adminGroupIds", ["00000000-0000-0000-0000-000000000000"]),),
        "cluster.adminGroupIds",
        "placeholder",
        Severity.WARNING,
    ),
    Broken(
        "AKS006",
        ((f"{GPU}.labels", {"kubernetes.azure.com/mode": "user"}),),
        f"{GPU}.labels",
        "kubernetes.azure.com/, which AKS keeps",
    ),
    Broken(
        "AKS007",
        (("cluster.tags", {"example.com/team": "inference"}),),
        "cluster.tags",
        "holds /",
    ),
    Broken(
        "AKS007",
        (("cluster.tags", {f"tag{number}": "" for number in range(50)}),),
        "cluster.tags",
        "takes 49",
    ),
    Broken(
        "AKS008",
        ((SYSTEM, MISSING), ("cluster.nodePools.other", {"machineType": CPU, "nodes": 3})),
        SYSTEM,
        "is missing",
    ),
    Broken(
        "AKS008",
        (
            (SYSTEM, {"machineType": "Standard_NC24ads_A100_v4", "nodes": 3}),
            ("cluster.nodePools.other", {"machineType": CPU, "nodes": 3}),
        ),
        f"{SYSTEM}.machineType",
        "has GPUs",
    ),
]
HOLDS = [
    Holds(
        "AKS008",
        "another pool beside it",
        (("cluster.nodePools.another", {"machineType": CPU, "nodes": 1}),),
    ),
    Holds("AKS001", "the last node of the partition", ((f"{GPU}.nodes", 100),)),
    Holds(
        "AKS001",
        "no partition over TCP",
        (
            (GPU, {"machineType": "Standard_NC96ads_A100_v4", "nodes": 101}),
            ("graphs.chat.kvTransfer", "tcp"),
        ),
    ),
    Holds("AKS002", "two", ((f"{GPU}.nodes", 2),)),
    Holds(
        "AKS002",
        "one node that asks for none",
        (
            (f"{GPU}.nodes", 1),
            (f"{GPU}.fabric", "tcp"),
            (f"{PREFILL}.replicas", 2),
            ("graphs.chat.kvTransfer", "tcp"),
        ),
    ),
    Holds("AKS003", "Arm without GPUs", ((f"{SYSTEM}.machineType", "Standard_D16ps_v5"),)),
    Holds(
        "AKS004",
        "another size of NVIDIA's",
        (
            (f"{GPU}.machineType", "Standard_ND96isr_H200_v5"),
            ("cluster.location", "eastus2"),
        ),
    ),
    Holds("AKS005", "a group"),
    Holds("AKS006", "a prefix of one's own", ((f"{GPU}.labels", {"example.com/team": "a"}),)),
    Holds(
        "AKS007", "as many as there may be", (("cluster.tags", {f"t{n}": "" for n in range(49)}),)
    ),
]


@pytest.mark.parametrize("case", BROKEN, ids=case_id)
def test_a_stack_that_breaks_it(case: Broken) -> None:
    assert_broken(case, plan_of(*case.changes, start=valid_aks))


@pytest.mark.parametrize("case", HOLDS, ids=case_id)
def test_a_stack_that_just_holds(case: Holds) -> None:
    assert_holds(case, plan_of(*case.changes, start=valid_aks))


def test_a_valid_stack_breaks_none() -> None:
    assert plan_of(start=valid_aks).findings == ()


def test_every_rule_has_both() -> None:
    ids = {rule.id for rule in RULES}
    assert ids == {case.rule for case in BROKEN} == {case.rule for case in HOLDS}


@given(nodes=st.integers(1, 300))
def test_a_partition_holds_the_nodes_or_they_are_refused(nodes: int) -> None:
    rules = {f.rule for f in plan_of((f"{GPU}.nodes", nodes), start=valid_aks).findings}
    assert ("AKS001" in rules) == (nodes > 100)
    assert ("AKS002" in rules) == (nodes == 1)
