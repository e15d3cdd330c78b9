"""What stands before what: the order of `up`, and backwards of `destroy`."""

from __future__ import annotations

import pytest

from tests.contract.conftest import Run
from tests.harness.clouds.every import MAKERS
from tests.harness.clouds.reading import Cloud
from tests.harness.recording import Recording, Registration
from tests.harness.variants import MADE, ON_EKS, Variants

RELEASE = "kubernetes:helm.sh/v3:Release"
JOB = "kubernetes:batch/v1:Job"
GROUP = "aws:eks/nodeGroup:NodeGroup"
ADDON = "aws:eks/addon:Addon"
KINDS = (
    "kubernetes:nvidia.com/v1beta1:DynamoGraphDeployment",
    "kubernetes:nvidia.com/v1alpha1:DynamoGraphDeployment",
)


# Besides layers of the platform, and without volumes of their own.
GOES_WITH_CLUSTER = {
    # One deletion in the place of one a pool, which no disruption budget can hold up.
    "azure-native:containerservice:AgentPool",
    # The driver of the cluster's own file system; the file system itself stays.
    "kubernetes:helm.sh/v3:Release",
}


# The same runs as every other test's, so that they are made once.
of_ours = pytest.mark.parametrize(
    "run", [(name, False) for name in MADE], indirect=True, ids=MADE, scope="session"
)


@pytest.fixture
def cloud(run: Run) -> Cloud:
    return MAKERS[run.plan.settings.cluster.cloud](run.recording)


def graphs(recording: Recording) -> list[Registration]:
    found = [r for r in recording if r.type in KINDS]
    assert found
    return found


def release(recording: Recording, layer: str) -> Registration:
    return recording.one(RELEASE, f"{layer}-release")


def test_a_graph_comes_after_the_whole_platform(run: Run) -> None:
    platform = run.recording.one("gpuclusters:platform:Platform")
    inside = {r.urn for r in run.recording if platform in run.recording.ancestors(r)}
    assert len(inside) > len(run.plan.layers)
    for graph in graphs(run.recording):
        assert inside <= run.recording.before(graph)


@of_ours
def test_a_graph_comes_after_the_nodes_of_its_pools(run: Run, cloud: Cloud) -> None:
    nodes = cloud.nodes()
    for graph, registered in zip(run.plan.graphs, graphs(run.recording), strict=True):
        pools = {component.pool for component in graph.components}
        assert {nodes[pool].resource.urn for pool in pools} <= run.recording.before(registered)


@of_ours
def test_c16_nodes_come_after_their_way_out_and_have_no_other(run: Run, cloud: Cloud) -> None:
    """A node that cannot reach the API or a registry fails its pool after 20 minutes."""
    for nodes in cloud.nodes().values():
        before = run.recording.before(nodes.resource)
        assert cloud.control_plane().urn in before | {nodes.resource.urn}
        assert cloud.way_out() <= before, nodes.resource.name
        assert not nodes.public, nodes.resource.name


@of_ours
def test_c28_what_nodes_need_outlives_them(run: Run, cloud: Cloud) -> None:
    """Rules too: traffic between nodes starts at once, and its failure looks like a hang."""
    for pool, nodes in cloud.nodes().items():
        needed = cloud.rights(pool) - {nodes.resource.urn}
        assert needed <= run.recording.before(nodes.resource), pool


@of_ours
def test_c6_c7_the_platform_waits_for_the_foundation_and_not_for_gpus(
    run: Run, cloud: Cloud
) -> None:
    nodes = cloud.nodes()
    basis = cloud.basis(pool.name for pool in run.plan.pools if not pool.has_gpus)
    gpus = {nodes[pool.name].resource.urn for pool in run.plan.gpu_pools}
    checked = 0
    for layer in run.plan.layers:
        component = _layer(run.recording, layer.name)
        for made in run.recording:
            if made.custom and component in run.recording.ancestors(made):
                before = run.recording.before(made)
                assert basis <= before, made.urn
                assert not gpus & before, f"{made.urn} waits for GPU nodes and does not need them"
                checked += 1
    assert checked > len(run.plan.layers)


@pytest.mark.parametrize("variant", ON_EKS)
def test_nodes_come_after_every_subnet_is_on_its_route_table(
    variant: str, variants: Variants
) -> None:
    """A route is of no use to a subnet that is not yet on its table: the nodes' or the NAT's."""
    recording = variants.recording(variant, False)
    associations = recording.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")
    assert len(associations) == len(recording.of_type("aws:ec2/subnet:Subnet"))
    for group in recording.of_type(GROUP):
        assert {association.urn for association in associations} <= recording.before(group)


@pytest.mark.parametrize("variant", ON_EKS)
def test_add_ons_come_after_nodes_to_run_on(variant: str, variants: Variants) -> None:
    recording = variants.recording(variant, False)
    add_ons = recording.of_type(ADDON)
    classes = {item.name for item in variants.plan(variant).storage_classes}
    fsx = {"aws-fsx-csi-driver"} if "fsx" in classes else set()
    assert {a.get("addonName") for a in add_ons} == fsx | {
        "aws-ebs-csi-driver",
        "coredns",
        "eks-pod-identity-agent",
    }
    system = recording.one(GROUP, "cluster-system-group").urn
    for add_on in add_ons:
        assert system in recording.before(add_on)
    driver = recording.one(ADDON, "cluster-ebs-csi")
    assert recording.one(ADDON, "cluster-pod-identity").urn in recording.before(driver)
    assert recording.one(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "cluster-ebs-AmazonEBSCSIDriverPolicy"
    ).urn in recording.before(driver)


