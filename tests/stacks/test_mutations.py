"""Any stack file gives a plan or findings, never a traceback."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plan import report
from plan.model import Plan
from plan.resolve import resolve
from plan.settings import InvalidSettings, load_stack_file, parse_settings
from plan.settings.loader import PROJECT, stack_names

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        ["", "eks", "existing", "10.0.0.0/8", "1.99", "999Ei", "use1-az1", "p5e.48xlarge"]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


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


BLOCKS = {stack: blocks_of(stack) for stack in stack_names()}


@st.composite
def mutated(draw: st.DrawFn, stack: str) -> dict[str, Any]:
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


@pytest.mark.parametrize("stack", stack_names())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_stack_file_gives_a_plan_or_findings(stack: str, data: st.DataObject) -> None:
    blocks = data.draw(mutated(stack))
    try:
        result: Plan | InvalidSettings = resolve(parse_settings(blocks), stack)
    except InvalidSettings as error:
        result = error
        assert result.findings
    for finding in result.findings:
        assert finding.path
        assert finding.message
        assert str(finding)
    if isinstance(result, Plan):
        report.plan_json(result)
