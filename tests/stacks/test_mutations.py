"""Any stack file gives a plan or findings, never a traceback."""

from __future__ import annotations

import copy
import io
import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from plan import report
from plan.model import Plan
from plan.resolve import resolve
from plan.settings import InvalidSettings, load_stack_file, parse_settings
from plan.settings.loader import PROJECT, STACKS_FOLDER, stack_names

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        ["", "eks", "existing", "10.0.0.0/8", "1.99", "999Ei", "use1-az1", "p5e.48xlarge"]
    ),
    # Longer than a float; what a terminal or a pattern may trip over.
    st.sampled_from([10**400, -(10**400), "9" * 400, "[/red]", "1.34\n", "\ud800"]),
    st.recursive(st.none() | st.integers(), lambda inner: st.lists(inner, max_size=2)),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.dictionaries(st.integers() | st.booleans(), st.none(), max_size=2),
)
ODD_CHARACTERS = st.text(min_size=1, max_size=3) | st.sampled_from(list("[]{}:#&*!|>'\"%@`-"))


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in nested blocks and lists."""
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [place for key, item in items for place in ((*path, key), *paths(item, (*path, key)))]


def blocks_of(stack: str) -> dict[str, Any]:
    config = load_stack_file(stack).config
    prefix = f"{PROJECT}:"
    return {k.removeprefix(prefix): v for k, v in config.items() if k.startswith(prefix)}


def existing() -> dict[str, Any]:
    """No shipped stack runs on a cluster that is there already, but users' own do."""
    blocks = blocks_of("eks-mocker")
    blocks["cluster"] = {
        "cloud": "existing",
        "context": "kind",
        "kubernetesVersion": "1.34",
        "nodePools": {"system": {"machineType": "laptop", "nodes": 1, "cpu": 8, "memory": "32Gi"}},
    }
    return blocks


BLOCKS = {stack: blocks_of(stack) for stack in stack_names()} | {"existing": existing()}
TEXTS = [file.read_text(encoding="utf-8") for file in sorted(STACKS_FOLDER.glob("Pulumi.*.yaml"))]


@st.composite
def mutated(draw: st.DrawFn, stack: str) -> dict[str, Any]:
    """A valid stack with values replaced, taken away or put under other names."""
    blocks = copy.deepcopy(BLOCKS[stack])
    for _ in range(draw(st.integers(1, 4))):
        places = paths(blocks)
        if not places:
            break
        *parents, last = draw(st.sampled_from(places))
        place: Any = blocks
        for step in parents:
            place = place[step]
        match draw(st.sampled_from(["replace", "remove", "rename"])):
            case "replace":
                place[last] = draw(JUNK)
            case "remove":
                del place[last]
            case _ if isinstance(place, dict):
                place[draw(st.text(max_size=60))] = place.pop(last)
            case _:
                place.append(draw(JUNK))
    return blocks


@st.composite
def scribbled(draw: st.DrawFn) -> str:
    """A shipped file after slips of the keyboard: lines lost, doubled or moved, odd characters."""
    lines = draw(st.sampled_from(TEXTS)).splitlines()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        column = draw(st.integers(0, len(lines[at])))
        match draw(st.sampled_from(["lose", "double", "indent", "tab", "cut", "insert"])):
            case "lose":
                lines[at] = ""
            case "double":
                lines.insert(at, lines[at])
            case "indent":
                lines[at] = f" {lines[at]}"
            case "tab":
                lines[at] = f"\t{lines[at].lstrip()}"
            case "cut":
                lines[at] = lines[at][:column]
            case _:
                lines[at] = lines[at][:column] + draw(ODD_CHARACTERS) + lines[at][column:]
    return "\n".join(lines)


def check(result: Plan | InvalidSettings) -> None:
    """Every finding is whole, and everything can be shown to people and to machines."""
    assert isinstance(result, Plan) or result.findings
    screen = Console(file=io.StringIO(), width=100)
    for finding in result.findings:
        assert re.fullmatch(r"[A-Z]{3}\d{3}", finding.rule)
        assert finding.path
        assert finding.message
        assert finding.fix
        assert "[key]" not in finding.path
    report.show_findings(screen, result.findings)
    json.loads(report.findings_json(result.findings))
    if isinstance(result, Plan):
        report.show_plan(screen, result)
        json.loads(report.plan_json(result))


@pytest.mark.parametrize("stack", sorted(BLOCKS))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_stack_gives_a_plan_or_findings(stack: str, data: st.DataObject) -> None:
    blocks = data.draw(mutated(stack))
    try:
        result: Plan | InvalidSettings = resolve(parse_settings(blocks), stack)
    except InvalidSettings as error:
        result = error
    check(result)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=scribbled())
def test_any_file_gives_a_plan_or_findings(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("stacks")
    (folder / "Pulumi.mine.yaml").write_text(text, encoding="utf-8")
    try:
        result: Plan | InvalidSettings = resolve(load_stack_file("mine", folder).settings, "mine")
    except InvalidSettings as error:
        result = error
    check(result)
