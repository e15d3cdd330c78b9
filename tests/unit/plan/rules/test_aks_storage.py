"""Rules on Azure Managed Lustre, each broken and just held."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.catalog.file_systems import lustre_subnet_prefix, range_of, size_ranges
from plan.findings import Severity
from plan.rules.aks_storage import RULES
from plan.settings.aks import AksLustreSettings
from plan.subnets.aks import LONGEST_PREFIX, aks_subnets
from tests.harness.rule_cases import Broken, Holds, assert_broken, assert_holds, case_id
from tests.harness.settings import plan_of, valid_aks

STORAGE = "cluster.storage"
LUSTRE = f"{STORAGE}.managedLustre"
SKUS = get_args(AksLustreSettings.model_fields["sku"].annotation)


def lustre(**settings: Any) -> tuple[str, Any]:
    return (STORAGE, {"managedLustre": settings})


BROKEN = [
    Broken("AKS020", (lustre(capacityTib=12),), f"{LUSTRE}.capacityTib", "steps of 8"),
    Broken(
        "AKS020",
        (lustre(sku="AMLFS-Durable-Premium-40"),),
        f"{LUSTRE}.capacityTib",
        "48 to 768 TiB",
    ),
    Broken(
        "AKS020",
        (lustre(sku="AMLFS-Durable-Premium-125", capacityTib=16),),
        f"{LUSTRE}.capacityTib",
        "sources disagree",
        Severity.WARNING,
    ),
    Broken(
        "AKS020",
        (lustre(capacityTib=136),),
        f"{LUSTRE}.capacityTib",
        "more than any documented size",
        Severity.WARNING,
    ),
    Broken("AKS021", (lustre(zone="2"),), f"{LUSTRE}.zone", "are in zone 1", Severity.WARNING),
    Broken(
        "AKS022",
        (lustre(), ("cluster.kubernetesVersion", "1.28")),
        "cluster.kubernetesVersion",
        "needs 1.29",
    ),
    Broken(
        "AKS023",
        (lustre(sku="AMLFS-Durable-Premium-40", capacityTib=432),),
        f"{LUSTRE}.capacityTib",
        "whose subnet is documented",
        Severity.WARNING,
    ),
]
HOLDS = [
    Holds("AKS020", "the smallest", (lustre(sku="AMLFS-Durable-Premium-500", capacityTib=4),)),
    Holds("AKS020", "the next step", (lustre(capacityTib=16),)),
    Holds("AKS021", "the zone of the GPUs", (lustre(zone="1"),)),
    Holds(
        "AKS021",
        "nobody knows the zone of the GPUs",
        (lustre(zone="3"), ("cluster.nodePools.gpu.zones", None)),
    ),
    Holds("AKS022", "the oldest that goes", (lustre(), ("cluster.kubernetesVersion", "1.29"))),
    Holds("AKS022", "no Lustre", (("cluster.kubernetesVersion", "1.28"),)),
    Holds("AKS023", "the largest", (lustre(sku="AMLFS-Durable-Premium-40", capacityTib=384),)),
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


@given(st.sampled_from(SKUS), st.integers(4, 768))
def test_a_size_is_sold_or_refused(sku: str, tib: int) -> None:
    plan = plan_of(lustre(sku=sku, capacityTib=tib), start=valid_aks)
    found = [f for f in plan.findings if f.rule == "AKS020"]
    sold = range_of("azure-managed-lustre", sku, tib)
    beyond = tib > size_ranges("azure-managed-lustre", sku)[-1].maximum
    assert bool(found) == (sold is None or not sold.sure)
    assert any(f.is_error for f in found) == (sold is None and not beyond)


@pytest.mark.parametrize("prefix", [16, LONGEST_PREFIX])
@given(tib=st.integers(4, 400))
def test_the_subnet_for_it_is_large_enough(prefix: int, tib: int) -> None:
    """The rule on the subnet speaks of sizes without a documented one, since all others fit."""
    subnets = aks_subnets(f"10.50.0.0/{prefix}")
    needed = lustre_subnet_prefix(tib)
    assert needed is not None
    assert IPv4Network(subnets.lustre).prefixlen <= needed
    assert not IPv4Network(subnets.lustre).overlaps(IPv4Network(subnets.nodes))
