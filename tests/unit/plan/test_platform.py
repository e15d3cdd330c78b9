"""Layers: which are there, in which order, with which values."""

from __future__ import annotations

from typing import Any

import pytest

from plan.model import Layer
from tests.harness.settings import plan_of

CPU_ONLY = (
    ("cluster.nodePools", {"system": {"machineType": "m7i.4xlarge", "nodes": 3}}),
    (
        "graphs",
        {
            "m": {
                "backend": "mocker",
                "model": "x",
                "pool": "system",
                "workers": {"worker": {"replicas": 1}},
            }
        },
    ),
)


def layers(*changes: tuple[str, Any]) -> dict[str, Layer]:
    return {layer.name: layer for layer in plan_of(*changes).layers}


@pytest.mark.parametrize("changes", [(), CPU_ONLY])
def test_each_layer_stands_after_what_it_requires(changes: tuple[tuple[str, Any], ...]) -> None:
    done: set[str] = set()
    found = layers(*changes)
    for layer in found.values():
        assert {name for name in layer.requires if name in found} <= done
        done.add(layer.name)


def test_a_stack_without_gpus_has_no_gpu_layers() -> None:
    found = layers(*CPU_ONLY)
    assert not {"gpu-operator", "aws-efa-k8s-device-plugin"} & found.keys()
    # Without the GPU Operator the class does not exist, and KAI would give it to every GPU pod.
    assert found["kai-scheduler"].values == {"admission": {"gpuPodRuntimeClassName": ""}}


def test_the_driver_has_one_owner() -> None:
    owned_by_image = layers()["gpu-operator"].values
    assert owned_by_image["driver"] == owned_by_image["toolkit"] == {"enabled": False}
    unknown = ("cluster.nodePools.gpu.amiType", "SOMETHING_NEW")
    assert layers(unknown)["gpu-operator"].values["driver"] == {"enabled": True}


def test_agents_tolerate_every_gpu_pool() -> None:
    taints = [{"key": "team", "value": "a", "effect": "NoExecute"}]
    found = layers(("cluster.nodePools.gpu.taints", taints))
    expected = [{"key": "team", "operator": "Exists", "effect": "NoExecute"}]
    assert found["aws-efa-k8s-device-plugin"].values["tolerations"] == expected
    assert found["gpu-operator"].values["daemonsets"] == {"tolerations": expected}


def test_one_version_drives_the_chart() -> None:
    found = layers(("platform.versions", {"dynamo": "1.2.1"}), ("platform.namespace", "mine"))
    chart = found["dynamo-platform"].chart
    assert chart is not None
    assert (chart.version, chart.namespace) == ("1.2.1", "mine")
