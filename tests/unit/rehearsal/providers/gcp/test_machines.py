"""Versions of GKE, and the lowest ones that a machine works with."""

from __future__ import annotations

import pytest

from rehearsal.providers.gcp import machines


@pytest.mark.parametrize(
    ("machine", "version", "missed"),
    [
        ("a3-ultragpu-8g", "1.31.4-gke.1183000", None),
        ("a3-ultragpu-8g", "1.30.99-gke.1", (1, 31, 4, 1183000)),
        ("a3-megagpu-8g", "1.32.11-gke.1174000", None),
        ("a3-megagpu-8g", "1.32.2-gke.1", (1, 32, 11, 1174000)),
        ("a3-megagpu-8g", "1.33.1-gke.1", None),
        ("a3-megagpu-8g", "1.27.99-gke.1", (1, 28, 15, 3163000)),
        ("g2-standard-8", "1.20.1-gke.1", None),
    ],
)
def test_the_lowest_version(machine: str, version: str, missed: machines.Version | None) -> None:
    assert machines.below(version, machines.MACHINES[machine].minimum) == missed


@pytest.mark.parametrize("asked", ["", "1.34", "1.34.1", "1.34.1-gke.5", "1.34."])
def test_what_a_request_resolves_to_can_be_compared(asked: str) -> None:
    resolved = machines.resolved(asked)
    assert resolved.startswith(asked.removesuffix("."))
    assert machines.parse(resolved) is not None


def test_minimums_are_in_order() -> None:
    for machine in machines.MACHINES.values():
        assert sorted(machine.minimum) == list(machine.minimum)
        assert len({row[:2] for row in machine.minimum}) == len(machine.minimum)
