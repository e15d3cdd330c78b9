"""What the stand-ins take from the program's own catalogue: pinned charts, zones of machine types.

Imported by nothing but the serving process: the stand-ins themselves do not depend on the plan.
"""

from __future__ import annotations

from plan.catalog.charts import ObjectReference, all_charts
from plan.catalog.zones import offered_zones
from rehearsal.providers.kubernetes.charts import ChartFacts, CustomKind, Object
from rehearsal.providers.kubernetes.scopes import Kind

__all__ = ["charts", "offered_zones"]


def charts() -> tuple[ChartFacts, ...]:
    """Every chart the catalogue pins."""
    return tuple(
        ChartFacts(
            name=chart.name,
            chart=chart.chart,
            version=chart.version,
            kinds=tuple(
                CustomKind(
                    group=custom.group,
                    versions=custom.versions,
                    kind=custom.kind,
                    plural=custom.plural,
                    namespaced=custom.scope == "Namespaced",
                )
                for custom in chart.custom_resources
            ),
            makes=_objects(chart.makes),
            leaves=_objects(chart.leaves),
        )
        for chart in all_charts().values()
    )


def _objects(references: tuple[ObjectReference, ...]) -> tuple[Object, ...]:
    found: list[Object] = []
    for reference in references:
        group, _, version = reference.apiVersion.rpartition("/")
        kind = Kind(group, reference.kind)
        found.append(Object(kind=kind, version=version, name=reference.name))
    return tuple(found)
