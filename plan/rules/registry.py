"""All rules, and running them."""

from __future__ import annotations

from collections.abc import Sequence

from plan.findings import Finding
from plan.model import Plan
from plan.placement import Shortage
from plan.rules import capacity, fabric, graphs, images, reservations, versions, zones
from plan.rules.rule import Context, Rule

ALL: tuple[Rule, ...] = (
    *capacity.RULES,
    *fabric.RULES,
    *graphs.RULES,
    *images.RULES,
    *reservations.RULES,
    *versions.RULES,
    *zones.RULES,
)


def check(plan: Plan, shortages: Sequence[Shortage]) -> tuple[Finding, ...]:
    """Every finding of every rule, once: workers that share a cause share its finding."""
    context = Context(plan=plan, shortages=shortages)
    return tuple(dict.fromkeys(finding for rule in ALL for finding in rule.findings(context)))
