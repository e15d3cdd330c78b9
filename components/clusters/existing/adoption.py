"""What stands in an existing cluster against what a plan would make in it. Pure.

Nothing of somebody else's is ever written over: what is there already is adopted where the stack
file says so, with its version, and refused otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from components.clusters.existing.discovery import Node, Release, Standing
from plan.catalog.charts import Chart, all_charts
from plan.clouds.common import SYSTEM_NAMESPACES
from plan.findings import Severity
from plan.model import GPU_RESOURCE, Plan, Pool
from plan.platform import gpu_operator, network_operator
from plan.platform.facts import FEATURE_DISCOVERY
from plan.settings import ExistingSettings

_PATH = "cluster.installed"
_FEATURE_GROUP = "nfd.k8s-sigs.io"
# APIs that many projects bring: their CRDs tell nothing about the layer that brings them too.
_COMMON_GROUPS = frozenset({_FEATURE_GROUP, "k8s.cni.cncf.io"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """Something to be said: an error stops everything before anything is made."""

    severity: Severity
    line: str


def _refused(line: str) -> Remark:
    return Remark(severity=Severity.ERROR, line=line)


def _warned(line: str) -> Remark:
    return Remark(severity=Severity.WARNING, line=line)


def _adopted(line: str) -> Remark:
    return Remark(severity=Severity.NOTE, line=line)


def verdict(plan: Plan, standing: Standing) -> tuple[Remark, ...]:
    """Everything to be said about a plan for this cluster."""
    settings = plan.settings.cluster
    if not isinstance(settings, ExistingSettings):
        raise TypeError(f"not the settings of an existing cluster: {type(settings).__name__}")
    return (
        *_declared(plan, settings, standing),
        *_to_install(plan, standing),
        *_feature_discovery(plan, settings, standing),
        *_graph_namespaces(plan, standing),
        *_storage_classes(plan, standing),
        *_version(settings, standing),
        *_pools(plan, standing),
    )


# Layers ----------------------------------------------------------------------------------------


def _declared(plan: Plan, settings: ExistingSettings, standing: Standing) -> Iterator[Remark]:
    """What the stack file says is installed: is it there, in that version, and not our own?"""
    for name, version in settings.installed.items():
        path = f"{_PATH}.{name}"
        chart = all_charts().get(name)
        found = _releases(standing, _chart_name(chart) if chart else name)
        same = [r for r in found if _same(r.version, version)]
        own = [r for r in found if _owner(r, standing) == plan.stack]
        if own:
            yield _refused(
                f"{path}: {_where(own[0])} is this stack's own, and would be uninstalled; "
                "take the line out"
            )
        elif same:
            yield _adopted(f"{name} {version} is used as it stands: {_where(same[0])}")
            if same[0].status != "deployed":
                yield _warned(
                    f"{path}: {_where(same[0])} is {same[0].status}; see `helm status "
                    f"{same[0].name} -n {same[0].namespace}`"
                )
        elif found:
            there = " and ".join(f"{r.version} ({_where(r)})" for r in found)
            yield _refused(
                f"{path}: {version}, but the cluster has {there}; write the version that is "
                "there, or upgrade it"
            )
        elif kinds := _kinds(name, standing):
            yield _warned(
                f"{path}: used as it stands, but no Helm release says that it is {version}; "
                f"there are only its CRDs ({_some(kinds)})"
            )
        else:
            yield _refused(
                f"{path}: {version}, but nothing of it is in the cluster; take the line out, "
                "and this stack installs it"
            )


def _to_install(plan: Plan, standing: Standing) -> Iterator[Remark]:
    """What this stack installs: is the place free, or ours already?"""
    for layer in plan.layers:
        if layer.chart is None:
            continue
        found = _releases(standing, _chart_name(layer.chart))
        others = [r for r in found if _owner(r, standing) != plan.stack]
        for release in others:
            yield _refused(_stands_already(layer.name, release, _owner(release, standing)))
        if not found:
            yield from _without_release(plan, layer.name, layer.chart, standing)


def _stands_already(layer: str, release: Release, stack: str | None) -> str:
    keep = f"to use it as it is, add `{layer}: {release.version}` under {_PATH}"
    away = f"helm uninstall {release.name} -n {release.namespace}"
    if stack is None:
        return (
            f"{layer}: {release.version} is installed already, {_where(release)}; {keep}; to have "
            f"this stack install its own, take it away first: `{away}`"
        )
    return (
        f"{layer}: {release.version} is installed already by stack {stack!r}, {_where(release)}; "
        f"{keep}; to have this stack install its own, destroy that stack first"
    )


def _without_release(plan: Plan, name: str, chart: Chart, standing: Standing) -> Iterator[Remark]:
    place, kinds = chart.namespace, _kinds(name, standing)
    stack = standing.namespaces.get(place)
    taken = place in standing.namespaces and place not in SYSTEM_NAMESPACES
    if taken and stack not in (None, plan.stack):
        yield _refused(
            f"{name}: its namespace {place} belongs to stack {stack!r}; destroy that stack "
            f"first, or add {name} with its version under {_PATH}"
        )
    elif taken and stack is None and kinds:
        yield _refused(
            f"{name}: it is installed already, not by Helm: there are the namespace {place} "
            f"and CRDs ({_some(kinds)}); to use it as it is, add `{name}: VERSION` with its "
            f"version under {_PATH}; to have this stack install its own, take it away first"
        )
    elif taken and stack is None:
        yield _refused(f"{name}: {_foreign_namespace(place)}")
    elif kinds and not taken:
        # Every uninstall leaves them, our own `destroy` too.
        yield _warned(
            f"{name}: CRDs are there that an earlier installation left ({_some(kinds)}); Helm "
            f"does not renew them: if it was not {chart.version}, delete them before"
        )


def _feature_discovery(
    plan: Plan, settings: ExistingSettings, standing: Standing
) -> Iterator[Remark]:
    """Two of them undo each other's labels (NVIDIA, GPU Operator: Node Feature Discovery)."""
    brings = {gpu_operator.NAME, network_operator.NAME} & {layer.name for layer in plan.layers}
    if brings and FEATURE_DISCOVERY not in settings.installed:
        for release in _releases(standing, FEATURE_DISCOVERY):
            yield _refused(_stands_already(FEATURE_DISCOVERY, release, None))


