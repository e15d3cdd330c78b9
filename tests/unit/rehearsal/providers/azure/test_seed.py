"""What a rehearsal may say is there already in a subscription."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from rehearsal.providers.seed import read_seed
from rehearsal.providers.world import CapacityGroup

if TYPE_CHECKING:
    from pathlib import Path


def test_features_and_capacity_groups(tmp_path: Path) -> None:
    file = tmp_path / "seed.json"
    file.write_text(
        '{"features": {"a/b": "Registered"},'
        ' "capacityGroups": [{"id": "/g", "machineType": "s", "zone": "1", "nodes": 2}]}'
    )
    seed = read_seed(file)
    assert seed.features == {"a/b": "Registered"}
    assert seed.capacity_groups == (CapacityGroup(id="/g", machine_type="s", zone="1", nodes=2),)


def test_a_seed_says_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "seed.json"
    file.write_text('{"feature": {}}')
    with pytest.raises(ValidationError, match="feature"):
        read_seed(file)
