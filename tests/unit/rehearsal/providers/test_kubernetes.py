"""What an API server and Helm refuse, and what they leave behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.providers.aws import kinds
from rehearsal.providers.standin import Made, Refusal
from rehearsal.providers.values import get, text

if TYPE_CHECKING:
    from tests.unit.rehearsal.providers.conftest import Account, Package

EXISTING = "https://existing:6443"
NAMESPACE = "kubernetes:core/v1:Namespace"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
SERVICE = "kubernetes:core/v1:Service"
RELEASE = "kubernetes:helm.sh/v3:Release"
QUEUE = "kubernetes:scheduling.run.ai/v2:Queue"
GRAPH = "kubernetes:nvidia.com/v1beta1:DynamoGraphDeployment"
STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"


@pytest.fixture
def cluster(account: Account) -> Package:
    return account.kubernetes(EXISTING)


def namespace(cluster: Package, name: str) -> Made:
    return cluster.make(NAMESPACE, name, metadata={"name": name})


def kai(cluster: Package, **more: Any) -> Made:
    asked = {"chart": "kai-scheduler", "version": "v0.13.4", "namespace": "kai", "name": "kai"}
    return cluster.make(RELEASE, "kai", **{**asked, **more})


def dynamo(cluster: Package) -> Made:
    return cluster.make(
        RELEASE,
        "dynamo",
        chart="dynamo-platform",
        version="1.2.0",
        namespace="dynamo-system",
        name="dynamo-platform",
    )


def test_nobody_answers_where_no_cluster_is(account: Account) -> None:
    with pytest.raises(Refusal, match="connection refused"):
        namespace(account.kubernetes("https://nowhere"), "a")


def test_names_are_made_up_once(cluster: Package) -> None:
    subject = cluster.subject(NAMESPACE, "ns")
    first = cluster.stand_in.check(subject, {"kind": "Namespace"}, None, b"one")
    again = cluster.stand_in.check(subject, {"kind": "Namespace"}, first, b"two")
    assert text(first, "metadata", "name").startswith("ns-")
    assert again == first


def test_a_namespace_must_be_there_first(cluster: Package) -> None:
    with pytest.raises(Refusal, match='namespaces "a" not found'):
        cluster.make(CONFIG_MAP, "m", metadata={"name": "m", "namespace": "a"})
    cluster.make(CONFIG_MAP, "m", metadata={"name": "m", "namespace": "kube-system"})
    made = cluster.make(CONFIG_MAP, "m", metadata={"name": "m"})
    assert made.id == "default/m"


def test_an_object_exists_once(cluster: Package) -> None:
    namespace(cluster, "a")
    with pytest.raises(Refusal, match='Namespace "a" already exists'):
        namespace(cluster, "a")


def test_a_custom_resource_needs_its_definition(cluster: Package) -> None:
    with pytest.raises(
        Refusal, match=r'no matches for kind "Queue" in version "scheduling\.run\.ai/v2"'
    ):
        cluster.make(QUEUE, "q", metadata={"name": "q"})
    release = kai(cluster, createNamespace=True)
    queue = cluster.make(QUEUE, "q", metadata={"name": "q"})
    assert queue.id == "q"
    with pytest.raises(Refusal, match="no matches"):
        cluster.make("kubernetes:scheduling.run.ai/v9:Queue", "q", metadata={"name": "r"})
    cluster.remove(RELEASE, release)
    cluster.make(QUEUE, "r", metadata={"name": "r"})  # Helm leaves the definitions


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"chart": "unheard-of"}, "not found in the repository"),
        ({"version": "v0.1.0"}, "the catalogue pins v0.13.4"),
        ({"namespace": "missing"}, 'namespaces "missing" not found'),
    ],
)
def test_releases_that_helm_refuses(cluster: Package, more: dict[str, Any], reason: str) -> None:
    namespace(cluster, "kai")
    with pytest.raises(Refusal, match=reason):
        kai(cluster, **more)


def test_a_release_name_is_used_once(cluster: Package) -> None:
    namespace(cluster, "kai")
    kai(cluster)
    with pytest.raises(Refusal, match="cannot re-use a name that is still in use"):
        kai(cluster)


def test_a_failed_install_takes_back_what_it_made(account: Account, cluster: Package) -> None:
    namespace(cluster, "kai")
    cluster.make(
        "kubernetes:apps/v1:Deployment", "d", metadata={"name": "kai-operator", "namespace": "kai"}
    )
    with pytest.raises(Refusal, match="invalid ownership metadata"):
        kai(cluster)
    assert not [h for h in account.world.inventory() if h.type == "Release.helm.sh"]


def test_the_same_chart_by_its_other_names(cluster: Package) -> None:
    namespace(cluster, "kai")
    kai(cluster, chart="oci://ghcr.io/kai-scheduler/kai-scheduler/kai-scheduler")
    namespace(cluster, "dynamo-system")
    cluster.make(
        RELEASE,
        "dynamo",
        chart="https://example.invalid/charts/dynamo-platform-1.2.0.tgz",
        version="1.2.0",
        namespace="dynamo-system",
        name="d",
    )


def test_a_graph_is_let_go_by_its_operator_only(cluster: Package) -> None:
    namespace(cluster, "dynamo-system")
    release = dynamo(cluster)
    graph = cluster.make(GRAPH, "g", metadata={"name": "g", "namespace": "dynamo-system"})
    cluster.remove(RELEASE, release)
    with pytest.raises(Refusal, match=r"preventing deletion \(nvidia\.com/finalizer\)"):
        cluster.remove(GRAPH, graph)
    dynamo(cluster)  # takes up the claim that the first one left
    cluster.remove(GRAPH, graph)


def test_a_namespace_takes_along_what_charts_left_but_not_what_the_program_made(
    account: Account, cluster: Package
) -> None:
    home = namespace(cluster, "dynamo-system")
    release = dynamo(cluster)
    with pytest.raises(Refusal, match="simulated: namespace dynamo-system still holds"):
        cluster.remove(NAMESPACE, home)
    cluster.remove(RELEASE, release)
    left = [held.id for held in account.world.inventory()]
    assert "dynamo-system/nats-0" in left
    cluster.remove(NAMESPACE, home)
    assert [h.type for h in account.world.inventory()] == [
        "CustomResourceDefinition.apiextensions.k8s.io"
    ]


def test_objects_die_with_their_cluster_and_leave_volumes(account: Account) -> None:
    _, subnets = account.network()
    made = account.cluster(subnets)
    inside = account.kubernetes(text(made.outputs, "endpoint"))
    inside.make(CLAIM, "data", metadata={"name": "data"}, spec={"storageClassName": "gp3"})
    inside.make(SERVICE, "front", metadata={"name": "front"}, spec={"type": "LoadBalancer"})
    inside.make(CONFIG_MAP, "m", metadata={"name": "m"})
    account.aws.remove(kinds.CLUSTER, made)
    leaked = {(h.type, h.id) for h in account.world.inventory() if h.package == "cloud"}
    assert leaked == {("leaked volume", "default/data"), ("leaked load balancer", "default/front")}
    with pytest.raises(Refusal, match="connection refused"):
        inside.make(CONFIG_MAP, "n", metadata={"name": "n"})


def test_an_unreachable_cluster_may_be_given_up(account: Account) -> None:
    gone = account.kubernetes("https://gone")
    made = Made(id="default/m", inputs={}, outputs={})
    with pytest.raises(Refusal, match="connection refused"):
        gone.remove(CONFIG_MAP, made)
    gone.config["deleteUnreachable"] = "true"
    gone.remove(CONFIG_MAP, made)
    assert gone.stand_in.read(gone.subject(CONFIG_MAP, "m"), made.id) is None


@pytest.mark.parametrize(
    ("type", "old", "new", "replaced"),
    [
        (NAMESPACE, {"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}, True),
        (NAMESPACE, {"metadata": {"labels": {"a": "1"}}}, {"metadata": {"labels": {}}}, False),
        (
            "kubernetes:batch/v1:Job",
            {"spec": {"template": {"x": 1}}},
            {"spec": {"template": {"x": 2}}},
            True,
        ),
        (STORAGE_CLASS, {"parameters": {"type": "gp2"}}, {"parameters": {"type": "gp3"}}, True),
        (RELEASE, {"values": {"a": 1}}, {"values": {"a": 2}}, False),
        (RELEASE, {"name": "a"}, {"name": "b"}, True),
        (GRAPH, {"spec": {"a": 1}}, {"spec": {"a": 2}}, False),
    ],
)
def test_what_replaces_and_what_updates(
    cluster: Package, type: str, old: dict[str, Any], new: dict[str, Any], replaced: bool
) -> None:
    difference = cluster.stand_in.diff(cluster.subject(type, "x"), old, new)
    assert [*difference.changed.values()] == [replaced]


def test_a_storage_class_keeps_its_reclaim_policy(cluster: Package) -> None:
    made = cluster.make(
        STORAGE_CLASS, "s", metadata={"name": "s"}, provisioner="p", reclaimPolicy="Delete"
    )
    with pytest.raises(Refusal, match="updates to reclaimPolicy are forbidden"):
        cluster.change(STORAGE_CLASS, made, reclaimPolicy="Retain")


def test_patches_need_something_to_patch(cluster: Package) -> None:
    patch = "kubernetes:apps/v1:DaemonSetPatch"
    cluster.make(patch, "p", metadata={"name": "aws-node", "namespace": "kube-system"})
    with pytest.raises(Refusal, match="nothing to patch"):
        cluster.make(patch, "q", metadata={"name": "other", "namespace": "kube-system"})


def test_a_release_counts_its_revisions(cluster: Package) -> None:
    namespace(cluster, "kai")
    release = kai(cluster)
    assert get(release.outputs, "status", "status") == "deployed"
    changed = cluster.change(RELEASE, release, values={"a": 1})
    assert get(changed.outputs, "status", "revision") == 2
