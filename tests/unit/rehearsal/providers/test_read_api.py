"""The simulated API server of an existing cluster, read."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from components.clusters.existing.discovery import releases_in
from rehearsal.providers.kubernetes import Kubernetes, read_api
from rehearsal.providers.kubernetes.cluster import Cluster
from rehearsal.providers.kubernetes.read_api import ReadApi
from rehearsal.providers.kubernetes.standing import furnish
from rehearsal.providers.values import Json, items, text
from rehearsal.providers.world import ExistingCluster, ExistingRelease, Seed, World
from tests.unit.rehearsal.providers.conftest import CHARTS, Package

SERVER = "http://127.0.0.1:1"
KAI = ExistingRelease(name="kai", namespace="them", chart="kai-scheduler", version="v0.12.0")


@pytest.fixture
def world() -> World:
    return World()


def api(world: World, *releases: ExistingRelease) -> ReadApi:
    seed = ExistingCluster(version="1.34", storage_classes=("standard",), releases=releases)
    cluster = Cluster(world=world, server=SERVER)
    furnish(cluster, seed, CHARTS)
    world.start_cluster(SERVER)
    return ReadApi(cluster=cluster, seed=seed)


def names(answer: Json) -> list[str]:
    return [text(item, "metadata", "name") for item in items(answer, "items")]


def program(world: World) -> Package:
    """The kubernetes provider, as the program uses it on that cluster."""
    kubeconfig = {
        "current-context": "x",
        "contexts": [{"name": "x", "context": {"cluster": "y"}}],
        "clusters": [{"name": "y", "cluster": {"server": SERVER}}],
    }
    return Package(Kubernetes(world, CHARTS), {"kubeconfig": json.dumps(kubeconfig)})


def test_what_the_seed_says_stands_there(world: World) -> None:
    found = api(world, KAI)
    assert names(found.answer("/apis/storage.k8s.io/v1/storageclasses")) == ["standard"]
    assert "them" in names(found.answer("/api/v1/namespaces"))
    crds = found.answer("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
    assert names(crds) == ["queues.scheduling.run.ai"]
    secrets = items(found.answer("/api/v1/secrets"), "items")
    (release,) = releases_in(secret for secret in secrets if isinstance(secret, dict))
    assert (release.name, release.chart, release.version) == ("kai", "kai-scheduler", "v0.12.0")


def test_what_the_program_made_is_seen_with_its_owner(world: World) -> None:
    found, kubernetes = api(world), program(world)
    labels = {"gpu-clusters/stack": "dev"}
    kubernetes.make(
        "kubernetes:core/v1:Namespace", "ns", metadata={"name": "kai", "labels": labels}
    )
    kubernetes.make(
        "kubernetes:helm.sh/v3:Release",
        "release",
        name="kai-scheduler",
        namespace="kai",
        chart="oci://registry.example/kai-scheduler",
        version="v0.13.4",
        description="gpu-clusters/stack=dev",
    )
    secrets = items(found.answer("/api/v1/secrets"), "items")
    (release,) = releases_in(secret for secret in secrets if isinstance(secret, dict))
    assert (release.chart, release.version, release.stack) == ("kai-scheduler", "v0.13.4", "dev")
    namespaces = items(found.answer("/api/v1/namespaces"), "items")
    (ours,) = [n for n in namespaces if text(n, "metadata", "name") == "kai"]
    assert text(ours, "metadata", "labels", "gpu-clusters/stack") == "dev"


def test_what_stood_before_is_not_left_behind_and_what_the_program_made_is(world: World) -> None:
    api(world, KAI)
    assert world.inventory() == []
    program(world).make("kubernetes:core/v1:Namespace", "ns", metadata={"name": "ours"})
    assert [held.name for held in world.inventory()] == ["ns"]


def test_a_program_may_use_what_stands_there(world: World) -> None:
    """An adopted layer's kinds are known; a release of its name is taken."""
    api(world, KAI)
    queue = program(world).make(
        "kubernetes:scheduling.run.ai/v2:Queue", "q", metadata={"name": "research"}
    )
    assert queue.id == "research"


def test_without_an_existing_cluster_nothing_is_served() -> None:
    assert read_api.start(World(), ()) is None


def test_over_http() -> None:
    port = read_api.start(World(Seed(existing=ExistingCluster(version="1.34"))), ())
    assert port is not None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{read_api.address(port)}/version/") as answer:
        assert json.load(answer)["minor"] == "34"
    with pytest.raises(urllib.error.HTTPError) as caught:
        opener.open(f"{read_api.address(port)}/apis/apps/v1/deployments")
    with caught.value as refused:
        assert refused.code == 404
