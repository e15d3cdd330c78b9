"""Helm charts: what is installed, from where, in which version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from pydantic import TypeAdapter

from plan.catalog.table import document


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomResourceKind:
    """A kind that a chart's CRD brings."""

    group: str
    versions: tuple[str, ...]
    kind: str
    plural: str
    scope: Literal["Namespaced", "Cluster"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectReference:
    """An object a chart makes or leaves; namespaced ones are in the chart's namespace."""

    apiVersion: str  # noqa: N815 - Kubernetes' own word
    kind: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """One pinned chart. `namespace` and `version` are defaults that a stack may replace."""

    name: str
    chart: str
    repository: str | None = None
    version: str
    release_name: str
    namespace: str
    namespace_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    timeout_minutes: int
    wait: bool
    """Whether Helm waits; where not, `ready_deployment` is awaited instead."""
    ready_deployment: str | None = None
    custom_resources: tuple[CustomResourceKind, ...] = ()
    makes: tuple[ObjectReference, ...] = ()
    leaves: tuple[ObjectReference, ...] = ()
    source: str


def chart(name: str) -> Chart:
    """The pinned chart. Raises KeyError for a name the catalogue does not have."""
    return all_charts()[name]


@cache
def all_charts() -> Mapping[str, Chart]:
    """Every chart, by name."""
    written = {
        name: {"name": name, **_fields(fields)} for name, fields in document("charts.yaml").items()
    }
    return TypeAdapter(dict[str, Chart]).validate_python(written)


def _fields(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("an entry of charts.yaml is not a mapping")
    return {str(key): item for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
