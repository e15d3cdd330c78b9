"""The file that says what the simulated account holds before the program runs."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from rehearsal.providers.world import CapacityBlock, Seed


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


class _Seed(_Model):
    capacity_blocks: list[_Block] = []
    existing_clusters: list[str] = []


def read_seed(path: Path | None) -> Seed:
    """The seed in a JSON file; an empty account where there is none."""
    if path is None:
        return Seed()
    found = _Seed.model_validate_json(path.read_text())
    return Seed(
        capacity_blocks=tuple(CapacityBlock(**b.model_dump()) for b in found.capacity_blocks),
        existing_clusters=tuple(found.existing_clusters),
    )
