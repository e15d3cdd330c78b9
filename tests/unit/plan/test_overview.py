"""All stacks side by side."""

from __future__ import annotations

from plan.overview import HEADER, markdown, row
from tests.harness.settings import plan_of, valid_aks


def test_a_row_says_what_readers_compare() -> None:
    plan = plan_of(("cluster.storage", {"fsx": {"capacityGib": 4800}}))
    found = row(plan)
    assert found.nodes == "3 x m7i.4xlarge, 2 x p5.48xlarge"
    assert found.accelerators == "16 x NVIDIA H100"
    assert (found.fabric, found.storage) == ("efa", "fsx 4800 GiB")
    assert found.price == "110.08 (us-east-1, 2026-07-20)"


def test_what_comes_with_every_cluster_is_not_asked_for_storage() -> None:
    assert row(plan_of(start=valid_aks)).storage == "-"


def test_a_stack_without_gpus_has_no_price_to_compare() -> None:
    plan = plan_of(
        ("cluster.nodePools", {"system": {"machineType": "m7i.4xlarge", "nodes": 3}}),
        ("graphs", {}),
    )
    assert (row(plan).accelerators, row(plan).price) == ("none", "no GPU nodes")


def test_a_price_that_nobody_sources_is_unknown() -> None:
    plan = plan_of(("cluster.region", "eu-west-3"))
    assert row(plan).price == "unknown"


def test_the_table_is_one_of_markdown() -> None:
    plan = plan_of()
    head, rule, line = markdown([plan], {"test": 87}).splitlines()
    assert head == f"| {' | '.join(HEADER)} |"
    assert rule.count("---") == line.count("|") - 1 == len(HEADER)
    assert line.startswith("| `test` |")
    assert line.endswith("| 87 |")
