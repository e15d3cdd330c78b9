"""A plan against what stands in the cluster: what is adopted, refused, or only said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.clusters.existing.adoption import verdict
from components.clusters.existing.discovery import Node, Release, Standing
from plan.catalog.charts import all_charts
from plan.findings import Severity
from plan.model import Plan
from plan.resolve import resolve
from plan.settings import parse_settings

STACK = "dev"
KAI_CRDS = frozenset({"queues.scheduling.run.ai", "configs.kai.scheduler"})
BUILT_IN = {"default": None, "kube-system": None, "kube-public": None, "kube-node-lease": None}
# No autoscaler, no GPU: a node that takes everything.
NODE = Node(name="node-0", labels={}, repels=frozenset(), ready=True, gpus=0)
BARE = Standing(
    kubernetes_version="1.34",
    namespaces=BUILT_IN,
    releases=(),
    custom_resources=frozenset(),
    storage_classes=frozenset({"standard"}),
    nodes=(NODE,),
)


def plan(cluster: dict[str, Any] | None = None, **graph: Any) -> Plan:
    """Mockers on one node of an existing cluster; `cluster` and `graph` replace parts of it."""
    worker = {"replicas": 1, "cpu": 1, "memory": "1Gi"}
    blocks = {
        "cluster": {
            "cloud": "existing",
            "context": "kind",
            "kubernetesVersion": "1.34",
            "nodePools": {"system": {"machineType": "box", "nodes": 1, "cpu": 8}},
            **(cluster or {}),
        },
        "platform": {"huggingFace": None},
        "graphs": {
            "mock": {
                "backend": "mocker",
                "model": "Qwen/Qwen3-0.6B",
                "pool": "system",
                "workers": {"worker": worker},
                **graph,
            }
        },
    }
    resolved = resolve(parse_settings(blocks), STACK)
    assert not resolved.errors, resolved.errors
    return resolved


def with_gpus(**cluster: Any) -> Plan:
    """Besides, two nodes with GPUs."""
    gpu = {
        "machineType": "g6.12xlarge",
        "machineCloud": "eks",
        "nodes": 2,
        "labels": {"pool": "gpu"},
    }
    system = {"machineType": "box", "nodes": 1, "cpu": 8}
    return plan({"nodePools": {"system": system, "gpu": gpu}, **cluster})


def release(chart: str = "kai-scheduler", version: str = "v0.13.4", **more: Any) -> Release:
    fields: dict[str, Any] = {"name": "theirs", "namespace": "scheduling", "status": "deployed"}
    return Release(chart=chart, version=version, revision=1, **{**fields, **more})


def holding(*releases: Release, stack: str | None = None, **more: Any) -> Standing:
    """A cluster with releases in namespaces of their own, made by a stack or by nobody of us."""
    spaces = {**BUILT_IN, **{r.namespace: stack for r in releases if r.namespace not in BUILT_IN}}
    return replace(BARE, releases=releases, namespaces=spaces, **more)


def said(wanted: Plan, standing: Standing) -> list[tuple[Severity, str]]:
    return [(remark.severity, remark.line) for remark in verdict(wanted, standing)]


def only(severity: Severity, wanted: Plan, standing: Standing) -> str:
    """The one remark there is, of that severity."""
    ((given_severity, line),) = said(wanted, standing)
    assert given_severity is severity, line
    assert not line.endswith(".")
    assert "\n" not in line
    return line


def test_an_empty_cluster_is_free() -> None:
    assert said(plan(), BARE) == []


# Layers to install -----------------------------------------------------------------------------


def test_somebody_elses_release_is_refused_with_both_ways_out() -> None:
    line = only(Severity.ERROR, plan(), holding(release(version="v0.12.1")))
    assert line.startswith("kai-scheduler: v0.12.1 is installed already, Helm release theirs")
    assert "add `kai-scheduler: v0.12.1` under cluster.installed" in line
    assert "`helm uninstall theirs -n scheduling`" in line


def test_a_chart_is_known_by_its_own_name_not_the_layers() -> None:
    line = only(Severity.ERROR, plan(), holding(release("grove-charts", "v0.1.0-alpha.8")))
    assert line.startswith("grove: ")


def test_our_own_release_is_left_to_the_engine() -> None:
    ours = release(namespace="kai-scheduler", name="kai-scheduler")
    assert said(plan(), holding(ours, stack=STACK, custom_resources=KAI_CRDS)) == []


@pytest.mark.parametrize("status", ["failed", "pending-install"])
def test_our_own_release_that_failed_is_ours_too(status: str) -> None:
    assert said(plan(), holding(release(status=status), stack=STACK)) == []


def test_another_stacks_release_is_refused_by_name() -> None:
    line = only(Severity.ERROR, plan(), holding(release(), stack="prod"))
    assert "by stack 'prod'" in line
    assert "destroy that stack first" in line


@pytest.mark.parametrize(("stack", "refused"), [(STACK, False), ("prod", True), (None, True)])
def test_in_kube_system_the_release_itself_says_whose_it_is(
    stack: str | None, refused: bool
) -> None:
    line = said(plan(), holding(release(namespace="kube-system", stack=stack)))
    assert bool(line) is refused


def test_crds_and_a_namespace_without_a_release_are_an_installation() -> None:
    standing = replace(
        BARE, custom_resources=KAI_CRDS, namespaces={**BUILT_IN, "kai-scheduler": None}
    )
    line = only(Severity.ERROR, plan(), standing)
    assert "installed already, not by Helm" in line
    assert "`kai-scheduler: VERSION`" in line


def test_crds_alone_are_what_an_uninstall_leaves() -> None:
    """Our own destroy leaves them too, and the next `up` has to go through."""
    line = only(Severity.WARNING, plan(), replace(BARE, custom_resources=KAI_CRDS))
    assert "an earlier installation left" in line


def test_crds_of_an_api_that_many_bring_tell_nothing() -> None:
    """The GPU Operator brings these, and so does many another."""
    many = frozenset({"nodefeatures.nfd.k8s-sigs.io"})
    assert said(with_gpus(), replace(BARE, custom_resources=many, nodes=gpu_nodes(0, 0))) == []


def test_a_namespace_that_is_not_ours_is_not_taken() -> None:
    standing = replace(BARE, namespaces={**BUILT_IN, "grove-system": None})
    line = only(Severity.ERROR, plan(), standing)
    assert line.startswith("grove: the namespace grove-system is there already")


def test_a_namespace_of_another_stack_is_not_taken() -> None:
    standing = replace(BARE, namespaces={**BUILT_IN, "grove-system": "prod"})
    assert "belongs to stack 'prod'" in only(Severity.ERROR, plan(), standing)


@pytest.mark.parametrize(("owner", "refused"), [(STACK, False), ("prod", True), (None, True)])
def test_a_graph_gets_a_namespace_of_its_own(owner: str | None, refused: bool) -> None:
    standing = replace(BARE, namespaces={**BUILT_IN, "shared": owner})
    lines = said(plan(namespace="shared"), standing)
    assert bool(lines) is refused
    if refused:
        assert lines[0][1].startswith("graphs.mock.namespace: the namespace shared is there")


def test_a_graph_is_never_put_into_a_system_namespace() -> None:
    assert "`destroy` would delete it" in only(Severity.ERROR, plan(namespace="default"), BARE)


def test_everything_in_the_way_is_said_at_once() -> None:
    standing = holding(release(), release("dynamo-platform", "1.1.0", namespace="d", name="d"))
    lines = [line for _, line in said(plan(), replace(standing, storage_classes=frozenset()))]
    assert [line.partition(":")[0] for line in lines] == [
        "kai-scheduler",
        "dynamo-platform",
        "cluster.storageClass",
    ]


# Layers to adopt -------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["v0.13.4", "0.13.4"])
def test_a_declared_release_is_adopted(written: str) -> None:
    wanted = plan({"installed": {"kai-scheduler": written}})
    line = only(Severity.NOTE, wanted, holding(release(), custom_resources=KAI_CRDS))
    assert line.startswith(f"kai-scheduler {written} is used as it stands: Helm release theirs")


def test_another_version_than_the_declared_one_is_refused() -> None:
    wanted = plan({"installed": {"kai-scheduler": "v0.13.5"}})
    line = only(Severity.ERROR, wanted, holding(release()))
    assert line.startswith("cluster.installed.kai-scheduler: v0.13.5, but the cluster has v0.13.4")


def test_a_declared_layer_that_is_not_there_is_refused() -> None:
    line = only(Severity.ERROR, plan({"installed": {"kai-scheduler": "v0.13.4"}}), BARE)
    assert "nothing of it is in the cluster; take the line out" in line


def test_a_declared_layer_of_unknown_version_is_adopted_with_a_warning() -> None:
    wanted = plan({"installed": {"kai-scheduler": "v0.13.4"}})
    standing = replace(
        BARE, custom_resources=KAI_CRDS, namespaces={**BUILT_IN, "kai-scheduler": None}
    )
    assert "no Helm release says that it is v0.13.4" in only(Severity.WARNING, wanted, standing)


def test_a_declared_release_that_failed_is_adopted_with_a_warning() -> None:
    wanted = plan({"installed": {"kai-scheduler": "v0.13.4"}})
    (_, _), (severity, line) = said(wanted, holding(release(status="failed")))
    assert severity is Severity.WARNING
    assert "`helm status theirs -n scheduling`" in line


def test_our_own_release_cannot_be_declared_away() -> None:
    """The plan leaves it out, so the engine would uninstall what is to be adopted."""
    wanted = plan({"installed": {"kai-scheduler": "v0.13.4"}})
    line = only(Severity.ERROR, wanted, holding(release(), stack=STACK))
    assert "is this stack's own, and would be uninstalled" in line


def test_every_layer_can_be_adopted_as_the_catalogue_has_it() -> None:
    charts = [all_charts()[n] for n in ("kai-scheduler", "grove", "dynamo-platform")]
    wanted = plan({"installed": {chart.name: chart.version for chart in charts}})
    found = [
        release(c.chart.rpartition("/")[2], c.version, name=c.name, namespace=c.namespace)
        for c in charts
    ]
    assert {severity for severity, _ in said(wanted, holding(*found))} == {Severity.NOTE}


def test_feature_discovery_of_somebody_else_is_adopted_or_refused() -> None:
    there = holding(release("node-feature-discovery", "0.18.3"), nodes=gpu_nodes(0, 0))
    line = only(Severity.ERROR, with_gpus(), there)
    assert "add `node-feature-discovery: 0.18.3` under cluster.installed" in line
    adopted = with_gpus(installed={"node-feature-discovery": "0.18.3"})
    assert only(Severity.NOTE, adopted, there)
    assert said(plan(), there) == [], "no layer of it brings another"


def test_feature_discovery_without_helm_is_adopted_with_a_warning() -> None:
    wanted = with_gpus(installed={"node-feature-discovery": "0.18.3"})
    crds = frozenset({"nodefeatures.nfd.k8s-sigs.io"})
    standing = replace(BARE, custom_resources=crds, nodes=gpu_nodes(0, 0))
    assert "only its CRDs (nodefeatures" in only(Severity.WARNING, wanted, standing)


# Storage, version, nodes -----------------------------------------------------------------------


def test_a_storage_class_that_is_not_there_is_refused() -> None:
    wanted = plan({"storageClass": "fast", "sharedStorageClass": "shared"})
    lines = [line for _, line in said(wanted, BARE)]
    assert lines == [
        "cluster.storageClass: the cluster has no storage class 'fast'; it has standard",
        "cluster.sharedStorageClass: the cluster has no storage class 'shared'; it has standard",
    ]


def test_a_storage_class_of_a_cache_is_looked_for_too() -> None:
    cache = {"model": {"size": "1Gi", "storageClass": "elsewhere", "accessMode": "ReadWriteOnce"}}
    line = only(Severity.ERROR, plan(caches=cache), BARE)
    assert line.startswith("graphs.mock.caches.model.storageClass: ")


def test_another_kubernetes_than_described_is_a_warning() -> None:
    line = only(Severity.WARNING, plan(), replace(BARE, kubernetes_version="1.33"))
    assert "1.34, but the cluster is 1.33" in line


@pytest.mark.parametrize(
    "node",
    [
        replace(NODE, ready=False),
        replace(NODE, repels=frozenset({"node-role.kubernetes.io/control-plane"})),
    ],
)
def test_nodes_that_take_no_pods_do_not_count(node: Node) -> None:
    line = only(Severity.WARNING, plan(), replace(BARE, nodes=(node,)))
    assert line.startswith("cluster.nodePools.system.nodes: 1, but the cluster has 0 ready nodes")
    assert ("control-plane keep pods off" in line) is bool(node.repels)


def gpu_nodes(*gpus: int) -> tuple[Node, ...]:
    labels = {"pool": "gpu"}
    made = (replace(NODE, name=f"gpu-{n}", labels=labels, gpus=g) for n, g in enumerate(gpus))
    return (NODE, *made)


def test_nodes_are_found_by_their_labels() -> None:
    line = only(Severity.WARNING, with_gpus(), BARE)
    assert "2, but the cluster has 0 ready nodes with the labels pool=gpu" in line


def test_gpus_that_are_not_there_yet_are_what_the_operator_is_for() -> None:
    assert said(with_gpus(), replace(BARE, nodes=gpu_nodes(0, 0))) == []


def test_gpus_that_somebody_offers_already_are_refused() -> None:
    line = only(Severity.ERROR, with_gpus(), replace(BARE, nodes=gpu_nodes(4, 4)))
    assert "gpu-0, gpu-1 offer nvidia.com/gpu already" in line
    assert "add gpu-operator with its version under cluster.installed" in line


def test_gpus_of_our_own_operator_are_right() -> None:
    ours = release("gpu-operator", "v26.3.3", namespace="gpu-operator")
    there = holding(ours, stack=STACK, nodes=gpu_nodes(4, 4))
    assert said(with_gpus(), there) == []


def test_an_adopted_operator_has_to_offer_the_gpus() -> None:
    wanted = with_gpus(installed={"gpu-operator": "v26.3.3"})
    there = holding(release("gpu-operator", "v26.3.3"), nodes=gpu_nodes(4, 3))
    (_, _), (severity, line) = said(wanted, there)
    assert severity is Severity.WARNING
    assert "gpu-1 offer fewer than the 4 nvidia.com/gpu of a g6.12xlarge" in line


@given(
    st.lists(
        st.tuples(
            st.sampled_from([c.chart.rpartition("/")[2] for c in all_charts().values()]),
            st.sampled_from(["0.1.0", "v0.13.4", "1.2.0"]),
            st.sampled_from([STACK, "prod", None]),
        ),
        max_size=6,
    )
)
def test_nothing_of_somebody_elses_is_ever_in_the_way_unsaid(
    found: list[tuple[str, str, str | None]],
) -> None:
    """Whatever stands there: a layer is installed only where no other release of it is."""
    wanted = plan()
    releases = tuple(
        release(chart, version, name=f"r{n}", namespace=f"n{n}")
        for n, (chart, version, _) in enumerate(found)
    )
    spaces = {**BUILT_IN, **{f"n{n}": stack for n, (_, _, stack) in enumerate(found)}}
    standing = replace(BARE, releases=releases, namespaces=spaces)
    refused = {line.partition(":")[0] for sev, line in said(wanted, standing) if sev == "error"}
    installing = {x.chart.chart.rpartition("/")[2]: x.name for x in wanted.layers if x.chart}
    foreign = {installing[c] for c, _, stack in found if stack != STACK and c in installing}
    assert refused == foreign
