"""The plan on paper: for people at any width, for machines without loss."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

from plan import report
from plan.findings import Finding, Severity
from plan.model import Plan
from plan.resolve import resolve
from plan.settings import parse_settings
from tests.harness.settings import Blocks, plan_of

GPU = "cluster.nodePools.gpu"
CHAT = "graphs.chat"
# What a user may well write, and rich would read as markup.
ODD = "lap[/top] [red]x"


def shown(plan: Plan, width: int = 200) -> str:
    out = io.StringIO()
    report.show_plan(Console(file=out, width=width, highlight=False), plan)
    return out.getvalue()


def existing() -> Blocks:
    worker = {"replicas": 1, "cpu": 1, "memory": "1Gi"}
    return {
        "cluster": {
            "cloud": "existing",
            "context": ODD,
            "kubernetesVersion": "1.34",
            "nodePools": {"all": {"machineType": ODD, "nodes": 1, "cpu": 16, "memory": "64Gi"}},
        },
        "graphs": {
            "m": {
                "backend": "mocker",
                "model": "x",
                "pool": "all",
                "image": ODD,
                "workers": {"worker": worker},
            }
        },
    }


def test_people_see_what_matters() -> None:
    said = shown(plan_of())
    for word in (
        "test: eks us-east-1, Kubernetes 1.34, cluster test",
        "p5.48xlarge",
        "16 x NVIDIA H100",
        "32 a node",
        "capacity-block cr-0123456789abcdef0",
        "dynamo/chat",
        "2 nvidia.com/gpu, 8 vpc.amazonaws.com/efa, 16 cpu, 128Gi",
        "vllm-runtime:1.2.0-efa",
        "gpu[0]",
        "gpu[1]",
        "4 x chat/prefill",
        "2 x chat/decode",
        "kai-scheduler, grove",
        "2026-07-20",
        "reserved capacity has a price of its own",
        "system: price unknown",
        "at least $110.08 an hour",
        "no findings",
    ):
        assert word in said, word


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_narrow_terminal_cuts_no_name(width: int) -> None:
    said = "".join(shown(plan_of(), width).split())
    assert "…" not in said


def test_a_pool_whose_block_has_not_started() -> None:
    assert "0 (later 2)" in shown(plan_of((f"{GPU}.reservation.active", False)))


def test_workers_over_several_nodes() -> None:
    sizes = {"replicas": 1, "nodes": 2, "gpus": 8, "tensorParallel": 16}
    assert "1 x 2 nodes" in shown(plan_of((f"{CHAT}.workers", {"worker": sizes})))


def test_a_plan_without_graphs() -> None:
    plan = plan_of(("graphs", {}))
    assert "where the pods fit" not in shown(plan)
    assert plan.errors == ()


def test_brackets_of_the_users_are_no_markup() -> None:
    plan = resolve(parse_settings(existing()), ODD)
    said = shown(plan)
    assert said.count(ODD) >= 4
    assert json.loads(report.plan_json(plan))["stack"] == ODD


def test_findings_come_with_their_fix_and_a_count() -> None:
    plan = plan_of(
        (f"{CHAT}.queue", "nobody"),
        (f"{CHAT}.image", "mine:1"),
        ("cluster.apiAllowedCidrs", ["0.0.0.0/0"]),
        ("cluster.kubernetesVersion", "1.20"),
    )
    said = shown(plan)
    for finding in plan.findings:
        assert f"{finding.severity} {finding.rule} {finding.path}: " in said
        assert f"fix: {finding.fix}"[:60] in said
    assert said.rstrip().endswith("2 errors, 1 warning, 1 note")


def test_the_gravest_findings_come_first() -> None:
    plan = plan_of(
        (f"{CHAT}.image", "mine:1"),
        ("cluster.apiAllowedCidrs", ["0.0.0.0/0"]),
        (f"{CHAT}.queue", "nobody"),
    )
    order = [Severity.ERROR, Severity.WARNING, Severity.NOTE]
    assert [finding.severity for finding in plan.findings] == order


@pytest.mark.parametrize(
    "changes",
    [
        (),
        ((f"{GPU}.machineType", "p9.huge"),),
        ((f"{CHAT}.pool", "nowhere"),),
        (("graphs", {}),),
        ((f"{GPU}.amiType", "SOMETHING_NEW"), (f"{CHAT}.image", "mine:1")),
    ],
)
def test_machines_get_the_same_plan(changes: tuple[tuple[str, Any], ...]) -> None:
    plan = plan_of(*changes)
    read = json.loads(report.plan_json(plan))
    assert read["deployable"] is not bool(plan.errors)
    assert parse_settings(read["settings"]) == plan.settings
    assert [pool["name"] for pool in read["pools"]] == [pool.name for pool in plan.pools]
    assert [layer["name"] for layer in read["layers"]] == [layer.name for layer in plan.layers]
    assert [(p["pool"], p["node"], p["component"], p["pods"]) for p in read["placements"]] == [
        (p.pool, p.node, p.component, p.pods) for p in plan.placements
    ]
    assert [Finding(**found) for found in read["findings"]] == list(plan.findings)
    assert read["known_usd_per_hour"] == plan.known_usd_per_hour


def test_findings_alone_for_machines() -> None:
    finding = Finding(rule="SET003", severity=Severity.ERROR, path="a.b", message="is wrong")
    assert json.loads(report.findings_json([finding])) == {
        "findings": [
            {
                "rule": "SET003",
                "severity": "error",
                "path": "a.b",
                "message": "is wrong",
                "fix": "",
                "consequence": "",
                "source": "",
            }
        ]
    }


def test_no_code_address_in_what_machines_read() -> None:
    assert "0x" not in report.plan_json(plan_of())
