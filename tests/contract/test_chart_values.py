"""Every value we give a chart is one that the chart has: Helm ignores a typo without a word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from plan.model import Layer
from tests.harness.data import document
from tests.harness.variants import ALL, Variants

# Folder of the data that holds a chart's own values, where it is not the chart's name.
# Some are of a newer release than our pin (the Network Operator's of 26.4 for 26.1): a value that
# is gone there says so here before the pin moves.
FOLDERS = {"grove": "grove-charts", "dynamo-platform": "dynamo-platform-1.2.0"}


def chart_values(layer: Layer) -> Any:
    return document("charts", FOLDERS.get(layer.name, layer.name), "values.yaml")


def unknown_values(given: object, known: object, path: str = "") -> Iterator[str]:
    """Paths that are set and that the chart does not have, or has as another kind of value."""
    if not isinstance(given, Mapping):
        if isinstance(known, Mapping) and known:
            yield f"{path}: a map in the chart"
        elif known is not None and type(known) is not type(given):
            yield f"{path}: {type(known).__name__} in the chart, {type(given).__name__} given"
        return
    if not isinstance(known, Mapping):
        yield f"{path}: not a map in the chart"
        return
    for key, value in given.items():
        below = f"{path}.{key}".lstrip(".")
        if key in known:
            yield from unknown_values(value, known[key], below)
        else:
            yield f"{below}: not in the chart"


@pytest.mark.parametrize("variant", ALL)
def test_every_layers_values_exist(variant: str, variants: Variants) -> None:
    layers = [layer for layer in variants.plan(variant).layers if layer.chart and layer.values]
    assert len(layers) >= 2
    for layer in layers:
        # No map that we fill is free-form; the first that is gets an allow-list here.
        assert list(unknown_values(layer.values, chart_values(layer))) == [], layer.name


def test_every_chart_with_values_is_checked_here(variants: Variants) -> None:
    checked = {
        layer.name for v in ALL for layer in variants.plan(v).layers if layer.chart and layer.values
    }
    assert {"network-operator", "gpu-operator", "dynamo-platform"} <= checked


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"global": {"groove": {"enabled": True}}}, "global.groove: not in the chart"),
        ({"global": {"grove": True}}, "global.grove: a map in the chart"),
        (
            {"global": {"grove": {"enabled": "true"}}},
            "global.grove.enabled: bool in the chart, str given",
        ),
        (
            {"global": {"grove": {"enabled": {"x": 1}}}},
            "global.grove.enabled: not a map in the chart",
        ),
    ],
)
def test_the_check_itself_refuses(given: object, fault: str) -> None:
    known = document("charts", "dynamo-platform-1.2.0", "values.yaml")
    assert list(unknown_values(given, known)) == [fault]
