"""The workflows: well-formed, allowed little, and calling what there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.bootstrap import ROOT

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read(path: Path) -> dict[Any, Any]:
    return yaml.safe_load(path.read_text("utf-8"))


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def make_targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    return set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


def test_there_is_a_workflow_for_pull_requests() -> None:
    (path,) = FILES
    # YAML 1.1 reads the key `on` as true.
    assert read(path)[True] == {"pull_request": None}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_may_read_and_nothing_else(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in workflow["jobs"].values())
    assert "secrets." not in path.read_text("utf-8")
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_job_ends_and_every_action_has_a_version(path: Path) -> None:
    workflow = read(path)
    assert all(job["timeout-minutes"] <= 60 for job in workflow["jobs"].values())
    for step in steps(workflow):
        assert ("uses" in step) != ("run" in step)
        if "uses" in step:
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@(v\d+|[0-9a-f]{40})", step["uses"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_script_holds_what_a_pull_request_may_choose(path: Path) -> None:
    for step in steps(read(path)):
        assert "${{" not in step.get("run", ""), "give it by the environment"


def test_it_calls_make_and_every_target_is_there() -> None:
    (path,) = FILES
    called = [
        target
        for step in steps(read(path))
        for target in re.findall(r"^make (\w+)", step.get("run", ""), re.MULTILINE)
    ]
    assert called == ["plan", "policy", "rehearse", "test"]
    assert set(called) <= make_targets()


def test_every_stack_is_judged() -> None:
    (path,) = FILES
    job = read(path)["jobs"]["stack"]
    assert job["strategy"]["matrix"] == {"stack": "${{ fromJSON(needs.stacks.outputs.names) }}"}
    assert job["strategy"]["fail-fast"] is False
    assert job["env"] == {"STACK": "${{ matrix.stack }}"}
