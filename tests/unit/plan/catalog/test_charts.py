"""Charts: pinned, whole, and true to the CRDs that they bring."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from typing import cast

import pytest
import yaml
from packaging.version import Version

from plan.catalog import charts
from plan.catalog.charts import Chart, CustomResourceKind

ALL = charts.all_charts()
KINDS = [
    pytest.param(kind, id=f"{chart.name}-{kind.plural}.{kind.group}")
    for chart in ALL.values()
    for kind in chart.custom_resources
]
DATA = Path(os.environ.get("GPU_CLUSTERS_DATA") or Path(__file__).parents[5] / "shared")
DNS_LABEL = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("dynamo-platform", "1.2.0"),
        ("grove", "v0.1.0-alpha.8"),
        ("kai-scheduler", "v0.13.4"),
        ("gpu-operator", "v26.3.3"),
        ("aws-efa-k8s-device-plugin", "v0.5.30"),
    ],
)
def test_the_pins(name: str, version: str) -> None:
    assert charts.chart(name).version == version


def test_a_chart_that_is_not_pinned_is_an_error() -> None:
    with pytest.raises(KeyError, match="no-such-chart"):
        charts.chart("no-such-chart")


@pytest.mark.parametrize("chart", ALL.values(), ids=lambda chart: chart.name)
def test_a_chart_is_whole(chart: Chart) -> None:
    Version(chart.version.removeprefix("v"))
    assert DNS_LABEL.match(chart.release_name)
    assert len(chart.release_name) <= 53, "Helm's own limit"
    assert DNS_LABEL.match(chart.namespace)
    assert 1 <= chart.timeout_minutes <= 60
    assert chart.source


@pytest.mark.parametrize("chart", ALL.values(), ids=lambda chart: chart.name)
def test_a_reference_is_a_repository_and_a_name_or_a_whole_oci_one(chart: Chart) -> None:
    if chart.repository is None:
        assert chart.chart.startswith("oci://")
    else:
        assert chart.repository.startswith("https://")
        assert "/" not in chart.chart


def test_only_kai_is_not_waited_for_by_helm() -> None:
    """KAI-Scheduler issue 1042: a waiting install is marked failed while everything is ready."""
    assert {chart.name: chart.ready_deployment for chart in ALL.values() if not chart.wait} == {
        "kai-scheduler": "kai-scheduler-default"
    }


def test_no_kind_is_brought_twice_but_feature_discoverys() -> None:
    """Both NVIDIA operators hold Node Feature Discovery; a stack switches one of them off."""
    brought = Counter(
        (kind.group, kind.plural) for chart in ALL.values() for kind in chart.custom_resources
    )
    assert {group for (group, _), count in brought.items() if count > 1} == {"nfd.k8s-sigs.io"}


@pytest.mark.parametrize("chart", ALL.values(), ids=lambda chart: chart.name)
def test_what_hooks_make_is_of_a_kind_that_some_chart_brings(chart: Chart) -> None:
    served = {
        (f"{kind.group}/{version}", kind.kind)
        for other in ALL.values()
        for kind in other.custom_resources
        for version in kind.versions
    }
    for item in chart.makes:
        assert (item.apiVersion, item.kind) in served


def test_the_queues_that_others_count_on() -> None:
    made = {name: [item.name for item in chart.makes] for name, chart in ALL.items()}
    assert made["dynamo-platform"] == ["dynamo-default", "dynamo"]
    assert made["kai-scheduler"] == ["default-parent-queue", "default-queue"]


def test_nats_leaves_its_claim() -> None:
    """The StatefulSet's claim is named after the release, so this breaks when that is renamed."""
    chart = charts.chart("dynamo-platform")
    release = chart.release_name
    assert [(item.kind, item.name) for item in chart.leaves] == [
        ("PersistentVolumeClaim", f"{release}-nats-js-{release}-nats-0")
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_custom_resource_is_that_of_the_crd(kind: CustomResourceKind) -> None:
    folder = DATA / "crds"
    if not folder.is_dir():
        pytest.skip(f"no CRDs in {folder}; set GPU_CLUSTERS_DATA")
    file = folder / f"{kind.plural}.{kind.group}.yaml"
    if not file.is_file():
        pytest.skip(f"{file.name} was not collected")
    # The base loader keeps every scalar as text and knows no tag that a CRD's enum could trip on.
    crd = cast("dict[str, object]", yaml.load(file.read_bytes(), yaml.CBaseLoader))
    spec = cast("dict[str, object]", crd["spec"])
    names = cast("dict[str, object]", spec["names"])
    versions = cast("list[dict[str, str]]", spec["versions"])
    assert kind.group == spec["group"]
    assert kind.kind == names["kind"]
    assert kind.plural == names["plural"]
    assert kind.scope == spec["scope"]
    assert set(kind.versions) == {v["name"] for v in versions if v["served"] == "true"}
