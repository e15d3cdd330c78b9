"""All shipped stacks on the real engine, and rehearsals that have to fail.

What strands at a destroy is in `test_destroy.py`.
"""

from __future__ import annotations

import signal
import subprocess
import time

import psutil
import pytest

from plan.settings.loader import stack_names
from rehearsal.bootstrap import ROOT
from tests.harness.rehearsals import COMMAND, failures, rehearse

pytestmark = pytest.mark.engine


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


def test_what_somebody_else_deleted_is_found_by_refresh() -> None:
    result = rehearse("eks-mocker", "meddled")

    assert failures(result) == {"refresh": "changed without cause: delete cluster-network-s3"}
    assert result["left"] == []


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
