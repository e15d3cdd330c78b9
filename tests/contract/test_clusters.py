"""One suite over every implementation of `KubernetesCluster`."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from components.clusters import KubernetesCluster, create_cluster
from plan.model import Plan
from plan.settings import ClusterSettings
from tests.harness.program import record
from tests.harness.recording import Recording
from tests.harness.variants import Variants

# One variant for each cloud that a stack file may name.
CLOUDS = {"eks": "eks-h100", "existing": "existing"}


@dataclass(frozen=True, slots=True)
class Made:
    cluster: KubernetesCluster
    recording: Recording
    plan: Plan


@pytest.fixture(params=CLOUDS)
def made(request: pytest.FixtureRequest, variants: Variants) -> Made:
    plan = variants.plan(CLOUDS[request.param])
    clusters: list[KubernetesCluster] = []

    def program() -> None:
        cluster = create_cluster(plan)
        clusters.append(cluster)
        pulumi.export("kubeconfig", cluster.kubeconfig)
        pulumi.export("provider", cluster.provider.urn)
        pulumi.export("foundation", [resource.urn for resource in cluster.foundation])
        pulumi.export("nodePools", {n: pool.urn for n, pool in cluster.node_pools.items()})
        if cluster.control_plane is not None:
            pulumi.export("controlPlane", cluster.control_plane.urn)

    recording = record(program, preview=False)
    (cluster,) = clusters
    return Made(cluster, recording, plan)


def members() -> list[str]:
    return [
        name
        for name, _ in inspect.getmembers(KubernetesCluster, inspect.isdatadescriptor)
        if not name.startswith("_")
    ]


def test_the_suite_covers_every_cloud_a_stack_file_may_name() -> None:
    union = typing.get_args(ClusterSettings)[0]
    clouds = {
        typing.get_args(m.model_fields["cloud"].annotation)[0] for m in typing.get_args(union)
    }
    assert clouds == set(CLOUDS)


def test_the_contract_stays_small() -> None:
    assert 1 <= len(members()) <= 10


def test_every_member_is_there(made: Made) -> None:
    missing = [name for name in members() if not hasattr(made.cluster, name)]
    assert not missing


def test_the_name_is_the_plans(made: Made) -> None:
    assert made.cluster.cluster_name == made.plan.name


def test_the_kubeconfig_is_a_secret_and_not_empty(made: Made) -> None:
    exports = made.recording.exports
    assert exports.is_secret("kubeconfig")
    assert '"clusters"' in str(exports.values["kubeconfig"])


def test_the_provider_uses_that_kubeconfig_and_a_stable_identity(made: Made) -> None:
    assert isinstance(made.cluster.provider, kubernetes.Provider)
    registered = made.recording.one("pulumi:providers:kubernetes")
    assert registered.urn == made.recording.exports.values["provider"]
    assert registered.get("kubeconfig") == made.recording.exports.values["kubeconfig"]
    # Without it a new kubeconfig for the same cluster replaces everything inside.
    assert registered.get("clusterIdentifier") == made.plan.name


def test_the_provider_belongs_to_the_cluster(made: Made) -> None:
    registered = made.recording.one("pulumi:providers:kubernetes")
    assert made.recording.resources[registered.parent].type in {
        "gpuclusters:clusters:ExistingCluster",
        "gpuclusters:eks:EksCluster",
    }


def test_only_a_cluster_that_is_ours_has_a_control_plane(made: Made) -> None:
    ours = made.plan.settings.cluster.cloud != "existing"
    assert (made.cluster.control_plane is not None) == ours
    if ours:
        urn = made.recording.exports.values["controlPlane"]
        registered = made.recording.resources[str(urn)]
        # The engine takes no component of ours as `deletedWith`.
        assert registered.custom or registered.remote


def test_node_pools_are_those_we_make(made: Made) -> None:
    assert isinstance(made.cluster.node_pools, Mapping)
    ours = made.plan.settings.cluster.cloud != "existing"
    assert set(made.cluster.node_pools) == ({p.name for p in made.plan.pools} if ours else set())


def test_the_foundation_is_registered(made: Made) -> None:
    assert isinstance(made.cluster.foundation, Sequence)
    urns = made.recording.exports.values["foundation"]
    assert isinstance(urns, list)
    assert set(urns) <= set(made.recording.resources)
    assert bool(urns) == (made.plan.settings.cluster.cloud != "existing")


def test_no_gpu_pool_is_in_the_foundation(made: Made) -> None:
    """The platform must not wait for GPU nodes: they may come days later."""
    gpu = (
        {made.cluster.node_pools[p.name] for p in made.plan.gpu_pools}
        if made.cluster.node_pools
        else set()
    )
    assert not gpu & set(made.cluster.foundation)
