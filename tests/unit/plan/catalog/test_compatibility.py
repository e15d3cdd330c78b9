"""Which versions go together: bounds parse, and the catalogue's own pins stand inside them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from packaging.version import Version

from plan.catalog import charts, compatibility, images
from plan.catalog.compatibility import DynamoRelease

RELEASES = compatibility.dynamo_releases()


def _version(text: str) -> Version:
    return Version(text.removeprefix("v"))


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.version)
def test_bounds_are_versions_in_order(release: DynamoRelease) -> None:
    assert release.source
    assert _version(release.version) >= Version("1.0.0")
    assert _version(release.kubernetes_min) >= Version("1.20")
    assert release.kai_min is None or _version(release.kai_min)
    if release.grove_min and release.grove_below:
        assert _version(release.grove_min) < _version(release.grove_below)


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.version)
def test_every_release_has_images(release: DynamoRelease) -> None:
    assert release.version in images.releases()


def test_the_pinned_charts_go_together() -> None:
    release = compatibility.dynamo_release(charts.chart("dynamo-platform").version)
    assert release is not None
    assert release.kai_min
    assert release.grove_min
    assert release.grove_below
    assert _version(charts.chart("kai-scheduler").version) >= _version(release.kai_min)
    grove = _version(charts.chart("grove").version)
    assert _version(release.grove_min) <= grove < _version(release.grove_below)


def test_releases_stand_newest_first() -> None:
    versions = [_version(release.version) for release in RELEASES]
    assert all(newer > older for newer, older in pairwise(versions))


def test_a_release_that_was_never_tried_is_not_known() -> None:
    assert compatibility.dynamo_release("0.9.0") is None


def test_bounds_compare_by_number_not_by_text() -> None:
    """`alpha.10` comes after `alpha.8`, which text does not say."""
    release = compatibility.dynamo_release("1.2.0")
    assert release is not None
    assert release.grove_below is not None
    assert _version("v0.1.0-alpha.10") >= _version(release.grove_below)
    assert _version("v0.1.0-alpha.8") < _version(release.grove_below)
