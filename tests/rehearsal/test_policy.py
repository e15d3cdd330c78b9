"""The policy pack under the real engine: clean stacks pass, and others are refused by name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from plan.settings.loader import STACKS_FOLDER
from rehearsal.bootstrap import ROOT

pytestmark = pytest.mark.engine

MINE = "apiAllowedCidrs: [203.0.113.0/24]"
WORLD = "apiAllowedCidrs: [0.0.0.0/1, 128.0.0.0/1]"


def run(*arguments: str) -> tuple[int, dict[str, Any], str]:
    """Exit status, the result, and what was said beside it."""
    done = subprocess.run(
        [sys.executable, "-m", "rehearsal.policy", *arguments, "--json"],
        check=False,
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stderr.startswith("simulated: the cloud"), "the first line says what is simulated"
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


def config(folder: Path, **policies: object) -> str:
    file = folder / "config.json"
    written = {name.replace("_", "-"): value for name, value in policies.items()}
    file.write_text(json.dumps(written), "utf-8")
    return str(file)


# The address of AKS's NAT gateway; of GKE's file system, and its nodes' account.
LATER = {
    "eks-h100": [],
    "aks-h100": ["api-server-closed"],
    "gke-h200": ["no-ingress-from-the-world", "no-role-may-everything"],
    "existing-kind": [],
}


@pytest.mark.parametrize("stack", LATER)
def test_a_shipped_stack_passes_and_all_of_it_is_judged(stack: str) -> None:
    """What a preview cannot know is judged in an `up` of the same simulated clouds."""
    code, result, said = run(stack)
    assert result["violations"] == []
    assert result["ok"]
    assert result["resources"] > 20
    assert result["later"] == LATER[stack]
    assert ("up, for what a preview cannot know" in said) == bool(LATER[stack])
    assert code == 0


@pytest.mark.parametrize("stack", ["eks-mocker", "gke-mocker"])
def test_a_stack_that_opens_its_api_to_the_world_is_refused(stack: str, tmp_path: Path) -> None:
    """In two halves, so that no single address looks like the world."""
    text = (STACKS_FOLDER / f"Pulumi.{stack}.yaml").read_text("utf-8")
    assert MINE in text
    (tmp_path / "Pulumi.open.yaml").write_text(text.replace(MINE, WORLD), "utf-8")

    code, result, _ = run("open", "--stacks", str(tmp_path))

    (violation,) = result["violations"]
    assert violation["policy"] == "api-server-closed"
    assert violation["level"] == "mandatory"
    assert "cluster-control-plane" in violation["resource"]
    assert violation["message"] == (
        "the Kubernetes API is open to 0.0.0.0/0; name your own addresses in "
        "cluster.apiAllowedCidrs"
    )
    assert code == 1


def test_levels_and_limits_are_an_organisations_own(tmp_path: Path) -> None:
    """A policy of the whole stack, and one of each resource."""
    file = config(
        tmp_path,
        gpu_nodes_bounded={"maximum": 1},
        everything_is_tagged={"keys": ["expires-at"], "enforcementLevel": "advisory"},
        charts_are_pinned="disabled",
    )
    code, result, _ = run("aks-a100", "--config", file)
    by_policy = {violation["policy"]: violation for violation in result["violations"]}
    assert set(by_policy) == {"gpu-nodes-bounded", "everything-is-tagged"}
    assert by_policy["gpu-nodes-bounded"]["level"] == "mandatory"
    assert by_policy["gpu-nodes-bounded"]["message"].startswith("2 GPU nodes at most")
    assert by_policy["everything-is-tagged"]["level"] == "advisory"
    assert code == 1


def test_advice_refuses_nothing(tmp_path: Path) -> None:
    file = config(tmp_path, gpu_nodes_bounded={"maximum": 1, "enforcementLevel": "advisory"})
    code, result, _ = run("aks-a100", "--config", file)
    assert [violation["policy"] for violation in result["violations"]] == ["gpu-nodes-bounded"]
    assert result["ok"]
    assert code == 0


def test_a_limit_of_another_type_is_no_verdict(tmp_path: Path) -> None:
    code, result, said = run(
        "eks-mocker", "--config", config(tmp_path, gpu_nodes_bounded={"maximum": "x"})
    )
    assert code == 1
    assert result == {}
    assert "error:" in said
    assert "maximum" in said


def test_a_mistake_in_the_command_is_said() -> None:
    code, _, said = run("eks-h10")
    assert code == 2
    assert "eks-h100" in said
