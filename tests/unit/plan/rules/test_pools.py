"""Rules on the pools of every cloud, each broken and just held."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from plan.findings import Severity
from plan.rules.pools import RULES
from tests.harness.rule_cases import Broken, Holds, assert_broken, assert_holds, case_id
from tests.harness.settings import MISSING, Blocks, plan_of, valid, valid_aks, valid_gke

SYSTEM = "cluster.nodePools.system"
GPU = "cluster.nodePools.gpu"
CLOUDS = [pytest.param(start, id=start.__name__) for start in (valid, valid_aks, valid_gke)]
BROKEN = [
    Broken(
        "SCH002",
        ((SYSTEM, MISSING), (f"{GPU}.taints", [])),
        "cluster.nodePools",
        "nowhere to run",
    ),
    Broken("SCH002", ((SYSTEM, MISSING),), "cluster.nodePools", "nowhere to run"),
    Broken(
        "SCH002", ((f"{SYSTEM}.taints", [{"key": "a"}]),), "cluster.nodePools", "nowhere to run"
    ),
]
HOLDS = [
    Holds(
        "SCH002",
        "a taint that only prefers",
        ((f"{SYSTEM}.taints", [{"key": "a", "effect": "PreferNoSchedule"}]),),
    ),
]
PRICED = Broken(
    "ZON004",
    (("cluster.location", "norwaywest"),),
    f"{GPU}.machineType",
    "no list price in norwaywest",
    Severity.WARNING,
)


@pytest.mark.parametrize("start", CLOUDS)
@pytest.mark.parametrize("case", BROKEN, ids=case_id)
def test_a_stack_that_breaks_it(case: Broken, start: Callable[[], Blocks]) -> None:
    assert_broken(case, plan_of(*case.changes, start=start))


@pytest.mark.parametrize("start", CLOUDS)
@pytest.mark.parametrize("case", HOLDS, ids=case_id)
def test_a_stack_that_just_holds(case: Holds, start: Callable[[], Blocks]) -> None:
    assert_holds(case, plan_of(*case.changes, start=start))


def test_a_pool_that_could_not_be_resolved_is_not_missed_twice() -> None:
    findings = plan_of((f"{SYSTEM}.machineType", "m7i.nonsense")).findings
    assert "SCH002" not in {f.rule for f in findings}


def test_a_region_without_a_price_is_a_warning() -> None:
    assert_broken(PRICED, plan_of(*PRICED.changes, start=valid_aks))
    l4 = (GPU, {"machineType": "g2-standard-96", "nodes": 2})
    findings = plan_of(("cluster.region", "us-south1"), l4, start=valid_gke).findings
    assert [f.path for f in findings if f.rule == "ZON004"] == [f"{GPU}.machineType"]


def test_a_machine_without_any_price_is_not_judged() -> None:
    """A3 Ultra is sold by reservation: no list price says where."""
    assert "ZON004" not in {f.rule for f in plan_of(start=valid_gke).findings}


def test_all_are_here() -> None:
    assert {rule.id for rule in RULES} == {"SCH002", "ZON004"}
