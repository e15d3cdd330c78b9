"""Which versions go together, release by release."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pydantic import TypeAdapter

from plan.catalog.table import document


@dataclass(frozen=True, kw_only=True, slots=True)
class DynamoRelease:
    """Bounds of one Dynamo release; None is no bound."""

    version: str
    kai_min: str | None = None
    grove_min: str | None = None
    grove_below: str | None = None
    kubernetes_min: str
    graph_versions: tuple[str, ...]
    """Versions of DynamoGraphDeployment that it is known to serve."""
    source: str


def dynamo_release(version: str) -> DynamoRelease | None:
    """The release, where the table has it."""
    return _releases().get(version)


def dynamo_releases() -> tuple[DynamoRelease, ...]:
    """Every release in the table."""
    return tuple(_releases().values())


@cache
def _releases() -> dict[str, DynamoRelease]:
    written = document("compatibility.yaml")
    rows = {version: {"version": version, **_fields(row)} for version, row in written.items()}
    return TypeAdapter(dict[str, DynamoRelease]).validate_python(rows)


def _fields(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("an entry of compatibility.yaml is not a mapping")
    return {str(key): item for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
