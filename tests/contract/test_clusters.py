"""One suite over every implementation of `KubernetesCluster`.

A test `test_cNN_...` is row CNN of `docs/cluster-contract.md`. No test knows a cloud: what a cloud
writes down in its own way is read by `tests.harness.clouds`.
"""

from __future__ import annotations

import inspect
import json
import re
import typing
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
import yaml

from components.clusters import KubernetesCluster, create_cluster
from plan.clouds.common import POOL_LABEL
from plan.model import Plan
from plan.settings import ClusterSettings, ExistingSettings
from tests.harness import existing
from tests.harness.clouds.every import MAKERS
from tests.harness.clouds.reading import CLASS, VOLUME, Cloud, Nodes, default_classes
from tests.harness.program import ROOT, record
from tests.harness.recording import Recording
from tests.harness.values import at
from tests.harness.variants import ALL, WISHES, Variants, cloud_of

# One stack for each cloud that a stack file may name.
CLOUDS = {"eks": "eks-h100", "aks": "aks-h100", "gke": "gke-h200", "existing": "existing"}
# Those that differ in their cluster.
STACKS = (
    *CLOUDS.values(),
    *("eks-mocker", "aks-mocker", "gke-mocker"),
    *("aks-a100", "gke-l4"),
    *("on-demand", "not-started", "gke-not-started"),
    *WISHES,
    "existing-gpus",
)
OURS = tuple(stack for stack in STACKS if cloud_of(stack) != "existing")


@dataclass(frozen=True, slots=True)
class Made:
    cluster: KubernetesCluster
    recording: Recording
    plan: Plan

    def exported(self, member: str) -> typing.Any:
        """The URN, or the URNs by name, of what a member holds."""
        return self.recording.exports.values[member]

    @property
    def cloud(self) -> Cloud:
        return MAKERS[self.plan.settings.cluster.cloud](self.recording)

    @property
    def brings(self) -> frozenset[str]:
        """Classes that come with the cluster: on somebody else's, all that there are."""
        if isinstance(self.plan.settings.cluster, ExistingSettings):
            return frozenset(item.name for item in self.plan.storage_classes)
        return self.cloud.brings

    @property
    def pools(self) -> list[tuple[typing.Any, Nodes]]:
        """Each pool of the plan with the nodes that the cloud is asked for."""
        nodes = self.cloud.nodes()
        assert set(nodes) == {pool.name for pool in self.plan.pools}
        return [(pool, nodes[pool.name]) for pool in self.plan.pools]

    def inside(self, urns: Iterable[str]) -> set[str]:
        """Resources, and for components all that is in them."""
        wanted = set(urns)
        assert wanted <= set(self.recording.resources)
        return wanted | {
            resource.urn
            for resource in self.recording
            if wanted & {above.urn for above in self.recording.ancestors(resource)}
        }


@cache
def make(stack: str) -> Made:
    """The cluster of a stack, with nothing in it."""
    clusters: list[KubernetesCluster] = []

    def program() -> None:
        cluster = create_cluster(plan)
        clusters.append(cluster)
        pulumi.export("kubeconfig", cluster.kubeconfig)
        pulumi.export("provider", cluster.provider.urn)
        pulumi.export("foundation", [resource.urn for resource in cluster.foundation])
        pulumi.export("storage", {n: resource.urn for n, resource in cluster.storage.items()})
        pulumi.export("node_pools", {n: pool.urn for n, pool in cluster.node_pools.items()})
        if cluster.control_plane is not None:
            pulumi.export("control_plane", cluster.control_plane.urn)

    with TemporaryDirectory() as folder:
        plan = Variants(Path(folder)).plan(stack)
        recording = record(program, stack=stack, preview=False)
    (cluster,) = clusters
    return Made(cluster, recording, plan)


@pytest.fixture(scope="session", params=STACKS)
def made(request: pytest.FixtureRequest) -> Made:
    return make(request.param)


@pytest.fixture(scope="session", params=OURS)
def ours(request: pytest.FixtureRequest) -> Made:
    """Those that are not somebody else's."""
    return make(request.param)


# The suite itself ------------------------------------------------------------------------------


def rows() -> list[tuple[str, str]]:
    """Each row of the contract with the test files it names."""
    text = (ROOT / "docs" / "cluster-contract.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| (C\d+) \|.*\| ([^|]+) \|$", text, flags=re.MULTILINE)
    return [(row, file.strip()) for row, files in table for file in files.split(",")]


def test_the_contract_is_numbered_without_a_gap() -> None:
    numbers = list(dict.fromkeys(row for row, _ in rows()))
    assert numbers == [f"C{number}" for number in range(1, 31)]


