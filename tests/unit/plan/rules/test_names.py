"""Rules on the stack's own name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.resolve import resolve
from plan.settings import parse_settings
from tests.harness.settings import changed


def broken(stack: str, name: str | None = None) -> set[str]:
    blocks = changed(("cluster.name", name)) if name else changed()
    plan = resolve(parse_settings(blocks), stack)
    return {finding.rule for finding in plan.findings if finding.rule.startswith("NAM")}


@pytest.mark.parametrize(
    ("stack", "rules"),
    [
        ("prod", set[str]()),
        ("a" * 63, set[str]()),
        ("a" * 64, {"NAM001", "NAM002"}),
        ("Prod_1", {"NAM002"}),
        ("-prod", {"NAM001", "NAM002"}),
    ],
)
def test_names_of_stacks(stack: str, rules: set[str]) -> None:
    assert broken(stack) == rules


def test_a_name_of_its_own_frees_the_cluster_from_the_stacks() -> None:
    assert broken("Prod_1", "prod-1") == set()


@given(st.from_regex(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", fullmatch=True))
def test_what_suits_a_cluster_suits_a_label(stack: str) -> None:
    assert broken(stack) == set()
