"""Helm releases: pinned, named, in a namespace of ours, and undone when they fail."""

from __future__ import annotations

import pytest

from plan.model import DriverOwner
from tests.contract.conftest import Run
from tests.harness.recording import Registration

RELEASE = "kubernetes:helm.sh/v3:Release"


@pytest.fixture
def releases(run: Run) -> dict[str, Registration]:
    """By layer of the platform."""
    return {
        r.name.removesuffix("-release"): r
        for r in run.recording.of_type(RELEASE)
        if run.recording.resources[r.parent].type == "gpuclusters:platform:ChartLayer"
    }


@pytest.fixture
def drivers(run: Run, releases: dict[str, Registration]) -> list[Registration]:
    """What a cluster brings with its own storage."""
    layers = {release.urn for release in releases.values()}
    return [r for r in run.recording.of_type(RELEASE) if r.urn not in layers]


def test_every_chart_of_the_plan_is_released_once(
    run: Run, releases: dict[str, Registration]
) -> None:
    assert {layer.name for layer in run.plan.layers if layer.chart} == set(releases)


def test_releases_are_as_the_plan_says(run: Run, releases: dict[str, Registration]) -> None:
    for layer in run.plan.layers:
        if layer.chart is None:
            continue
        release = releases[layer.name]
        assert release.get("chart") == layer.chart.chart
        assert release.get("version") == layer.chart.version
        assert release.get("name") == layer.chart.release_name
        assert release.get("timeout") == layer.chart.timeout_minutes * 60
        assert (release.get("values") or {}) == layer.values
        assert release.get("repositoryOpts", "repo") == layer.chart.repository
        # An OCI reference stands alone; a chart's name needs its repository.
        assert str(release.get("chart")).startswith("oci://") != bool(layer.chart.repository)


def test_c14_the_gpu_operator_is_there_for_drivers_that_are_not_the_clouds(
    run: Run, releases: dict[str, Registration]
) -> None:
    owners = {pool.driver for pool in run.plan.gpu_pools}
    operator = releases.get("gpu-operator")
    assert (operator is not None) == bool(owners - {DriverOwner.CLOUD})
    if operator is not None:
        brings = DriverOwner.OPERATOR in owners
        assert operator.get("values", "driver", "enabled") is brings
        assert operator.get("values", "toolkit", "enabled") is brings


def test_a_cluster_releases_no_chart_but_its_drivers(run: Run, drivers: list[Registration]) -> None:
    lustre = any(c.name == "azurelustre-static" for c in run.plan.storage_classes)
    assert [driver.get("name") for driver in drivers] == (["azurelustre"] if lustre else [])
    for driver in drivers:
        assert driver.get("atomic") is True
        assert driver.delete_before_replace
        assert not driver.get("createNamespace")


def test_versions_are_exact(releases: dict[str, Registration], drivers: list[Registration]) -> None:
    for release in (*releases.values(), *drivers):
        assert not set(str(release.get("version"))) & set("*^~<>x "), release.name


def test_only_kai_is_not_awaited(releases: dict[str, Registration]) -> None:
    for name, release in releases.items():
        waits = name != "kai-scheduler"
        assert (release.get("atomic"), release.get("skipAwait")) == (waits, not waits), name


def test_a_fixed_name_is_replaced_by_deleting_first(releases: dict[str, Registration]) -> None:
    for release in releases.values():
        assert release.delete_before_replace, release.name
        assert not release.get("createNamespace")


def test_namespaces_are_ours_and_outlive_their_releases(
    run: Run, releases: dict[str, Registration]
) -> None:
    """What an uninstall leaves, such as the claim of NATS, goes with the namespace."""
    made = {
        r.get("metadata", "name"): r for r in run.recording.of_type("kubernetes:core/v1:Namespace")
    }
    for layer in run.plan.layers:
        if layer.chart is None or layer.chart.namespace == "kube-system":
            continue
        namespace = made.pop(layer.chart.namespace)
        assert namespace.urn in run.recording.before(releases[layer.name])
    # The rest are those of graphs and tokens, each once.
    graphs = {graph.namespace for graph in run.plan.graphs}
    assert set(made) == graphs | set(run.plan.token_namespaces)


def test_nobody_makes_a_system_namespace(run: Run) -> None:
    made = {
        r.get("metadata", "name") for r in run.recording.of_type("kubernetes:core/v1:Namespace")
    }
    assert made
    assert not made & {"default", "kube-system", "kube-public", "kube-node-lease"}
