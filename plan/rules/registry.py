"""All rules, and running them."""

from __future__ import annotations

from collections.abc import Sequence

from plan.findings import Finding
from plan.model import Plan
from plan.placement import Shortage
from plan.rules import (
    aks,
    aks_network,
    aks_storage,
    capacity,
    eks_storage,
    existing,
    fabric,
    gke,
    gke_network,
    gke_storage,
    graphs,
    images,
    names,
    pools,
    reservations,
    storage,
    versions,
    zones,
)
from plan.rules.rule import Context, Rule

ALL: tuple[Rule, ...] = (
    *capacity.RULES,
    *existing.RULES,
    *fabric.RULES,
    *graphs.RULES,
    *images.RULES,
    *names.RULES,
    *pools.RULES,
    *reservations.RULES,
    *storage.RULES,
    *versions.RULES,
    *zones.RULES,
    *eks_storage.RULES,
    *aks.RULES,
    *aks_network.RULES,
    *aks_storage.RULES,
    *gke.RULES,
    *gke_network.RULES,
    *gke_storage.RULES,
)


def check(plan: Plan, shortages: Sequence[Shortage]) -> tuple[Finding, ...]:
    """Every finding of every rule, once: workers that share a cause share its finding."""
    context = Context(plan=plan, shortages=shortages)
    return tuple(dict.fromkeys(finding for rule in ALL for finding in rule.findings(context)))
