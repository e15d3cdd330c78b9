"""Both versions of the custom resource say the same thing."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from components.graphs import v1alpha1, v1beta1
from plan.caches import MODEL_CACHE_PATH
from plan.model import Graph, Plan
from tests.harness.variants import ALL, Variants

EFA = "vpc.amazonaws.com/efa"
GPU = "nvidia.com/gpu"


def beta(plan: Plan, graph: Graph) -> dict[str, Any]:
    return {c["name"]: c for c in v1beta1.spec(graph, plan)["components"]}


def alpha(plan: Plan, graph: Graph) -> dict[str, Any]:
    return dict(v1alpha1.spec(graph, plan)["services"])


def test_gpus_and_interfaces_in_v1beta1(plan: Plan, graph: Graph) -> None:
    main = beta(plan, graph)["prefill"]["podTemplate"]["spec"]["containers"][0]
    asked = {"memory": "128Gi", GPU: "2", EFA: "8"}
    assert main["name"] == "main"
    assert main["resources"] == {"requests": {"cpu": "16", **asked}, "limits": asked}


def test_gpus_and_interfaces_in_v1alpha1(plan: Plan, graph: Graph) -> None:
    asked = {"memory": "128Gi", "gpu": "2", "custom": {EFA: "8"}}
    assert alpha(plan, graph)["prefill"]["resources"] == {
        "requests": {"cpu": "16", **asked},
        "limits": asked,
    }


def test_components_keep_their_order_and_types(plan: Plan, graph: Graph) -> None:
    assert [(c["name"], c["type"], c["replicas"]) for c in beta(plan, graph).values()] == [
        ("Frontend", "frontend", 1),
        ("prefill", "prefill", 6),
        ("decode", "decode", 2),
    ]
    services = alpha(plan, graph)
    assert [
        (name, s["componentType"], s.get("subComponentType")) for name, s in services.items()
    ] == [
        ("Frontend", "frontend", None),
        ("prefill", "worker", "prefill"),
        ("decode", "worker", "decode"),
    ]


def test_a_worker_that_does_both_has_no_half(variants: Variants) -> None:
    plan = variants.plan("multinode")
    (graph,) = plan.graphs
    assert beta(plan, graph)["worker"]["type"] == "worker"
    assert "subComponentType" not in alpha(plan, graph)["worker"]
    for written in (beta(plan, graph), alpha(plan, graph)):
        assert written["worker"]["multinode"] == {"nodeCount": 2}
        assert "multinode" not in written["Frontend"]


def test_the_mocker_is_no_framework_that_the_operator_knows(variants: Variants) -> None:
    plan = variants.plan("eks-mocker")
    (graph,) = plan.graphs
    assert "backendFramework" not in v1beta1.spec(graph, plan)
    assert "backendFramework" not in v1alpha1.spec(graph, plan)


@pytest.mark.parametrize("variant", ALL)
def test_both_versions_say_the_same(variant: str, variants: Variants) -> None:
    plan = variants.plan(variant)
    for graph in plan.graphs:
        old, new = alpha(plan, graph), beta(plan, graph)
        assert list(old) == list(new)
        for name in old:
            service, component = old[name], new[name]
            pod = dict(component["podTemplate"]["spec"])
            extra = dict(service["extraPodSpec"])
            (main,) = pod.pop("containers")
            other = extra.pop("mainContainer")
            assert extra == pod
            assert service["replicas"] == component["replicas"]
            assert service.get("multinode") == component.get("multinode")
            shared = service.get("sharedMemory", {}).get("size")
            assert shared == component.get("sharedMemorySize")
            assert service.get("envs") == main.get("env")
            for key in ("image", "command", "args", "securityContext", "volumeMounts"):
                assert other.get(key) == main.get(key)
            annotations = component["podTemplate"].get("metadata", {}).get("annotations")
            assert service.get("extraPodMetadata", {}).get("annotations") == annotations
            secrets = [source["secretRef"]["name"] for source in main.get("envFrom", [])]
            assert secrets == ([service["envFromSecret"]] if "envFromSecret" in service else [])


def test_caches_are_mounted_and_said(variants: Variants) -> None:
    plan = variants.plan("model-cache")
    (graph,) = plan.graphs
    for component in beta(plan, graph).values():
        pod = component["podTemplate"]["spec"]
        (main,) = pod["containers"]
        assert pod["volumes"] == [
            {"name": name, "persistentVolumeClaim": {"claimName": name}}
            for name in ("model-cache", "compilation-cache")
        ]
        assert main["volumeMounts"] == [
            {"name": "model-cache", "mountPath": MODEL_CACHE_PATH},
            {"name": "compilation-cache", "mountPath": "/home/dynamo/.cache/vllm"},
        ]
        assert {"name": "HF_HOME", "value": MODEL_CACHE_PATH} in main["env"]


def test_the_operator_starts_the_frontend_itself(plan: Plan, graph: Graph) -> None:
    main = beta(plan, graph)["Frontend"]["podTemplate"]["spec"]["containers"][0]
    assert "command" not in main
    assert "args" not in main
    assert "securityContext" not in main


def test_a_pool_that_is_not_there_is_named(plan: Plan, graph: Graph) -> None:
    lost = dataclasses.replace(graph.frontend, pool="gone")
    for write in (v1alpha1.spec, v1beta1.spec):
        with pytest.raises(LookupError, match=r"graphs\.vllm-disagg\.frontend: pool gone"):
            write(dataclasses.replace(graph, frontend=lost), plan)