def _graph_namespaces(plan: Plan, standing: Standing) -> Iterator[Remark]:
    """Namespaces for graphs are made, and deleted, by the stack."""
    wanted = {graph.namespace: f"{graph.path}.namespace" for graph in plan.graphs}
    for name in plan.token_namespaces:
        wanted.setdefault(name, "platform.huggingFace.namespaces")
    for name, path in wanted.items():
        if name in standing.namespaces and standing.namespaces[name] != plan.stack:
            yield _refused(f"{path}: {_foreign_namespace(name, standing.namespaces[name])}")


def _foreign_namespace(name: str, stack: str | None = None) -> str:
    whose = f"belongs to stack {stack!r}" if stack else "is not this stack's"
    return (
        f"the namespace {name} is there already and {whose}; `destroy` would delete it with all "
        "that is in it: use a name of its own, or delete it first if nobody needs it"
    )


# Storage, version, nodes -----------------------------------------------------------------------


def _storage_classes(plan: Plan, standing: Standing) -> Iterator[Remark]:
    wanted = {item.name: item.path for item in plan.storage_classes}
    for claim in plan.claims:
        wanted.setdefault(claim.storage_class, f"{claim.path}.storageClass")
    for name, path in wanted.items():
        if name not in standing.storage_classes:
            yield _refused(
                f"{path}: the cluster has no storage class {name!r}; it has "
                f"{', '.join(sorted(standing.storage_classes)) or 'none'}"
            )


