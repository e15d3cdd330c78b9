"""Rules on Managed Lustre and Filestore, each broken and just held."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.catalog.file_systems import range_of, size_ranges
from plan.findings import Severity
from plan.rules.gke_storage import RULES
from plan.settings.gke import GkeLustreSettings
from tests.harness.rule_cases import Broken, Holds, assert_broken, assert_holds, case_id
from tests.harness.settings import plan_of, valid_gke

STORAGE = "cluster.storage"
LUSTRE = f"{STORAGE}.managedLustre"
FILESTORE = f"{STORAGE}.filestore"
TIERS = get_args(GkeLustreSettings.model_fields["throughput"].annotation)


def lustre(**settings: Any) -> tuple[str, Any]:
    return (STORAGE, {"managedLustre": settings})


def filestore(**settings: Any) -> tuple[str, Any]:
    return (STORAGE, {"filestore": settings})


BROKEN = [
    Broken("GKE030", (lustre(capacityGib=10_000),), f"{LUSTRE}.capacityGib", "steps of 9000"),
    Broken("GKE030", (lustre(throughput=125),), f"{LUSTRE}.capacityGib", "72000 to 12240000 GiB"),
    Broken(
        "GKE030",
        (lustre(capacityGib=10_080_000),),
        f"{LUSTRE}.capacityGib",
        "more than any documented size",
        Severity.WARNING,
    ),
    Broken("GKE031", (lustre(zone="us-east1-b"),), f"{LUSTRE}.zone", "is not in us-central1"),
    Broken(
        "GKE031",
        (lustre(zone="us-central1-b"),),
        f"{LUSTRE}.zone",
        "the GPU nodes are in us-central1-a",
        Severity.WARNING,
    ),
    Broken("GKE032", (filestore(tier="BASIC_SSD"),), f"{FILESTORE}.capacityGib", "2560 to 65433"),
    Broken(
        "GKE032", (filestore(capacityGib=10_000),), f"{FILESTORE}.capacityGib", "10240 to 102400"
    ),
    Broken(
        "GKE033",
        (lustre(), ("cluster.kubernetesVersion", "1.32")),
        "cluster.kubernetesVersion",
        "from about 1.33 on",
        Severity.WARNING,
    ),
]
HOLDS = [
    Holds("GKE030", "the smallest", (lustre(capacityGib=9000),)),
    Holds("GKE030", "the next step", (lustre(throughput=500, capacityGib=36_000),)),
    Holds("GKE031", "the zone of the GPUs", (lustre(zone="us-central1-a"),)),
    Holds("GKE031", "without asking", (lustre(),)),
    Holds("GKE032", "the smallest", (filestore(),)),
    Holds("GKE032", "the first of the large ones", (filestore(capacityGib=10_240),)),
    Holds("GKE033", "the minor that has it", (lustre(), ("cluster.kubernetesVersion", "1.33"))),
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


@given(st.sampled_from(TIERS), st.integers(1, 12_000), st.integers(0, 1))
def test_a_size_is_sold_or_refused(tier: int, thousands: int, off: int) -> None:
    size = max(9000, 9000 * thousands + off)
    plan = plan_of(lustre(throughput=tier, capacityGib=size), start=valid_gke)
    found = [f for f in plan.findings if f.rule == "GKE030"]
    sold = range_of("google-managed-lustre", str(tier), size)
    beyond = size > size_ranges("google-managed-lustre", str(tier))[-1].maximum
    assert bool(found) == (sold is None)
    assert any(f.is_error for f in found) == (sold is None and not beyond)
