"""Both shipped stacks on the real engine, and rehearsals that have to fail.

Each rehearsal has a process of its own, as it has for its users: the SDK's state is global.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from plan.settings.loader import stack_names
from rehearsal.bootstrap import ROOT

pytestmark = pytest.mark.engine

COMMAND = [sys.executable, "-m", "rehearsal.cli"]
PROGRAMS = Path(__file__).parent / "programs"


def rehearse(stack: str, program: str | None = None) -> dict[str, Any]:
    command = [*COMMAND, stack, "--json"]
    if program:
        command += ["--program", str(PROGRAMS / f"{program}.py")]
    # The broken programs import ours.
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr, done.stderr
    result = json.loads(done.stdout)
    assert done.returncode == (0 if result["ok"] else 1)
    assert done.stderr.startswith("simulated: the cloud"), "the first line says what is simulated"
    return result


def failures(result: dict[str, Any]) -> dict[str, str]:
    return {step["name"]: step["problem"] for step in result["steps"] if not step["ok"]}


@pytest.mark.parametrize("stack", stack_names())
def test_a_shipped_stack_lives_and_leaves_nothing(stack: str) -> None:
    result = rehearse(stack)

    assert failures(result) == {}
    assert result["left"] == []
    counts = {step["name"]: step["counts"] for step in result["steps"] if step["counts"]}
    up, again, destroy = counts["up"], counts["up again"], counts["destroy"]
    assert up["created"] == again["same"] == destroy["deleted"] > 20


def test_a_program_that_never_settles_fails() -> None:
    result = rehearse("eks-mocker", "restless")

    assert list(failures(result)) == ["up again"]
    assert "update restless" in failures(result)["up again"]
    assert result["left"] == [], "destroy has to run after a failed step too"


def test_a_program_that_keeps_something_fails() -> None:
    result = rehearse("eks-mocker", "keeps")

    assert list(failures(result)) == ["what is left"]
    assert [held["type"] for held in result["left"]] == ["aws:ec2/eip:Eip"]


def test_a_volume_that_outlives_its_cluster_is_counted() -> None:
    result = rehearse("eks-mocker", "forgets_volumes")

    assert list(failures(result)) == ["what is left"]
    assert [held["type"] for held in result["left"]] == ["leaked volume"]


def test_a_graph_that_does_not_wait_for_the_platform_fails() -> None:
    result = rehearse("eks-mocker", "impatient")

    assert list(failures(result)) == ["up"]
    assert 'no matches for kind "DynamoGraphDeployment"' in failures(result)["up"]
    assert result["left"] == [], "a half-made stack has to be destroyed too"


def test_a_token_in_the_open_fails() -> None:
    result = rehearse("eks-h100", "careless")

    assert list(failures(result)) == ["no secret in state"]
    assert "plain text" in failures(result)["no secret in state"]


@pytest.mark.parametrize("step", ["preview ...", "up ..."])
def test_an_interrupted_rehearsal_leaves_nothing_running(step: str) -> None:
    with subprocess.Popen(
        [*COMMAND, "eks-mocker"],
        cwd=ROOT,
        text=True,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        said = ""
        while step not in said:
            said += process.stderr.readline()
        time.sleep(1)  # well inside the step
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        said += process.stderr.read()

    assert process.returncode == 130
    assert "Traceback" not in said
    assert "nothing is left running" in said
    assert len(children) >= 2, "the engine and the stand-ins"
    assert [child for child in children if child.is_running()] == []
