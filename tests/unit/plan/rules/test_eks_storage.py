"""FSx on EKS: sizes that are sold, zones, and who can mount over EFA."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.findings import Severity
from plan.rules import ALL
from plan.rules.eks_storage import EFA_STEPS, METADATA_IOPS, RULES
from tests.harness.settings import MISSING, plan_of

FSX = "cluster.storage.fsx"
GPU = "cluster.nodePools.gpu"
OVER_EFA = {"capacityGib": 4800, "throughput": 1000, "efa": True}
OURS = {rule.id for rule in RULES}


def findings(*changes: tuple[str, Any]) -> list[tuple[str, str]]:
    return [(f.rule, f.message) for f in plan_of(*changes).findings if f.rule in OURS]


def pool(machine: str, nodes: int = 2, **more: Any) -> tuple[str, Any]:
    return GPU, {"machineType": machine, "nodes": nodes, **more}


class Case(NamedTuple):
    """A rule, the changes that break it, where the finding points, and what it and its fix say."""

    rule: str
    changes: tuple[tuple[str, Any], ...]
    path: str
    says: str
    fix: str
    severity: Severity = Severity.ERROR


CASES = [
    Case("STO101", ((FSX, {"capacityGib": 1300}),), f"{FSX}.capacityGib", "1300 GiB", "use 1200"),
    Case(
        "STO101",
        ((FSX, {"capacityGib": 3600}),),
        f"{FSX}.capacityGib",
        "1200, or multiples of 2400",
        "use 2400 or 4800",
    ),
    Case(
        "STO101",  # sold, but not with EFA
        ((FSX, {**OVER_EFA, "capacityGib": 7200}),),
        f"{FSX}.capacityGib",
        "with EFA at 1000 MB/s for each TiB: multiples of 4800",
        "use 4800 or 9600",
    ),
    Case(
        "STO101",
        ((FSX, {**OVER_EFA, "throughput": 125}),),
        f"{FSX}.capacityGib",
        "multiples of 38400",
        "use 38400",
    ),
    Case(
        "STO102",
        ((FSX, {"metadataIops": 13_000}),),
        f"{FSX}.metadataIops",
        "13000 is not",
        "use 24000",
    ),
    Case(
        "STO103",
        ((FSX, {"zone": "use1-az2"}),),
        f"{FSX}.zone",
        "use1-az2 is not among cluster.network.zones (use1-az4, use1-az6)",
        "use use1-az4",
    ),
    Case(
        "STO104",
        ((FSX, {"zone": "use1-az6"}),),
        f"{FSX}.zone",
        "use1-az6, while pool gpu is in use1-az4",
        "use use1-az4",
        Severity.WARNING,
    ),
    Case(
        "STO105",  # EFA ends at the zone
        ((FSX, {**OVER_EFA, "zone": "use1-az6"}),),
        f"{FSX}.efa",
        "no GPU pool in use1-az6 can mount over EFA: gpu is p5.48xlarge over efa in use1-az4",
        "efa: false",
    ),
    Case(
        "STO105",
        ((FSX, OVER_EFA), (f"{GPU}.fabric", "tcp")),
        f"{FSX}.efa",
        "p5.48xlarge over tcp",
        "efa: false",
    ),
    Case(
        "STO105",  # EFA it has, of a generation that Lustre does not speak
        ((FSX, OVER_EFA), pool("p4d.24xlarge")),
        f"{FSX}.efa",
        "p4d.24xlarge over efa",
        "p5, p6, g6 or newer",
    ),
    Case(
        "STO105",
        ((FSX, OVER_EFA), (GPU, MISSING), ("graphs", {})),
        f"{FSX}.efa",
        "no GPU pool in use1-az4 can mount over EFA",
        "efa: false",
    ),
    Case(
        "STO106",
        ((FSX, OVER_EFA), pool("p5.48xlarge", nodes=129)),
        f"{FSX}.efa",
        "129 nodes make 1032 EFA connections, 1024 are allowed",
        "fewer nodes",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.says[:24]}")
def test_what_breaks_a_rule(case: Case) -> None:
    found = [f for f in plan_of(*case.changes).findings if f.rule == case.rule]
    assert [(f.path, f.severity) for f in found] == [(case.path, case.severity)]
    assert case.says in found[0].message
    assert case.fix in found[0].fix


@pytest.mark.parametrize(
    "changes",
    [
        (),
        ((FSX, {}),),
        ((FSX, {"capacityGib": 1200, "zone": "use1-az4"}),),
        ((FSX, OVER_EFA),),
        ((FSX, {**OVER_EFA, "capacityGib": 9600}),),
        ((FSX, {"metadataIops": 1500}),),
        ((FSX, {"zone": "use1-az6"}), (GPU, MISSING), ("graphs", {})),
        ((FSX, OVER_EFA), pool("p5.48xlarge", nodes=128)),
        # Two connections each where the machine has several cards, one where it has one.
        ((FSX, OVER_EFA), pool("p6-b300.48xlarge", nodes=512)),
        ((FSX, OVER_EFA), pool("g6.8xlarge", nodes=1000)),
        # One pool that reaches it is enough: the others mount over TCP.
        (
            (FSX, OVER_EFA),
            (
                "cluster.nodePools.more",
                {"machineType": "p4d.24xlarge", "nodes": 1, "zones": ["use1-az4"]},
            ),
        ),
    ],
)
def test_what_breaks_none(changes: tuple[tuple[str, Any], ...]) -> None:
    assert findings(*changes) == []


def test_every_rule_has_a_case_and_is_run() -> None:
    assert {case.rule for case in CASES} == OURS
    assert {rule.id for rule in ALL} >= OURS


@given(capacity=st.integers(1200, 200_000), throughput=st.sampled_from(sorted(EFA_STEPS)))
def test_what_is_sold_without_efa(capacity: int, throughput: int) -> None:
    settings = {"capacityGib": capacity, "throughput": throughput}
    sold = capacity == 1200 or capacity % 2400 == 0
    assert (findings((FSX, settings)) == []) is sold


@given(capacity=st.integers(1200, 400_000), throughput=st.sampled_from(sorted(EFA_STEPS)))
def test_with_efa_a_step_is_a_fixed_throughput(capacity: int, throughput: int) -> None:
    settings = {"capacityGib": capacity, "throughput": throughput, "efa": True}
    # 4.8 TiB at 1000 MB/s for each TiB, 38.4 at 125: a step is always the same throughput.
    sold = capacity * throughput % 4_800_000 == 0
    assert (findings((FSX, settings)) == []) is sold


@given(
    capacity=st.integers(1200, 400_000),
    throughput=st.sampled_from(sorted(EFA_STEPS)),
    efa=st.booleans(),
)
def test_a_fix_is_accepted(capacity: int, throughput: int, efa: bool) -> None:
    settings = {"capacityGib": capacity, "throughput": throughput, "efa": efa}
    for finding in plan_of((FSX, settings)).findings:
        if finding.rule == "STO101":
            for size in finding.fix.removeprefix("use ").split(" or "):
                assert findings((FSX, {**settings, "capacityGib": int(size)})) == []


@given(iops=st.integers(1500, 192_000))
def test_metadata_iops_that_are_sold(iops: int) -> None:
    found = [f for f in plan_of((FSX, {"metadataIops": iops})).findings if f.rule in OURS]
    assert (found == []) is (iops in METADATA_IOPS)
    for finding in found:
        advised = int(finding.fix.removeprefix("use ").partition(",")[0])
        assert advised >= iops
        assert advised in (1500, 3000, 6000, 12_000) or advised % 12_000 == 0
