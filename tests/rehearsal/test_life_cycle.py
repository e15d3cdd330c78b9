"""Both shipped stacks on the real engine, and rehearsals that have to fail."""

from __future__ import annotations

import io
import json
import uuid

import pulumi
import pulumi_aws as aws
import pytest
from rich.console import Console

from plan.resolve import resolve
from plan.settings import load_stack_file
from plan.settings.loader import stack_names
from rehearsal import engine as engines
from rehearsal import show
from rehearsal.scenario import Rehearsal, rehearse, stand_ins_for
from rehearsal.workspace import run_program

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def engine() -> engines.Engine:
    return engines.find()


def lived(stack: str, engine: engines.Engine, program=run_program) -> Rehearsal:
    file = load_stack_file(stack)
    plan = resolve(file.settings, stack)
    watcher = show.PlainWatcher(Console(file=io.StringIO()))
    with stand_ins_for(plan) as stand_ins:
        return rehearse(file, plan, engine, stand_ins, watcher, program)


@pytest.mark.parametrize("stack", stack_names())
def test_a_shipped_stack_lives_and_leaves_nothing(stack: str, engine: engines.Engine) -> None:
    result = lived(stack, engine)

    assert [step for step in result.steps if not step.ok] == []
    assert result.left == ()
    counts = {step.name: step.counts for step in result.steps if step.counts}
    assert counts["up"].created == counts["up again"].same == counts["destroy"].deleted > 50
    assert json.loads(show.as_json(result, "simulated"))["ok"] is True


def test_a_program_that_never_settles_fails(engine: engines.Engine) -> None:
    def restless() -> None:
        run_program()
        provider = aws.Provider("restless", region="us-east-1")
        aws.ec2.Eip(
            "restless",
            tags={"now": uuid.uuid4().hex},
            opts=pulumi.ResourceOptions(provider=provider),
        )

    result = lived("eks-mocker", engine, restless)

    failed = {step.name: step.problem for step in result.steps if not step.ok}
    assert list(failed) == ["up again"]
    assert "update restless" in failed["up again"]
    assert result.left == (), "destroy has to run after a failed step too"


def test_a_program_that_keeps_something_fails(engine: engines.Engine) -> None:
    def keeps() -> None:
        run_program()
        provider = aws.Provider("kept", region="us-east-1")
        options = pulumi.ResourceOptions(provider=provider, retain_on_delete=True)
        aws.ec2.Eip("kept", opts=options)

    result = lived("eks-mocker", engine, keeps)

    assert [held.type for held in result.left] == ["aws:ec2/eip:Eip"]
    assert not result.ok
    assert [step.name for step in result.steps if not step.ok] == ["what is left"]


def test_a_token_in_the_open_fails(engine: engines.Engine) -> None:
    def careless() -> None:
        run_program()
        pulumi.export("token", pulumi.Config().get("huggingFaceToken"))

    result = lived("eks-h100", engine, careless)

    failed = {step.name: step.problem for step in result.steps if not step.ok}
    assert list(failed) == ["no secret in state"]
    assert "plain text" in failed["no secret in state"]
