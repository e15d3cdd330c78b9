"""Custom resources we write, against the real CRDs."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from components.graphs import v1alpha1, v1beta1
from plan.caches import MODEL_CACHE_PATH
from plan.settings import QueueSettings
from tests.contract.conftest import Run
from tests.harness.custom_resources import faults
from tests.harness.variants import ALL, MADE, Variants

GRAPHS = "dynamographdeployments.nvidia.com"
QUEUES = "queues.scheduling.run.ai"
WRITERS = {"v1alpha1": v1alpha1.spec, "v1beta1": v1beta1.spec}


@pytest.mark.parametrize("version", WRITERS)
@pytest.mark.parametrize("variant", ALL)
def test_the_server_accepts_every_graph_in_both_versions(
    variant: str, version: str, variants: Variants
) -> None:
    plan = variants.plan(variant)
    assert plan.graphs
    for graph in plan.graphs:
        assert faults(GRAPHS, version, WRITERS[version](graph, plan)) == []


def test_what_is_registered_is_what_was_written(run: Run) -> None:
    """So that the check of the writers is a check of what is sent."""
    for graph in run.plan.graphs:
        version = graph.settings.api_version
        sent = run.recording.one(
            f"kubernetes:nvidia.com/{version}:DynamoGraphDeployment", f"{graph.name}-graph"
        )
        assert sent.get("apiVersion") == f"nvidia.com/{version}"
        assert sent.get("kind") == "DynamoGraphDeployment"
        assert sent.get("metadata", "name") == graph.name
        assert sent.get("metadata", "namespace") == graph.namespace
        assert sent.get("spec") == WRITERS[version](graph, run.plan)


def test_the_server_accepts_a_queue_of_ours(variants: Variants) -> None:
    queue = variants.recording("own-queue", False).one("kubernetes:scheduling.run.ai/v2:Queue")
    assert faults(QUEUES, "v2", queue.get("spec")) == []
    assert queue.get("spec", "parentQueue") == QueueSettings().parent
    assert queue.get("spec", "resources", "gpu") == {"quota": 8, "limit": 16, "overQuotaWeight": 1}
    assert queue.get("metadata", "namespace") is None, "queues belong to the cluster"


# Kinds of layers, and of clusters, that somebody's CRD is behind. The folder's CRDs are of newer
# releases than our pins: the Network Operator's of v26.4.1 for 26.1, NFD's of v0.19.0.
OBJECTS = {
    "NodeFeatureRule": "nodefeaturerules.nfd.k8s-sigs.io",
    "NicClusterPolicy": "nicclusterpolicies.mellanox.com",
}
NETWORKS = {
    "Network": "networks.networking.gke.io",
    "GKENetworkParamSet": "gkenetworkparamsets.networking.gke.io",
}
BUILT_IN = {"ConfigMap", "DaemonSet"}


@pytest.mark.parametrize("variant", ["aks-h100"])
def test_the_server_accepts_the_plain_objects_of_layers(variant: str, variants: Variants) -> None:
    objects = [item for layer in variants.plan(variant).layers for item in layer.objects]
    custom = [item for item in objects if item["kind"] not in BUILT_IN]
    assert {item["kind"] for item in custom} == set(OBJECTS)
    for item in custom:
        version = str(item["apiVersion"]).rpartition("/")[2]
        assert faults(OBJECTS[str(item["kind"])], version, item["spec"]) == [], item["kind"]


@pytest.mark.parametrize("variant", MADE)
def test_no_layer_has_objects_that_are_not_checked(variant: str, variants: Variants) -> None:
    kinds = {i["kind"] for layer in variants.plan(variant).layers for i in layer.objects}
    assert kinds <= BUILT_IN | set(OBJECTS)


def test_what_is_registered_of_layers_is_what_was_written(variants: Variants) -> None:
    recording = variants.recording("aks-h100", False)
    for layer in variants.plan("aks-h100").layers:
        for item in layer.objects:
            name = f"{layer.name}-{str(item['kind']).lower()}"
            (sent,) = [r for r in recording if r.name == name]
            assert (sent.get("apiVersion"), sent.get("kind")) == (item["apiVersion"], item["kind"])
            for part in ("metadata", "spec", "data"):
                assert sent.get(part) == item.get(part), name


@pytest.mark.parametrize("kind", NETWORKS)
def test_the_server_accepts_gkes_network_objects(kind: str, variants: Variants) -> None:
    sent = variants.recording("gke-h200", False).of_type(f"kubernetes:networking.gke.io/v1:{kind}")
    assert len(sent) == 1 + 8, "the second host interface and eight adapters"
    for item in sent:
        assert item.get("metadata", "namespace") is None, "networks belong to the cluster"
        assert faults(NETWORKS[kind], "v1", item.get("spec")) == [], item.name


@pytest.mark.parametrize(
    ("crd", "version", "spec"),
    [
        (OBJECTS["NodeFeatureRule"], "v1alpha1", {"rules": [{"name": "x", "label": {}}]}),
        (OBJECTS["NicClusterPolicy"], "v1alpha1", {"ofedDriver": {"version": 25}}),
        (NETWORKS["Network"], "v1", {"type": "Devices"}),
        (NETWORKS["GKENetworkParamSet"], "v1", {"vpc": "a", "subnet": "b"}),
    ],
)
def test_the_check_refuses_such_objects(crd: str, version: str, spec: object) -> None:
    assert faults(crd, version, spec)


def _broken(spec: Any, change: str) -> Any:
    broken = copy.deepcopy(spec)
    worker = broken["components"][1]
    main = worker["podTemplate"]["spec"]["containers"][0]
    match change:
        case "unknown field":
            worker["bogus"] = 1
        case "unknown field of a pod":
            main["mountPoint"] = "/models"
        case "wrong type":
            worker["replicas"] = "2"
        case "wrong choice":
            worker["type"] = "prefiller"
        case "missing field":
            del worker["name"]
        case "twins":
            main["env"] = [*main["env"], main["env"][0]]
    assert broken != spec
    return broken


@pytest.mark.parametrize(
    "change",
    [
        "unknown field",
        "unknown field of a pod",
        "wrong type",
        "wrong choice",
        "missing field",
        "twins",
    ],
)
def test_the_check_itself_refuses(change: str, variants: Variants) -> None:
    """A validator that accepts everything would make every test above pass."""
    plan = variants.plan("eks-h100")
    (graph,) = plan.graphs
    spec = v1beta1.spec(graph, plan)
    assert faults(GRAPHS, "v1beta1", spec) == []
    assert len(faults(GRAPHS, "v1beta1", _broken(spec, change))) == 1


@pytest.mark.parametrize("version", WRITERS)
def test_a_variable_of_the_users_own_never_stands_twice(version: str, variants: Variants) -> None:
    """The server refuses a pod with two variables of one name."""
    blocks = variants.blocks("model-cache")
    (graph,) = blocks["graphs"].values()
    graph["workers"]["decode"]["env"] = {"HF_HOME": "/elsewhere"}
    plan = variants.resolve(blocks)
    (resolved,) = plan.graphs
    spec = WRITERS[version](resolved, plan)
    assert faults(GRAPHS, version, spec) == []
    assert re.findall(r"'name': 'HF_HOME', 'value': '([^']+)'", str(spec)) == [
        MODEL_CACHE_PATH,  # the frontend
        MODEL_CACHE_PATH,  # prefill
        "/elsewhere",  # decode: what the user says
    ]
