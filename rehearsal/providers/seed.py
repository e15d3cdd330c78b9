"""The file that says what the simulated account holds before the program runs."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from rehearsal.providers.world import (
    CapacityBlock,
    CapacityGroup,
    ExistingCluster,
    ExistingNode,
    ExistingRelease,
    Reservation,
    Seed,
)


class _Model(BaseModel):
    model_config = ConfigDict(
        extra="forbid", alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )


class _Block(_Model):
    id: str
    instance_type: str
    zone_id: str
    count: int
    state: str


class _Group(_Model):
    id: str
    machine_type: str
    zone: str
    nodes: int


class _Reservation(_Model):
    name: str
    project: str
    zone: str
    machine_type: str
    count: int
    specific: bool
    active: bool = True


class _Node(_Model):
    name: str
    labels: dict[str, str] = {}
    taints: list[str] = []
    gpus: int = 0


class _Release(_Model):
    name: str
    namespace: str
    chart: str
    version: str
    stack: str = ""


class _Cluster(_Model):
    version: str
    nodes: list[_Node] = []
    storage_classes: list[str] = []
    releases: list[_Release] = []


class _Seed(_Model):
    capacity_blocks: list[_Block] = []
    capacity_groups: list[_Group] = []
    reservations: list[_Reservation] = []
    features: dict[str, str] = {}
    existing: _Cluster | None = None


def read_seed(path: Path | None) -> Seed:
    """The seed in a JSON file; an empty account where there is none."""
    if path is None:
        return Seed()
    found = _Seed.model_validate_json(path.read_text())
    return Seed(
        capacity_blocks=tuple(CapacityBlock(**b.model_dump()) for b in found.capacity_blocks),
        capacity_groups=tuple(CapacityGroup(**g.model_dump()) for g in found.capacity_groups),
        reservations=tuple(Reservation(**r.model_dump()) for r in found.reservations),
        features=found.features,
        existing=_existing(found.existing) if found.existing else None,
    )


def _existing(cluster: _Cluster) -> ExistingCluster:
    return ExistingCluster(
        version=cluster.version,
        nodes=tuple(
            ExistingNode(name=n.name, labels=n.labels, taints=tuple(n.taints), gpus=n.gpus)
            for n in cluster.nodes
        ),
        storage_classes=tuple(cluster.storage_classes),
        releases=tuple(ExistingRelease(**r.model_dump()) for r in cluster.releases),
    )
