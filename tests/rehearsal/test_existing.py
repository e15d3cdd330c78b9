"""An existing cluster on the real engine: somebody else's release is refused, or adopted."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any, cast

import pytest
from pulumi import automation

from plan.resolve import resolve
from plan.settings import load_stack_file, parse_settings
from plan.settings.loader import PROJECT, StackFile
from rehearsal import engine as engines
from rehearsal.providers.process import StandIns
from rehearsal.scenario import seed_for
from rehearsal.workspace import workspace

pytestmark = pytest.mark.engine

KAI = {"name": "theirs", "namespace": "them", "chart": "kai-scheduler", "version": "v0.13.4"}


def stack_file(installed: dict[str, str]) -> StackFile:
    """The shipped stack, with layers declared as installed."""
    shipped = load_stack_file("existing-kind")
    config = cast("dict[str, Any]", copy.deepcopy(dict(shipped.config)))
    config[f"{PROJECT}:cluster"]["installed"] = installed
    blocks = {
        key.removeprefix(f"{PROJECT}:"): value
        for key, value in config.items()
        if key.startswith(f"{PROJECT}:")
    }
    return dataclasses.replace(shipped, config=config, settings=parse_settings(blocks))


def seed(stack: StackFile) -> dict[str, Any]:
    """What the stack counts on, and KAI of somebody else."""
    seeded = cast("dict[str, Any]", seed_for(resolve(stack.settings, stack.name)))
    seeded["existing"]["releases"] = [KAI]
    return seeded


def test_a_release_of_somebody_else_is_refused_and_nothing_is_made() -> None:
    stack = stack_file({})
    with (
        StandIns(seed(stack)) as stand_ins,
        workspace(stack, engines.find(), stand_ins) as work,
    ):
        with pytest.raises(automation.CommandError) as caught:
            work.stack.up()
        assert stand_ins.inventory() == []

    said = str(caught.value)
    assert "kai-scheduler: v0.13.4 is installed already, Helm release theirs" in said
    assert "add `kai-scheduler: v0.13.4` under cluster.installed" in said
    assert "Traceback" not in said


def test_a_release_of_somebody_else_is_adopted_and_stays() -> None:
    stack = stack_file({"kai-scheduler": "v0.13.4"})
    with (
        StandIns(seed(stack)) as stand_ins,
        workspace(stack, engines.find(), stand_ins) as work,
    ):
        made = work.stack.up()
        again = work.stack.preview()
        work.stack.destroy()
        # Its own CRDs; those of KAI were there before.
        left = {held.type for held in stand_ins.inventory()}

    assert "kai-scheduler v0.13.4 is used as it stands" in made.stdout
    assert set(again.change_summary) == {automation.OpType.SAME}
    assert left == {"CustomResourceDefinition.apiextensions.k8s.io"}
