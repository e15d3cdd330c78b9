"""What stands before what: the order of `up`, and backwards of `destroy`."""

from __future__ import annotations

import pytest

from tests.contract.conftest import Run
from tests.harness.recording import Recording, Registration
from tests.harness.variants import ON_EKS, Variants

RELEASE = "kubernetes:helm.sh/v3:Release"
JOB = "kubernetes:batch/v1:Job"
GROUP = "aws:eks/nodeGroup:NodeGroup"
ADDON = "aws:eks/addon:Addon"
KINDS = (
    "kubernetes:nvidia.com/v1beta1:DynamoGraphDeployment",
    "kubernetes:nvidia.com/v1alpha1:DynamoGraphDeployment",
)


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


@pytest.mark.parametrize("variant", ON_EKS)
def test_a_graph_comes_after_the_nodes_of_its_pools(variant: str, variants: Variants) -> None:
    recording, plan = variants.recording(variant, False), variants.plan(variant)
    for graph, registered in zip(plan.graphs, graphs(recording), strict=True):
        pools = {component.pool for component in graph.components}
        groups = {recording.one(GROUP, f"cluster-{pool}-group").urn for pool in pools}
        assert groups
        assert groups <= recording.before(registered)


@pytest.mark.parametrize("variant", ON_EKS)
def test_nodes_come_after_the_control_plane_and_their_way_out(
    variant: str, variants: Variants
) -> None:
    """A node that cannot reach the API or a registry fails its group after 20 minutes."""
    recording = variants.recording(variant, False)
    needed = {
        recording.one("eks:index:Cluster").urn,
        recording.one("aws:ec2/route:Route", "cluster-network-private-nat").urn,
        recording.one("aws:ec2/natGateway:NatGateway").urn,
        recording.one("aws:ec2/vpcEndpoint:VpcEndpoint").urn,
    }
    for group in recording.of_type(GROUP):
        assert needed <= recording.before(group)


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
def test_nodes_come_after_their_roles_policies(variant: str, variants: Variants) -> None:
    recording = variants.recording(variant, False)
    for group in recording.of_type(GROUP):
        pool = group.name.removesuffix("-group")
        policies = {
            r.urn
            for r in recording.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
            if r.name.startswith(f"{pool}-nodes-")
        }
        assert len(policies) == 4
        assert policies <= recording.before(group)


def test_gpu_nodes_come_after_the_rules_of_the_efa_group(variants: Variants) -> None:
    """Traffic between nodes starts at once, and its failure looks like a hang."""
    recording = variants.recording("eks-h100", False)
    rules = {
        recording.one(
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "cluster-efa-in"
        ).urn,
        recording.one(
            "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "cluster-efa-out"
        ).urn,
    }
    assert rules <= recording.before(recording.one(GROUP, "cluster-gpu-group"))


@pytest.mark.parametrize("variant", ON_EKS)
def test_the_platform_waits_for_system_nodes_dns_and_storage_not_for_gpus(
    variant: str, variants: Variants
) -> None:
    recording = variants.recording(variant, False)
    needed = {
        recording.one(GROUP, "cluster-system-group").urn,
        recording.one(ADDON, "cluster-coredns").urn,
        recording.one(ADDON, "cluster-ebs-csi").urn,
        recording.one("kubernetes:storage.k8s.io/v1:StorageClass", "storage-class-gp3").urn,
    }
    gpu = {g.urn for g in recording.of_type(GROUP) if g.name == "cluster-gpu-group"}
    releases = recording.of_type(RELEASE)
    assert len(releases) >= 3
    for registered in releases:
        before = recording.before(registered)
        assert needed <= before, registered.name
        assert not gpu & before, f"{registered.name} waits for GPU nodes and does not need them"


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
    clusters = run.recording.of_type("eks:index:Cluster")
    ours = clusters[0].urn if clusters else ""
    for layer in run.plan.layers:
        expected = "" if layer.keeps_cloud_resources else ours
        assert _layer(run.recording, layer.name).deleted_with == expected, layer.name
    layers = {_layer(run.recording, layer.name).urn for layer in run.plan.layers}
    others = [r.urn for r in run.recording if r.deleted_with and r.urn not in layers]
    assert not others


def test_layers_with_volumes_are_known(run: Run) -> None:
    kept = {layer.name for layer in run.plan.layers if layer.keeps_cloud_resources}
    assert kept == {"dynamo-platform", "workspaces"}


def test_a_graph_is_awaited_only_when_it_can_become_ready(run: Run) -> None:
    for graph in graphs(run.recording):
        waits = graph.get("metadata", "annotations").get("pulumi.com/waitFor")
        assert waits == (None if run.variant == "not-started" else "condition=Ready")
        assert graph.timeouts.create == "60m"


def _layer(recording: Recording, name: str) -> Registration:
    tokens = ("gpuclusters:platform:ChartLayer", "gpuclusters:platform:Workspaces")
    (layer,) = [r for r in recording if r.type in tokens and r.name == name]
    return layer
