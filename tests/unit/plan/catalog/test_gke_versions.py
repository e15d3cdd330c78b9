"""Minimum GKE versions: for machines of the catalogue, compared by minor."""

from __future__ import annotations

import pytest

from plan.catalog import accelerators, gke_versions
from plan.catalog.gke_versions import LUSTRE_DRIVER
from plan.catalog.table import rows
from plan.fabric import ROCE

FEATURES = [row["feature"] for row in rows("gke_versions.csv")]


@pytest.mark.parametrize("feature", FEATURES)
def test_each_is_a_machine_or_the_driver_and_has_a_source(feature: str) -> None:
    found = gke_versions.minimum(feature)
    assert found is not None
    assert found.source
    assert feature == LUSTRE_DRIVER or accelerators.find("gke", feature)


def test_every_machine_with_roce_that_runs_x86_has_one() -> None:
    machines = [accelerators.find("gke", name) for name in accelerators.names("gke")]
    roce = {m.name for m in machines if m and m.fabric == ROCE.machine_word and m.arch == "x86_64"}
    assert roce
    assert roce <= set(FEATURES)


@pytest.mark.parametrize(
    ("machine", "version", "met"),
    [
        ("a3-ultragpu-8g", "1.30", False),
        ("a3-ultragpu-8g", "1.31", True),
        ("a4-highgpu-8g", "1.31", False),
        ("a4-highgpu-8g", "1.32", True),
        ("a4-highgpu-8g", "1.100", True),  # by number, not by letter
    ],
)
def test_compared_by_minor(machine: str, version: str, met: bool) -> None:
    found = gke_versions.minimum(machine)
    assert found is not None
    assert found.met_by(version) == met


def test_what_is_not_known_has_none() -> None:
    assert gke_versions.minimum("g2-standard-8") is None