def _version(settings: ExistingSettings, standing: Standing) -> Iterator[Remark]:
    if standing.kubernetes_version != settings.kubernetes_version:
        yield _warned(
            f"cluster.kubernetesVersion: {settings.kubernetes_version}, but the cluster is "
            f"{standing.kubernetes_version}; write what it is, or the plan's checks are for "
            "another one"
        )


def _pools(plan: Plan, standing: Standing) -> Iterator[Remark]:
    """Nodes come and go (autoscalers): too few of them is a warning."""
    for pool in plan.pools:
        nodes = [node for node in standing.nodes if _belongs(node, pool)]
        labels = ", ".join(f"{key}={value}" for key, value in pool.labels.items())
        which = f"with the labels {labels}" if labels else "that takes its pods"
        if len(nodes) < pool.nodes:
            yield _warned(
                f"{pool.path}.nodes: {pool.nodes}, but the cluster has {len(nodes)} ready "
                f"nodes {which}{_repelling(standing, pool)}; pods that find no place stay Pending"
            )
        if pool.has_gpus:
            yield from _gpus(plan, pool, nodes, standing)


def _belongs(node: Node, pool: Pool) -> bool:
    tolerated = {taint.key for taint in pool.taints}
    return node.ready and _labelled(node, pool) and node.repels <= tolerated


def _labelled(node: Node, pool: Pool) -> bool:
    return pool.labels.items() <= node.labels.items()


def _repelling(standing: Standing, pool: Pool) -> str:
    """Taints that the stack file does not name, on nodes that would do otherwise."""
    known = {taint.key for taint in pool.taints}
    keys = {key for node in standing.nodes if _labelled(node, pool) for key in node.repels - known}
    return f" (taints {', '.join(sorted(keys))} keep pods off others)" if keys else ""


def _gpus(plan: Plan, pool: Pool, nodes: Sequence[Node], standing: Standing) -> Iterator[Remark]:
    installing = next((x.chart for x in plan.layers if x.name == gpu_operator.NAME), None)
    ours = installing is not None and any(
        _owner(release, standing) == plan.stack
        for release in _releases(standing, _chart_name(installing))
    )
    offering = [node.name for node in nodes if node.gpus]
    lacking = [node.name for node in nodes if node.gpus < pool.machine.gpus]
    if installing and not ours:
        if offering:
            yield _refused(
                f"{pool.path}: {_some(offering)} offer {GPU_RESOURCE} already, and this stack "
                "would install the GPU Operator, a second owner of driver and device plugin; add "
                f"{gpu_operator.NAME} with its version under {_PATH} if that is what is there, or "
                "take away what offers them"
            )
    elif lacking:
        yield _warned(
            f"{pool.path}: {_some(lacking)} offer fewer than the {pool.machine.gpus} "
            f"{GPU_RESOURCE} of a {pool.machine.name}; see the pods of the GPU Operator there"
        )


# Words and lookups -----------------------------------------------------------------------------


def _releases(standing: Standing, chart: str) -> list[Release]:
    return [release for release in standing.releases if release.chart == chart]


def _owner(release: Release, standing: Standing) -> str | None:
    """The stack that made a release: its namespace says so, or the release where that cannot."""
    return standing.namespaces.get(release.namespace) or release.stack


def _chart_name(chart: Chart) -> str:
    return chart.chart.rpartition("/")[2]


def _kinds(layer: str, standing: Standing) -> list[str]:
    """CRDs of a layer that the cluster has."""
    if layer == FEATURE_DISCOVERY:
        return sorted(x for x in standing.custom_resources if x.endswith(f".{_FEATURE_GROUP}"))
    own = (
        f"{kind.plural}.{kind.group}"
        for kind in all_charts()[layer].custom_resources
        if kind.group not in _COMMON_GROUPS
    )
    return [name for name in own if name in standing.custom_resources]


def _same(found: str, declared: str) -> bool:
    return found.removeprefix("v") == declared.removeprefix("v")


def _where(release: Release) -> str:
    return f"Helm release {release.name} in namespace {release.namespace}"


def _some(names: Sequence[str], shown: int = 2) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more
