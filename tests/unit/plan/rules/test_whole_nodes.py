"""A worker over RoCE takes its whole node, or does without RDMA."""

from __future__ import annotations

import pytest

from tests.harness.rule_cases import Broken, Holds, assert_broken, assert_holds, case_id
from tests.harness.settings import plan_of, valid_gke

CHAT = "graphs.chat"
PREFILL = f"{CHAT}.workers.prefill"
HALF = ((f"{PREFILL}.gpus", 4), (f"{PREFILL}.tensorParallel", 4))
BROKEN = [
    Broken("FAB008", HALF, f"{PREFILL}.gpus", "4 of the 8 GPUs of a3-ultragpu-8g over roce"),
    Broken("FAB008", ((f"{PREFILL}.rdma", 7),), f"{PREFILL}.rdma", "7 of the 8 adapters"),
]
HOLDS = [
    Holds("FAB008", "every GPU and every adapter", ((f"{PREFILL}.rdma", 8),)),
    Holds("FAB008", "half a node without RDMA", (*HALF, (f"{CHAT}.kvTransfer", "tcp"))),
]


@pytest.mark.parametrize("case", BROKEN, ids=case_id)
def test_a_stack_that_breaks_it(case: Broken) -> None:
    assert_broken(case, plan_of(*case.changes, start=valid_gke))


@pytest.mark.parametrize("case", HOLDS, ids=case_id)
def test_a_stack_that_just_holds(case: Holds) -> None:
    assert_holds(case, plan_of(*case.changes, start=valid_gke))
