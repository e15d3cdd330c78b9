"""Reserved capacity of Azure and Google Cloud. Capacity Blocks are in `test_rules`."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.catalog import accelerators
from plan.findings import Severity
from tests.harness.rule_cases import Broken, Holds, assert_broken, assert_holds, case_id
from tests.harness.settings import plan_of, valid_aks, valid_gke

GPU = "cluster.nodePools.gpu"
MORE = "cluster.nodePools.more"
RESERVATION = f"{GPU}.reservation"
A100 = "Standard_NC96ads_A100_v4"
GROUP = (
    "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/shared"
    "/providers/Microsoft.Compute/capacityReservationGroups/a100"
)
TCP = ("graphs.chat.kvTransfer", "tcp")


def group(**changes: Any) -> dict[str, Any]:
    """A capacity reservation group of four A100 machines."""
    kind = {"kind": "capacity-reservation-group"}
    return {**kind, "machineType": A100, "zone": "1", "nodes": 4, **changes}


def a100(nodes: int = 4, **changes: Any) -> dict[str, Any]:
    return {"machineType": A100, "nodes": nodes, "reservation": group(), **changes}


def azure(*changes: tuple[str, Any]) -> tuple[tuple[str, Any], ...]:
    return ((GPU, a100()), TCP, *changes)


def h200(name: str, nodes: int, held: int) -> dict[str, Any]:
    reservation = {
        "kind": "specific-reservation",
        "name": name,
        "machineType": "a3-ultragpu-8g",
        "zone": "us-central1-a",
        "nodes": held,
    }
    return {"machineType": "a3-ultragpu-8g", "nodes": nodes, "reservation": reservation}


AZURE = [
    Broken(
        "RSV001",
        azure((f"{GPU}.zones", ["2"])),
        f"{GPU}.zones",
        "the capacity reservation that this stack makes is in 1",
    ),
    Broken(
        "RSV002",
        azure((f"{RESERVATION}.machineType", "Standard_NC48ads_A100_v4")),
        f"{GPU}.machineType",
        "holds Standard_NC48ads_A100_v4",
    ),
    Broken(
        "RSV003",
        azure((RESERVATION, group(group=GROUP, nodes=3))),
        f"{GPU}.nodes",
        "capacity reservation group a100 holds 3",
    ),
    Broken(
        "RSV004",
        (
            (
                RESERVATION,
                group(machineType="Standard_ND96isr_H100_v5"),
            ),
        ),
        RESERVATION,
        "no capacity reservation groups for Standard_ND96isr_H100_v5",
    ),
    Broken(
        "RSV006",
        azure((RESERVATION, group(group=GROUP)), (MORE, a100(1, reservation=group(group=GROUP)))),
        f"{MORE}.nodes",
        "holds 4, and 5 nodes are asked for with pool gpu",
    ),
]
GOOGLE = [
    Broken(
        "RSV001",
        ((f"{GPU}.zones", ["us-central1-b"]),),
        f"{GPU}.zones",
        "reservation h200 is in us-central1-a",
    ),
    Broken(
        "RSV002",
        ((f"{RESERVATION}.machineType", "a4-highgpu-8g"),),
        f"{GPU}.machineType",
        "reservation h200 holds a4-highgpu-8g",
    ),
    Broken("RSV003", ((f"{RESERVATION}.nodes", 1),), f"{GPU}.nodes", "reservation h200 holds 1"),
    Broken(
        "RSV004",
        (
            (f"{GPU}.machineType", "a3-highgpu-4g"),
            (f"{RESERVATION}.machineType", "a3-highgpu-4g"),
        ),
        RESERVATION,
        "a3-highgpu-4g cannot be reserved",
    ),
    Broken(
        "RSV005",
        ((f"{RESERVATION}.active", False),),
        f"{RESERVATION}.active",
        "reservation h200 has not started",
        Severity.WARNING,
    ),
    Broken(
        "RSV006",
        ((MORE, h200("h200", 1, 2)),),
        f"{MORE}.nodes",
        "reservation h200 holds 2, and 3 nodes",
    ),
]


@pytest.mark.parametrize("case", AZURE, ids=case_id)
def test_azure(case: Broken) -> None:
    assert_broken(case, plan_of(*case.changes, start=valid_aks))


@pytest.mark.parametrize("case", GOOGLE, ids=case_id)
def test_google(case: Broken) -> None:
    assert_broken(case, plan_of(*case.changes, start=valid_gke))


@pytest.mark.parametrize(
    "case",
    [
        Holds("RSV003", "all that is reserved", azure()),
        Holds("RSV004", "no GPUs, which nobody lists", ((f"{GPU}.nodes", 2),)),
        Holds("RSV006", "a reservation each, made here", azure((MORE, a100()))),
        Holds(
            "RSV006",
            "two pools that fit into one group",
            azure(
                (GPU, a100(2, reservation=group(group=GROUP))),
                (MORE, a100(2, reservation=group(group=GROUP))),
                *(
                    (f"graphs.chat.workers.{worker}.replicas", 2)
                    for worker in ("prefill", "decode")
                ),
            ),
        ),
    ],
    ids=case_id,
)
def test_azure_holds(case: Holds) -> None:
    assert_holds(case, plan_of(*case.changes, start=valid_aks))


@pytest.mark.parametrize(
    "case",
    [
        Holds("RSV006", "another reservation", ((MORE, h200("other", 1, 1)),)),
        Holds(
            "RSV006",
            "two pools that fit into one",
            ((f"{RESERVATION}.nodes", 3), (MORE, h200("h200", 1, 3))),
        ),
    ],
    ids=case_id,
)
def test_google_holds(case: Holds) -> None:
    assert_holds(case, plan_of(*case.changes, start=valid_gke))


def test_azure_names_block_reservations_as_the_way() -> None:
    """ND-series and NCads H100 v5: there is no other reservation for them."""
    for size in ("Standard_ND96isr_H200_v5", "Standard_NC80adis_H100_v5"):
        pool = {"machineType": size, "nodes": 4, "reservation": group(machineType=size)}
        findings = plan_of((GPU, pool), TCP, start=valid_aks).findings
        fixes = [f.fix for f in findings if f.rule == "RSV004"]
        assert len(fixes) == 1
        assert "block reservations" in fixes[0]


def test_a_machine_of_which_no_source_says_how_it_is_reserved_is_not_refused() -> None:
    pool = h200("edge", 2, 2)
    pool["machineType"] = pool["reservation"]["machineType"] = "a3-edgegpu-8g"
    assert "RSV004" not in {f.rule for f in plan_of((GPU, pool), start=valid_gke).findings}


def test_a_pool_too_large_for_its_reservation_is_told_so_once() -> None:
    findings = plan_of((MORE, h200("h200", 3, 2)), start=valid_gke).findings
    assert [f.rule for f in findings if f.path == f"{MORE}.nodes"] == ["RSV003"]


@given(st.sampled_from(accelerators.names("aks")))
def test_a_group_takes_what_the_catalogue_says(size: str) -> None:
    machine = accelerators.find("aks", size)
    assert machine is not None
    pool = {"machineType": size, "nodes": 1, "reservation": group(machineType=size)}
    refused = "RSV004" in {f.rule for f in plan_of((GPU, pool), TCP, start=valid_aks).findings}
    offered = "capacity-reservation-group" in machine.reservation_kinds
    assert refused == (machine.gpus > 0 and not offered)


@given(one=st.integers(1, 8), other=st.integers(1, 8), held=st.integers(1, 16))
def test_pools_share_what_a_reservation_holds(one: int, other: int, held: int) -> None:
    plan = plan_of(
        (GPU, h200("h200", one, held)), (MORE, h200("h200", other, held)), start=valid_gke
    )
    rules = {f.rule for f in plan.findings}
    assert bool({"RSV003", "RSV006"} & rules) == (one + other > held)
