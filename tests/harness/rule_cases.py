"""Stacks that break a rule and stacks that just hold, as data, and what both have to show."""

from __future__ import annotations

from typing import Any, NamedTuple

from plan.findings import Severity
from plan.model import Plan

Changes = tuple[tuple[str, Any], ...]


class Broken(NamedTuple):
    """A rule, the changes that break it, where the finding points and a word it says."""

    rule: str
    changes: Changes
    path: str
    says: str
    severity: Severity = Severity.ERROR


class Holds(NamedTuple):
    """A rule, what brings a stack to its edge, and which other rules that breaks."""

    rule: str
    why: str
    changes: Changes = ()
    breaks: tuple[str, ...] = ()


def case_id(case: Broken | Holds) -> str:
    """A name for pytest."""
    words = case.why if isinstance(case, Holds) else case.says
    return f"{case.rule}-{words.replace(' ', '-')}"


def assert_broken(case: Broken, plan: Plan) -> None:
    """Said once, where and how the case says, with a way out."""
    findings = [f for f in plan.findings if f.rule == case.rule]
    said = [(f.path, f.severity) for f in findings if case.says in f.message]
    assert said.count((case.path, case.severity)) == 1, plan.findings
    assert all(f.fix and f.consequence and f.source for f in findings)


def assert_holds(case: Holds, plan: Plan) -> None:
    """Nothing but what the case names."""
    assert case.rule not in case.breaks
    assert {finding.rule for finding in plan.findings} == set(case.breaks)
