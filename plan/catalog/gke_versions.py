"""The GKE versions from which on a machine or an add-on works."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from packaging.version import Version

from plan.catalog.table import rows

LUSTRE_DRIVER = "managed-lustre-driver"
"""The add-on that mounts Managed Lustre. Machines are found by their own names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GkeMinimum:
    """The first version that has a feature, as GKE writes it (`1.32.2-gke.1475000`)."""

    version: str
    sure: bool
    """False where the source says "about"."""
    source: str

    @property
    def minor(self) -> str:
        """Kubernetes minor. A stack file names no patch: a channel's newest is later than these."""
        return ".".join(self.version.split(".")[:2])

    def met_by(self, kubernetes_version: str) -> bool:
        """Whether a cluster of that minor has it."""
        return Version(kubernetes_version) >= Version(self.minor)


def minimum(feature: str) -> GkeMinimum | None:
    """The minimum for a machine type or an add-on; None where none is known."""
    return _minima().get(feature)


@cache
def _minima() -> dict[str, GkeMinimum]:
    return {
        row["feature"]: GkeMinimum(
            version=row["minimum"], sure=row["sure"] == "yes", source=row["source"]
        )
        for row in rows("gke_versions.csv")
    }