@pytest.mark.parametrize(("row", "file"), rows())
def test_every_row_has_a_test_in_the_file_that_it_names(row: str, file: str) -> None:
    if file.startswith("`"):
        assert list((ROOT / file.strip("`")).glob("test_*.py"))
        return
    text = (ROOT / "tests" / "contract" / f"test_{file}.py").read_text(encoding="utf-8")
    named = rf"^def test_(c\d+_)*{row.lower()}_"
    assert re.search(named, text, flags=re.MULTILINE), f"{row} in {file}"


def test_the_suite_covers_every_cloud_a_stack_file_may_name() -> None:
    union = typing.get_args(ClusterSettings)[0]
    clouds = {
        typing.get_args(m.model_fields["cloud"].annotation)[0] for m in typing.get_args(union)
    }
    assert clouds == set(CLOUDS)
    assert clouds - set(MAKERS) == {"existing"}
    assert {cloud: cloud_of(stack) for cloud, stack in CLOUDS.items()} == {c: c for c in clouds}


def test_the_suite_sees_every_kind_of_pool(variants: Variants) -> None:
    """Rows that hold for pools of a kind would hold for none."""
    pools = [(cloud_of(stack), pool) for stack in OURS for pool in variants.plan(stack).pools]
    for cloud in MAKERS:
        own = [pool for of, pool in pools if of == cloud]
        assert {pool.has_gpus for pool in own} == {True, False}
        assert {pool.reservation is None for pool in own} == {True, False}
        assert {pool.fabric.rdma for pool in own} == {True, False}
        assert any(pool.fabric.same_zone for pool in own)
    # A group on Azure holds its capacity as soon as it exists.
    waiting = {cloud for cloud, pool in pools if pool.starting_nodes == 0}
    assert waiting == set(MAKERS) - {"aks"}
    assert set(STACKS) - set(WISHES) <= set(ALL)


def members() -> list[str]:
    return [
        name
        for name, _ in inspect.getmembers(KubernetesCluster, inspect.isdatadescriptor)
        if not name.startswith("_")
    ]


def test_the_contract_stays_small() -> None:
    assert len(members()) == 7, "as the document says, and never more than ten"


def test_every_member_is_there(made: Made) -> None:
    missing = [name for name in members() if not hasattr(made.cluster, name)]
    assert not missing


# Members ---------------------------------------------------------------------------------------


def test_c1_the_name_is_the_plans(made: Made) -> None:
    assert made.cluster.cluster_name == made.plan.name


def test_c1_the_cloud_calls_it_so(ours: Made) -> None:
    assert ours.cloud.name() == ours.plan.name


def test_c2_the_kubeconfig_is_a_secret_that_holds_a_cluster(made: Made) -> None:
    exports = made.recording.exports
    assert exports.is_secret("kubeconfig")
    (found,) = yaml.safe_load(str(exports.values["kubeconfig"]))["clusters"]
    assert re.match(r"https?://.+", found["cluster"]["server"])


def test_c3_a_kubeconfig_of_ours_holds_no_credential(ours: Made) -> None:
    users = json.loads(ours.exported("kubeconfig"))["users"]
    assert users
    for user in users:
        assert set(user["user"]) == {"exec"}
        assert user["user"]["exec"]["command"] in ours.cloud.login


@pytest.mark.parametrize("stack", ["existing", "existing-gpus"])
def test_c3_an_existing_clusters_kubeconfig_is_as_its_owner_wrote_it(stack: str) -> None:
    settings = make(stack).plan.settings.cluster
    assert isinstance(settings, ExistingSettings)
    assert make(stack).exported("kubeconfig") == existing.kubeconfig(settings.context)


def test_c4_the_provider_uses_that_kubeconfig_and_a_stable_identity(made: Made) -> None:
    assert isinstance(made.cluster.provider, kubernetes.Provider)
    registered = made.recording.one("pulumi:providers:kubernetes")
    assert registered.urn == made.exported("provider")
    assert registered.get("kubeconfig") == made.exported("kubeconfig")
    # Without it a new kubeconfig for the same cluster replaces everything inside.
    assert registered.get("clusterIdentifier") == made.plan.name
    settings = made.plan.settings.cluster
    context = settings.context if isinstance(settings, ExistingSettings) else None
    assert registered.get("context") == context


