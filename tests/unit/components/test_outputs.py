"""What a stack tells its user."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.variants import Variants


@pytest.fixture(scope="module")
def variants(tmp_path_factory: pytest.TempPathFactory) -> Variants:
    return Variants(tmp_path_factory.mktemp("kubeconfig"))


def test_exports_of_a_gpu_stack(variants: Variants) -> None:
    exports = dict(variants.recording("eks-h100", False).exports.values)
    assert '"clusters"' in str(exports.pop("kubeconfig"))
    assert exports == {
        "cluster": "eks-h100",
        "endpoints": {"vllm-disagg": "http://vllm-disagg-frontend.dynamo.svc.cluster.local:8000"},
        "nodePools": {
            "gpu": {"machineType": "p5.48xlarge", "nodes": 2, "gpus": 16, "fabric": "efa"},
            "system": {"machineType": "m7i.4xlarge", "nodes": 3, "gpus": 0, "fabric": "tcp"},
        },
        "versions": {
            layer.name: layer.chart.version
            for layer in variants.plan("eks-h100").layers
            if layer.chart
        },
    }


def test_pools_that_have_not_started_are_said_to_be_empty(variants: Variants) -> None:
    recording = variants.recording("not-started", False)
    pools = recording.exports.values["nodePools"]
    assert isinstance(pools, dict)
    assert pools["gpu"] == {"machineType": "p5.48xlarge", "nodes": 0, "gpus": 0, "fabric": "efa"}
    (message,) = recording.messages
    assert message[0] == "warning"
    assert "has not started" in message[1]


def test_an_existing_cluster_hands_on_the_kubeconfig_it_was_given(
    variants: Variants, tmp_path: Path
) -> None:
    del tmp_path
    exports = variants.recording("existing", False).exports
    written = Path(variants.blocks("existing")["cluster"]["kubeconfig"]).read_text("utf-8")
    assert exports.values["kubeconfig"] == written
