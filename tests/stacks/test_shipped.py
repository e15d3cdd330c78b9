"""The shipped stack files: what they lead to, and what each has to have.

`UPDATE_GOLDEN=1 pytest tests/stacks` writes the golden plans anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest
import yaml

from plan import report
from plan.resolve import resolve
from plan.settings import load_stack_file, schema
from plan.settings.loader import STACKS_FOLDER, stack_names

GOLDEN = Path(__file__).parent / "golden"
STACKS = stack_names()


@pytest.mark.parametrize("stack", STACKS)
def test_the_plan_is_the_golden_one(stack: str) -> None:
    planned = report.plan_json(resolve(load_stack_file(stack).settings, stack)) + "\n"
    golden = GOLDEN / f"{stack}.json"
    if "UPDATE_GOLDEN" in os.environ:
        golden.write_text(planned, encoding="utf-8")
    assert json.loads(planned) == json.loads(golden.read_text(encoding="utf-8"))


def test_every_golden_plan_has_its_stack() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(STACKS)


@pytest.mark.parametrize("stack", STACKS)
def test_a_shipped_stack_has_no_findings(stack: str) -> None:
    assert resolve(load_stack_file(stack).settings, stack).findings == ()


@pytest.mark.parametrize("stack", STACKS)
def test_a_shipped_stack_is_explained_and_safe(stack: str) -> None:
    text = (STACKS_FOLDER / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert lines[0] == "# yaml-language-server: $schema=schema.json"
    assert sum(line.lstrip().startswith("#") or " # " in line for line in lines) > 8
    # A forgotten provider has to fail, not to go to whatever account the shell is logged into.
    assert yaml.safe_load(text)["config"]["pulumi:disable-default-providers"] == ["*"]


def test_the_schema_is_the_settings() -> None:
    written = (STACKS_FOLDER / "schema.json").read_text(encoding="utf-8")
    assert written == schema.render(), "run `make schema`"


@pytest.mark.parametrize("stack", STACKS)
def test_the_schema_accepts_the_stack(stack: str) -> None:
    text = (STACKS_FOLDER / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    jsonschema.Draft202012Validator(schema.stack_file_schema()).validate(yaml.safe_load(text))