def test_c4_the_provider_belongs_to_the_cluster(made: Made) -> None:
    registered = made.recording.one("pulumi:providers:kubernetes")
    parent = made.recording.resources[registered.parent]
    assert re.fullmatch(r"gpuclusters:\w+:\w+Cluster", parent.type)
    assert parent.get("clusterName") == made.plan.name
    assert not list(made.recording.ancestors(parent))


def test_c5_only_a_cluster_of_ours_has_a_control_plane(made: Made) -> None:
    theirs = isinstance(made.plan.settings.cluster, ExistingSettings)
    assert (made.cluster.control_plane is None) == theirs


def test_c5_it_is_the_clouds_own_resource(ours: Made) -> None:
    registered = ours.recording.resources[ours.exported("control_plane")]
    assert registered.urn == ours.cloud.control_plane().urn
    # The engine takes no component of ours as `deletedWith`.
    assert registered.custom or registered.remote


def test_c6_pods_can_run_once_the_foundation_stands(ours: Made) -> None:
    without_gpus = [pool.name for pool in ours.plan.pools if not pool.has_gpus]
    standing = ours.inside(ours.exported("foundation"))
    before = {urn for s in standing for urn in ours.recording.before(ours.recording.resources[s])}
    assert ours.cloud.basis(without_gpus) <= standing | before


def test_c7_no_gpu_pool_is_in_the_foundation_or_before_it(ours: Made) -> None:
    gpus = {nodes.resource.urn for pool, nodes in ours.pools if pool.has_gpus}
    standing = ours.inside(ours.exported("foundation"))
    assert not gpus & standing
    for urn in standing:
        assert not gpus & ours.recording.before(ours.recording.resources[urn])


def test_c8_storage_is_every_class_that_does_not_come_with_the_cluster(made: Made) -> None:
    wanted = {item.name for item in made.plan.storage_classes} - made.brings
    assert set(made.exported("storage")) == wanted
    classes = {c.get("metadata", "name"): c.urn for c in made.recording.of_type(CLASS)}
    assert set(classes) == wanted
    for name, urn in made.exported("storage").items():
        assert classes[name] in made.inside([urn])


def test_c9_node_pools_are_those_of_the_plan(ours: Made) -> None:
    exported = ours.exported("node_pools")
    assert set(exported) == {pool.name for pool in ours.plan.pools}
    for pool, nodes in ours.pools:
        assert nodes.resource.urn in ours.inside([exported[pool.name]])


# Nodes -----------------------------------------------------------------------------------------


def test_c10_nodes_carry_their_pools_labels(ours: Made) -> None:
    for pool, nodes in ours.pools:
        assert nodes.labels == pool.labels
        assert nodes.labels[POOL_LABEL] == pool.name


def test_c11_nodes_carry_their_pools_taints(ours: Made) -> None:
    for pool, nodes in ours.pools:
        assert nodes.taints == {(taint.key, taint.value, taint.effect) for taint in pool.taints}


@pytest.mark.parametrize("stack", WISHES)
def test_c10_c11_what_the_stack_file_says_arrives(stack: str) -> None:
    nodes = make(stack).cloud.nodes()["gpu"]
    assert nodes.labels == {"tier": "gold", POOL_LABEL: "gpu"}
    assert nodes.taints == {
        ("nvidia.com/gpu", "present", "NoSchedule"),
        ("tier", "gold", "NoExecute"),
        ("spare", "", "PreferNoSchedule"),
    }


def test_c10_c11_an_existing_clusters_nodes_are_as_the_stack_file_says() -> None:
    plan = make("existing-gpus").plan
    (gpu,) = plan.gpu_pools
    assert gpu.labels == {"pool": "gpu"}, "no label that nobody put on them"
    system = plan.pool("system")
    assert system is not None
    assert (system.labels, system.taints) == ({}, ())


def test_c12_a_pool_has_the_nodes_it_starts_with(ours: Made) -> None:
    for pool, nodes in ours.pools:
        assert nodes.count == pool.starting_nodes, pool.name


def test_c13_a_pool_takes_its_own_reservation_or_none(ours: Made) -> None:
    for pool, nodes in ours.pools:
        wanted = pool.reservation.id if pool.reservation else None
        assert nodes.reservation == wanted, pool.name


def test_c14_one_owner_puts_the_driver_on_gpu_nodes(ours: Made) -> None:
    for pool, nodes in ours.pools:
        assert nodes.driver == (pool.driver if pool.has_gpus else None), pool.name


def test_c15_nodes_have_the_adapters_that_their_fabric_counts_on(ours: Made) -> None:
    for pool, nodes in ours.pools:
        assert nodes.adapters == pool.adapters, pool.name
        if not pool.fabric.host_layers:
            # No layer of the platform will make them.
            assert set(pool.fabric.offers(pool.adapters)) <= nodes.networks, pool.name


