"""What the stand-ins take from the program's own catalogue: pinned charts, zones of machine types.

Imported by nothing but the serving process: the stand-ins themselves do not depend on the plan.
"""

from __future__ import annotations

from plan.catalog.charts import all_charts
from plan.catalog.zones import offered_zones
from rehearsal.providers.kubernetes.charts import ChartFacts, CustomKind

__all__ = ["charts", "offered_zones"]


def charts() -> tuple[ChartFacts, ...]:
    """Every chart the catalogue pins."""
    return tuple(
        ChartFacts(
            name=chart.name,
            chart=chart.chart,
            version=chart.version,
            repository=chart.repository,
            kinds=tuple(
                CustomKind(
                    group=custom.group,
                    versions=tuple(custom.versions),
                    kind=custom.kind,
                    plural=custom.plural,
                    namespaced=custom.scope == "Namespaced",
                )
                for custom in chart.custom_resources
            ),
        )
        for chart in all_charts().values()
    )
