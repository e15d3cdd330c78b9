"""A plan on a terminal, or as JSON."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import cast

from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from plan.cost import NOT_COUNTED
from plan.findings import Finding, Severity
from plan.model import Component, Layer, Plan

# Where no terminal says how wide it is: a log or a pipe.
_PLAIN_WIDTH = 120
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def console(*, stderr: bool = False) -> Console:
    """Where reports go: as wide as the terminal, or as a log can bear."""
    made = Console(stderr=stderr, highlight=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = _PLAIN_WIDTH
    return made


def plan_json(plan: Plan) -> str:
    """The whole plan as a JSON document; `findings` as in `findings_json`."""
    document = {
        "deployable": not plan.errors,
        "known_usd_per_hour": plan.known_usd_per_hour,
        "not_counted": NOT_COUNTED,
        **cast("dict[str, object]", _plain(plan)),
    }
    return json.dumps(document, indent=2)


def findings_json(findings: Sequence[Finding]) -> str:
    """Findings alone, for a stack file that does not even parse."""
    return json.dumps({"findings": _plain(list(findings))}, indent=2)


def show_plan(console: Console, plan: Plan) -> None:
    """The plan for people."""
    cluster = plan.settings.cluster
    region = getattr(cluster, "region", None) or getattr(cluster, "context", "")
    console.print(
        f"[bold]{escape(plan.stack)}[/bold]: {cluster.cloud} {escape(region)}, Kubernetes "
        f"{cluster.kubernetes_version}, cluster {escape(plan.name)}"
    )
    console.print(_pools(plan))
    console.print(_storage(plan))
    if plan.graphs:
        console.print(_graphs(plan))
        console.print(_placement(plan))
    console.print(_layers(plan))
    _show_cost(console, plan)
    console.print()
    show_findings(console, plan.findings)


def show_findings(console: Console, findings: Sequence[Finding]) -> None:
    """Every finding with its fix, and a last line that counts them."""
    for finding in findings:
        colour = _COLOURS[finding.severity]
        console.print(
            f"[{colour}]{finding.severity} {finding.rule}[/{colour}] "
            f"[bold]{escape(finding.path)}[/bold]: {escape(finding.message)}"
        )
        if finding.fix:
            console.print(f"  fix: {escape(finding.fix)}")
        if finding.consequence:
            console.print(f"  [dim]otherwise: {escape(finding.consequence)}[/dim]")
    counts = Counter(finding.severity for finding in findings)
    if not counts:
        console.print("[green]no findings[/green]")
        return
    console.print(
        ", ".join(f"{n} {severity}{'s' if n > 1 else ''}" for severity, n in counts.items())
    )


def _table(title: str, *columns: str) -> Table:
    """A table that breaks a long cell over lines: a name cut short helps nobody."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _row(table: Table, *cells: str) -> None:
    """Cells are text of the user's, in which brackets are no markup."""
    table.add_row(*(escape(cell) for cell in cells))


def _pools(plan: Plan) -> Table:
    table = _table(
        "node pools",
        "pool",
        "machine",
        "nodes",
        "zones",
        "GPUs",
        "fabric",
        "interfaces",
        "capacity",
    )
    for pool in plan.pools:
        machine = pool.machine
        gpus = f"{pool.nodes * machine.gpus} x {machine.gpu_model}" if machine.gpus else "-"
        offered = pool.adapters
        _row(
            table,
            pool.name,
            machine.name,
            str(pool.nodes)
            if pool.starting_nodes == pool.nodes
            else f"{pool.starting_nodes} (later {pool.nodes})",
            " ".join(pool.zones) or "-",
            gpus,
            pool.fabric.name,
            f"{offered} a node" if offered else "-",
            f"{pool.reservation.kind} {pool.reservation.id}" if pool.reservation else "on demand",
        )
    return table


def _storage(plan: Plan) -> Table:
    table = _table("storage", "class", "mounted by", "size", "claims", "on `pulumi destroy`")
    for index, item in enumerate(plan.storage_classes):
        claims = [c for c in plan.claims if c.storage_class == item.name]
        ours = item.file_system_gib is not None
        _row(
            table,
            item.name if index else f"{item.name} (default)",
            "many nodes" if item.shared else "one node",
            f"{item.file_system_gib:.0f} GiB" if ours else "each claim its own",
            ", ".join(f"{c.namespace}/{c.name} {c.size}" for c in claims) or "-",
            "refused: it is protected" if item.protected else "deleted, with its data",
        )
    return table


def _graphs(plan: Plan) -> Table:
    table = _table("graphs", "graph", "component", "pods", "each asks for", "image")
    for graph in plan.graphs:
        for component in graph.components:
            _row(
                table,
                f"{graph.namespace}/{graph.name}",
                component.name,
                _pods(component),
                _asks(component),
                component.image.rpartition("/")[2],
            )
    return table


def _pods(component: Component) -> str:
    if component.nodes == 1:
        return str(component.replicas)
    return f"{component.replicas} x {component.nodes} nodes"


def _asks(component: Component) -> str:
    extended = [f"{count} {name}" for name, count in component.extended_resources.items()]
    return ", ".join([*extended, f"{component.cpu} cpu", component.memory])


def _placement(plan: Plan) -> Table:
    table = _table("where the pods fit", "node", "pods")
    by_node: dict[tuple[str, int], list[str]] = defaultdict(list)
    for placed in plan.placements:
        by_node[placed.pool, placed.node].append(
            f"{placed.pods} x {placed.graph}/{placed.component}"
        )
    for (pool, node), pods in sorted(by_node.items()):
        _row(table, f"{pool}[{node}]", ", ".join(pods))
    return table


def _layers(plan: Plan) -> Table:
    table = _table("platform, in order", "layer", "version", "namespace", "after")
    present = {layer.name for layer in plan.layers}
    for layer in plan.layers:
        _row(
            table,
            layer.name,
            layer.chart.version if layer.chart else "-",
            _namespace(layer, plan),
            ", ".join(name for name in layer.requires if name in present) or "nodes",
        )
    return table


def _namespace(layer: Layer, plan: Plan) -> str:
    if layer.chart:
        return layer.chart.namespace
    if not layer.objects:
        return " ".join(sorted({graph.namespace for graph in plan.graphs}))
    found = (cast("dict[str, str]", item["metadata"]).get("namespace") for item in layer.objects)
    return " ".join(sorted({namespace for namespace in found if namespace})) or "-"


def _show_cost(console: Console, plan: Plan) -> None:
    for cost in plan.costs:
        if cost.price is None or cost.usd_per_hour is None:
            console.print(f"{cost.pool}: price unknown ({escape(cost.note)})")
            continue
        note = f"; {escape(cost.note)}" if cost.note else ""
        console.print(
            f"{cost.pool}: {cost.nodes} x ${cost.price.usd_per_hour:.2f} = "
            f"${cost.usd_per_hour:.2f} an hour ({cost.price.basis}, {cost.price.region}, "
            f"{cost.price.as_of}; {cost.price.source}{note})"
        )
    unknown = any(cost.usd_per_hour is None for cost in plan.costs)
    least = "at least " if unknown else ""
    console.print(
        f"[bold]nodes: {least}${plan.known_usd_per_hour:.2f} an hour[/bold] ({NOT_COUNTED})"
    )


def _plain(value: object) -> object:
    """A value as JSON knows it. What is code, not data, is named by its name."""

    def named(code: object) -> str:
        return str(getattr(code, "__name__", code)).strip("_")

    return to_jsonable_python(value, by_alias=True, fallback=named)
