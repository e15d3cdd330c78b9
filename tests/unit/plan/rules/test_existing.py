"""Rules on adopted layers and described nodes of an existing cluster, each broken and just held."""

from __future__ import annotations

import pytest

from plan.findings import Severity
from plan.platform import gpu_operator, kai
from plan.rules.existing import RULES
from tests.harness.rule_cases import Broken, Holds, assert_broken, assert_holds, case_id
from tests.harness.settings import Blocks, plan_of, valid

INSTALLED = "cluster.installed"
GPU = "cluster.nodePools.gpu"
KAI, GROVE, DYNAMO = "v0.13.4", "v0.1.0-alpha.8", "1.2.0"
ALL_THREE = {"kai-scheduler": KAI, "grove": GROVE, "dynamo-platform": DYNAMO}
OPERATOR = (INSTALLED, {"gpu-operator": "v26.3.3"})
BLANK = {"machineType": "box", "nodes": 1, "cpu": 64, "memory": "512Gi"}


def on_existing() -> Blocks:
    """The graph of the other tests on two p5 nodes that somebody else looks after."""
    blocks = valid()
    blocks["cluster"] = {
        "cloud": "existing",
        "context": "team",
        "kubernetesVersion": "1.34",
        "installed": {},
        "nodePools": {
            "system": {"machineType": "box", "nodes": 3, "cpu": 16, "memory": "64Gi"},
            "gpu": {"machineType": "p5.48xlarge", "machineCloud": "eks", "nodes": 2},
        },
    }
    return blocks


BROKEN = [
    Broken(
        "EXI001",
        ((INSTALLED, {"kai-sheduler": KAI}),),
        f"{INSTALLED}.kai-sheduler",
        "not a layer that can be adopted",
    ),
    Broken(
        "EXI002",
        ((INSTALLED, {"kai-scheduler": "v0.12.9"}),),
        f"{INSTALLED}.kai-scheduler",
        "needs v0.13.4 or newer",
    ),
    Broken(
        "EXI002",
        ((INSTALLED, {"grove": "v0.1.0-alpha.9"}),),
        f"{INSTALLED}.grove",
        "below v0.1.0-alpha.9",
    ),
    Broken(
        "EXI003",
        ((INSTALLED, {**ALL_THREE, "dynamo-platform": "1.2.1"}),),
        "platform.versions.dynamo",
        "1.2.0, but dynamo-platform is adopted in version 1.2.1",
    ),
    Broken(
        "EXI003",
        ((INSTALLED, {"kai-scheduler": "v0.13.5"}), ("platform.versions", {"kai": KAI})),
        "platform.versions.kai",
        "adopted in version v0.13.5",
    ),
    Broken(
        "EXI004",
        ((INSTALLED, {"dynamo-platform": DYNAMO, "grove": GROVE}),),
        f"{INSTALLED}.dynamo-platform",
        "kai-scheduler would be installed after it",
    ),
    Broken(
        "EXI005",
        (OPERATOR, (f"{GPU}.taints", [{"key": "team"}, {"key": "nvidia.com/gpu"}])),
        f"{GPU}.taints",
        "team keeps off",
        Severity.WARNING,
    ),
    Broken(
        "EXI006",
        (
            OPERATOR,
            (f"{GPU}.machineCloud", "aks"),
            (f"{GPU}.machineType", "Standard_ND96isr_H100_v5"),
        ),
        f"{GPU}.fabric",
        "driver.rdma.enabled",
        Severity.WARNING,
    ),
    Broken(
        "EXI007",
        (("cluster.nodePools.more", {**BLANK, "machineType": "p5.48xlarge"}),),
        "cluster.nodePools.more.machineCloud",
        "p5.48xlarge counts as a machine without GPUs",
        Severity.WARNING,
    ),
    Broken(
        "EXI007",
        (("cluster.nodePools.more", {**BLANK, "labels": {"nvidia.com/gpu.present": "true"}}),),
        "cluster.nodePools.more.machineCloud",
        "box counts as a machine without GPUs",
        Severity.WARNING,
    ),
]
HOLDS = [
    Holds("EXI001", "the layers there are", ((INSTALLED, {"node-feature-discovery": "0.18.3"}),)),
    Holds("EXI002", "a newer KAI", ((INSTALLED, {"kai-scheduler": "v0.14.1"}),)),
    Holds("EXI003", "KAI's default is no wish", ((INSTALLED, {"kai-scheduler": "0.13.5"}),)),
    Holds(
        "EXI003",
        "one version, written twice",
        ((INSTALLED, {"kai-scheduler": "0.13.5"}), ("platform.versions", {"kai": "v0.13.5"})),
    ),
    Holds("EXI004", "all three", ((INSTALLED, ALL_THREE),)),
    Holds("EXI005", "the usual taint", (OPERATOR,)),
    Holds("EXI006", "EFA needs nothing of it", (OPERATOR,)),
    Holds("EXI007", "no sign of a GPU", (("cluster.nodePools.more", BLANK),)),
]


@pytest.mark.parametrize("case", BROKEN, ids=case_id)
def test_a_stack_that_breaks_it(case: Broken) -> None:
    assert_broken(case, plan_of(*case.changes, start=on_existing))


@pytest.mark.parametrize("case", HOLDS, ids=case_id)
def test_a_stack_that_just_holds(case: Holds) -> None:
    assert_holds(case, plan_of(*case.changes, start=on_existing))


def test_a_valid_stack_breaks_none() -> None:
    assert plan_of(start=on_existing).findings == ()


def test_every_rule_has_both() -> None:
    ids = {rule.id for rule in RULES}
    assert ids == {case.rule for case in BROKEN} == {case.rule for case in HOLDS}


def test_a_name_that_is_nearly_right_is_offered() -> None:
    plan = plan_of((INSTALLED, {"kai-sheduler": KAI}), start=on_existing)
    assert "kai-scheduler" in plan.findings[0].fix


def test_an_adopted_layer_is_not_made() -> None:
    made = {layer.name for layer in plan_of(start=on_existing).layers}
    adopted = {kai.NAME: KAI, gpu_operator.NAME: "v26.3.3"}
    rest = {x.name for x in plan_of((INSTALLED, adopted), start=on_existing).layers}
    assert made - rest == set(adopted)


def test_no_second_feature_discovery() -> None:
    adopted = (INSTALLED, {"node-feature-discovery": "0.18.3"})
    alone, beside = plan_of(start=on_existing), plan_of(adopted, start=on_existing)
    operators = [x for plan in (alone, beside) for x in plan.layers if x.name == gpu_operator.NAME]
    assert [operator.values.get("nfd") for operator in operators] == [None, {"enabled": False}]