def test_c17_a_fabric_that_ends_at_the_zone_is_in_one(ours: Made) -> None:
    for pool, nodes in ours.pools:
        assert nodes.zones == pool.zones, pool.name
        if pool.fabric.same_zone:
            assert len(nodes.zones) == 1, pool.name


# Storage ---------------------------------------------------------------------------------------


def test_c18_the_default_class_is_made_or_comes_with_the_cluster(made: Made) -> None:
    default = made.plan.storage_class
    assert default_classes(made.recording) == {default} - made.brings


def test_c19_each_claim_of_a_shared_file_system_has_a_volume_of_its_own(made: Made) -> None:
    volumes = {volume.get("metadata", "name"): volume for volume in made.recording.of_type(VOLUME)}
    claims = [claim for claim in made.plan.claims if claim.volume]
    assert set(volumes) == {claim.volume for claim in claims}
    for claim in claims:
        spec = volumes[str(claim.volume)].get("spec")
        assert spec["storageClassName"] == claim.storage_class
        assert spec["persistentVolumeReclaimPolicy"] == "Retain"
        assert spec["capacity"] == {"storage": claim.size}
        assert spec["accessModes"] == [claim.access_mode]
        owner = spec["claimRef"]
        assert (owner["namespace"], owner["name"]) == (claim.namespace, claim.name)


@pytest.mark.parametrize("cloud", MAKERS)
def test_c19_every_cloud_of_ours_has_such_claims(cloud: str) -> None:
    assert [claim for claim in make(CLOUDS[cloud]).plan.claims if claim.volume]


def test_c20_file_systems_outlive_what_the_cloud_deletes_with_the_cluster(ours: Made) -> None:
    classes = {c.name: c for c in ours.plan.storage_classes if c.name not in ours.brings}
    file_systems = ours.cloud.file_systems()
    assert set(file_systems) == {name for name, item in classes.items() if item.shared}
    for name, file_system in file_systems.items():
        assert not ours.cloud.goes_with_cluster(file_system)
        assert not file_system.deleted_with
        assert file_system.protect == classes[name].protected == (ours.plan.stack in WISHES)


# Guard rails -----------------------------------------------------------------------------------


def test_c22_the_api_is_reached_from_the_named_addresses_and_the_nodes(ours: Made) -> None:
    settings = ours.plan.settings.cluster
    assert not isinstance(settings, ExistingSettings)
    api = ours.cloud.api()
    assert api.cidrs == set(settings.api_allowed_cidrs)
    assert api.nodes


def test_c23_everything_that_takes_tags_carries_them(ours: Made) -> None:
    settings = ours.plan.settings.cluster
    assert not isinstance(settings, ExistingSettings)
    assert bool(settings.tags) == (ours.plan.stack in WISHES)
    wanted = {**settings.tags, ours.cloud.mark: ours.plan.name}
    tagged = 0
    for resource in ours.recording:
        components = not resource.custom and not resource.remote
        if components or resource.is_provider or resource.package == "kubernetes":
            continue
        tags = ours.cloud.tags(resource)
        if tags is not None:
            tagged += 1
            assert wanted.items() <= tags.items(), resource.urn
    assert tagged > len(ours.plan.pools), "the cluster and its pools at least"


def test_c24_pods_have_identities_of_their_own(ours: Made) -> None:
    assert ours.cloud.without_identity() == []


# Deletion --------------------------------------------------------------------------------------


def test_c27_nothing_is_locked_that_the_stack_file_does_not_protect(ours: Made) -> None:
    assert ours.cloud.locks() == []
    kept = {r.urn for r in ours.recording if r.protect or r.retain_on_delete}
    asked = {c.name for c in ours.plan.storage_classes if c.protected}
    assert kept == {ours.cloud.file_systems()[name].urn for name in asked}


def test_c29_reserved_capacity_is_free_before_it_is_asked_for_again(ours: Made) -> None:
    for pool, nodes in ours.pools:
        if pool.reservation:
            assert nodes.resource.delete_before_replace, pool.name


@pytest.mark.parametrize("stack", ["existing", "existing-gpus"])
def test_c30_nothing_of_an_existing_cluster_is_ours_but_a_provider(stack: str) -> None:
    found = make(stack)
    assert {resource.type for resource in found.recording} == {
        "gpuclusters:clusters:ExistingCluster",
        "pulumi:providers:kubernetes",
    }
    for member in ("foundation", "storage", "node_pools"):
        assert not at(found.recording.exports.values, member), member
