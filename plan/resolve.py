"""`resolve`: from settings to the plan, with every finding."""

from __future__ import annotations

from dataclasses import replace

from plan.caches import all_claims, all_downloads
from plan.clouds import resolve_pools, storage_classes
from plan.cost import pool_costs
from plan.findings import Finding, Severity
from plan.graphs import resolve_graphs
from plan.model import Graph, Plan, Pool
from plan.placement import place
from plan.platform import platform_layers
from plan.platform.facts import Facts
from plan.rules import check
from plan.settings import ExistingSettings, Settings

_ORDER = tuple(Severity)


def resolve(settings: Settings, stack: str) -> Plan:
    """Work out everything that follows from the settings. Never raises on bad settings.

    A plan with errors holds as much as could be resolved, for showing; nothing may be made from
    it.
    """
    cluster = settings.cluster
    resolved = tuple(resolve_pools(cluster))
    pools = tuple(item for item in resolved if isinstance(item, Pool))
    classes = storage_classes(cluster, pools)
    in_cluster = tuple(resolve_graphs(settings, pools, classes))
    graphs = tuple(item for item in in_cluster if isinstance(item, Graph))
    placements, shortages = place(graphs, pools)
    facts = Facts(
        platform=settings.platform,
        pools=pools,
        storage_classes=classes,
        installed=cluster.installed if isinstance(cluster, ExistingSettings) else {},
    )
    plan = Plan(
        stack=stack,
        name=cluster.name or stack,
        settings=settings,
        pools=pools,
        storage_class=classes[0].name,
        storage_classes=classes,
        claims=all_claims(graphs),
        downloads=all_downloads(graphs, pools),
        layers=platform_layers(facts),
        queues=settings.platform.queues,
        token_namespaces=_token_namespaces(settings),
        graphs=graphs,
        placements=placements,
        costs=pool_costs(pools),
    )
    unresolved = [item for item in (*resolved, *in_cluster) if isinstance(item, Finding)]
    findings = [*unresolved, *check(plan, shortages)]
    return replace(
        plan, findings=tuple(sorted(findings, key=lambda f: (_ORDER.index(f.severity), f.path)))
    )


def _token_namespaces(settings: Settings) -> tuple[str, ...]:
    token = settings.platform.hugging_face
    if token is None:
        return ()
    if token.namespaces is not None:
        return token.namespaces
    return tuple(sorted({graph.namespace for graph in settings.graphs.values()}))