def test_each_layer_comes_after_what_it_requires(run: Run) -> None:
    there = {layer.name for layer in run.plan.layers}
    checked = 0
    for layer in run.plan.layers:
        before = run.recording.before(_layer(run.recording, layer.name))
        for required in set(layer.requires) & there:
            inside = _layer(run.recording, required)
            objects = {r.urn for r in run.recording if inside in run.recording.ancestors(r)}
            assert objects
            assert objects <= before, f"{layer.name} does not wait for all of {required}"
            checked += 1
    assert checked >= 3


def test_layers_that_need_nothing_of_each_other_install_side_by_side(variants: Variants) -> None:
    recording = variants.recording("eks-h100", False)
    plugin, operator = (
        release(recording, n) for n in ("aws-efa-k8s-device-plugin", "gpu-operator")
    )
    assert plugin.urn not in recording.before(operator)
    assert operator.urn not in recording.before(plugin)


def test_kai_is_gated_by_its_own_scheduler(run: Run) -> None:
    kai = release(run.recording, "kai-scheduler")
    (job,) = (job for job in run.recording.of_type(JOB) if job.name == "kai-scheduler-ready")
    assert kai.urn in run.recording.before(job)
    assert kai.get("skipAwait") is True
    (made,) = job.get("spec", "template", "spec", "initContainers")
    (ready,) = job.get("spec", "template", "spec", "containers")
    assert made["args"][:3] == ["wait", "--for=create", "deployment/kai-scheduler-default"]
    assert ready["args"][:3] == ["rollout", "status", "deployment/kai-scheduler-default"]
    assert job.get("metadata", "namespace") == kai.get("namespace") or run.preview
    for later in ("grove", "dynamo-platform"):
        assert job.urn in run.recording.before(release(run.recording, later))


def test_the_gate_may_read_deployments_of_its_namespace_and_no_more(run: Run) -> None:
    rules = run.recording.one("kubernetes:rbac.authorization.k8s.io/v1:Role").get("rules")
    assert rules == [
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "watch"]}
    ]


def test_a_queue_of_ours_comes_after_its_parent_and_before_its_graph(variants: Variants) -> None:
    recording = variants.recording("own-queue", False)
    queue = recording.one("kubernetes:scheduling.run.ai/v2:Queue")
    assert release(recording, "dynamo-platform").urn in recording.before(queue)
    (graph,) = graphs(recording)
    assert queue.urn in recording.before(graph)
    assert graph.get("metadata", "annotations", "nvidia.com/kai-scheduler-queue") == "research"


def test_a_claim_comes_before_the_graph_that_mounts_it(variants: Variants) -> None:
    recording = variants.recording("model-cache", False)
    claims = recording.of_type("kubernetes:core/v1:PersistentVolumeClaim")
    names = {claim.get("metadata", "name") for claim in claims}
    assert names == {"model-cache", "compilation-cache", "perf-cache"}
    (graph,) = graphs(recording)
    for claim in claims:
        assert claim.urn in recording.before(graph)
        assert claim.get("metadata", "namespace") == graph.get("metadata", "namespace")
        # It binds when the first pod mounts it, which comes later.
        assert claim.get("metadata", "annotations") == {"pulumi.com/skipAwait": "true"}


def test_weights_are_there_before_the_graph_that_reads_them(variants: Variants) -> None:
    recording = variants.recording("model-cache", False)
    jobs = [job for job in recording.of_type("kubernetes:batch/v1:Job") if "caches" in job.urn]
    (download,) = jobs
    (graph,) = graphs(recording)
    assert download.urn in recording.before(graph)
    pod = download.get("spec", "template", "spec")
    (container,) = pod["containers"]
    assert "hf download" in " ".join(container["command"])
    assert {"name": "MODEL", "value": "Qwen/Qwen3-0.6B"} in container["env"]


def test_what_is_only_inside_the_cluster_goes_with_it(run: Run) -> None:
    """And what holds volumes does not: it would leave them behind, and be billed."""
    cloud = MAKERS.get(run.plan.settings.cluster.cloud)
    ours = cloud(run.recording).control_plane().urn if cloud else ""
    for layer in run.plan.layers:
        expected = "" if layer.keeps_cloud_resources else ours
        assert _layer(run.recording, layer.name).deleted_with == expected, layer.name
    layers = {_layer(run.recording, layer.name).urn for layer in run.plan.layers}
    others = [r for r in run.recording if r.deleted_with and r.urn not in layers]
    for resource in others:
        assert resource.type in GOES_WITH_CLUSTER, resource.urn
        assert resource.deleted_with == ours


def test_layers_with_volumes_are_known(run: Run) -> None:
    kept = {layer.name for layer in run.plan.layers if layer.keeps_cloud_resources}
    assert kept == {"dynamo-platform", "workspaces"}


def test_a_graph_is_awaited_only_when_it_can_become_ready(run: Run) -> None:
    for graph in graphs(run.recording):
        waits = graph.get("metadata", "annotations").get("pulumi.com/waitFor")
        started = all(pool.starting_nodes for pool in run.plan.pools)
        assert waits == ("condition=Ready" if started else None)
        assert started == (run.variant not in {"not-started", "gke-not-started"})
        assert graph.timeouts.create == "60m"


def _layer(recording: Recording, name: str) -> Registration:
    kinds = ("ChartLayer", "ObjectsLayer", "Workspaces")
    tokens = {f"gpuclusters:platform:{kind}" for kind in kinds}
    (layer,) = [r for r in recording if r.type in tokens and r.name == name]
    return layer
