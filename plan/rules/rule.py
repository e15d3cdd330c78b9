"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from plan.findings import Finding, Severity
from plan.model import Plan
from plan.placement import Shortage


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What a rule may look at."""

    plan: Plan
    shortages: Sequence[Shortage]


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One place where a rule is broken. `severity` overrides the rule's own."""

    path: str
    message: str
    fix: str
    severity: Severity | None = None


Check = Callable[[Context], Iterator[Problem]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One named check. `title` says what has to hold, `consequence` what happens otherwise."""

    id: str
    title: str
    severity: Severity
    consequence: str
    source: str
    check: Check

    def findings(self, context: Context) -> Iterator[Finding]:
        for problem in self.check(context):
            yield Finding(
                rule=self.id,
                severity=problem.severity or self.severity,
                path=problem.path,
                message=problem.message,
                fix=problem.fix,
                consequence=self.consequence,
                source=self.source,
            )


def rule(
    id: str,
    title: str,
    *,
    consequence: str,
    source: str,
    severity: Severity = Severity.ERROR,
) -> Callable[[Check], Rule]:
    """Make a rule of a check function."""

    def make(check: Check) -> Rule:
        return Rule(
            id=id,
            title=title,
            severity=severity,
            consequence=consequence,
            source=source,
            check=check,
        )

    return make
