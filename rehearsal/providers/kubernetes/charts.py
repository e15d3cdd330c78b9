"""Which charts exist and what they bring, as far as a cluster without pods can tell."""

from __future__ import annotations

from dataclasses import dataclass

from rehearsal.providers.kubernetes.scopes import Kind
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Props, text


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomKind:
    """A kind that a chart, or the cloud itself, teaches the API server."""

    group: str
    versions: tuple[str, ...]
    kind: str
    plural: str
    namespaced: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Object:
    """An object that a chart makes, in the release's namespace where its kind stands in one."""

    kind: Kind
    version: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ChartFacts:
    """One pinned chart: `makes` goes when the release goes, `leaves` stays in its namespace."""

    name: str
    chart: str
    version: str
    kinds: tuple[CustomKind, ...] = ()
    makes: tuple[Object, ...] = ()
    leaves: tuple[Object, ...] = ()


def pinned(charts: tuple[ChartFacts, ...], inputs: Props) -> ChartFacts:
    """The chart a release names, or what Helm says when a repository has none such."""
    chart, version = text(inputs, "chart"), text(inputs, "version")
    last = chart.rpartition("/")[2].removesuffix(".tgz").removesuffix(f"-{version}")
    known = [c for c in charts if c.chart.rpartition("/")[2].removesuffix(".tgz") in (last, chart)]
    if not known:
        raise Refusal(
            f'chart "{chart}" not found in the repository: the rehearsal knows the charts of the '
            "catalogue only",
            "chart",
        )
    for candidate in known:
        if candidate.version.removeprefix("v") == version.removeprefix("v"):
            return candidate
    versions = ", ".join(c.version for c in known)
    raise Refusal(
        f'chart "{chart}" version "{version}" not found: the catalogue pins {versions}', "version"
    )
