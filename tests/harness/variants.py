"""The stacks that contract tests run: those that are shipped, and what else a user may write.

Each variant differs from a shipped stack in one thing, so that a failure names its cause.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from plan.model import Plan
from plan.program import require_plan
from plan.settings.loader import PROJECT, load_stack_file, stack_names
from tests.harness.existing import CONTEXT, kubeconfig
from tests.harness.program import run_stack
from tests.harness.recording import Recording

Blocks = dict[str, Any]


class Variants:
    """The variants by name. `folder` takes the kubeconfig of those on an existing cluster."""

    def __init__(self, folder: Path) -> None:
        self._kubeconfig = folder / "config"
        self.plan = cache(self._resolved)

    def blocks(self, name: str) -> Blocks:
        """The settings of a variant, to be changed at will."""
        blocks = _written(name)
        if blocks["cluster"]["cloud"] == "existing":
            self._kubeconfig.write_text(kubeconfig(blocks["cluster"]["context"]), encoding="utf-8")
            blocks["cluster"]["kubeconfig"] = str(self._kubeconfig)
        return blocks

    def resolve(self, blocks: Blocks) -> Plan:
        """The plan of blocks that a test has changed."""
        return require_plan(blocks.get, "changed")

    def recording(self, name: str, preview: bool) -> Recording:
        """What the program registers for a variant."""
        return recorded(name, preview)

    def _resolved(self, name: str) -> Plan:
        return require_plan(self.blocks(name).get, name)


@cache
def recorded(name: str, preview: bool) -> Recording:
    """What the program registers for a variant: run once, for all tests of one process."""
    if name in SHIPPED and cloud_of(name) != "existing":
        return run_stack(name, preview=preview)
    # Where the kubeconfig lies is in no recording (a test says so): any folder will do.
    with TemporaryDirectory() as folder:
        return run_stack(Variants(Path(folder)).blocks(name), preview=preview, name=name)


@cache
def cloud_of(name: str) -> str:
    """The cloud of a variant."""
    return _written(name)["cluster"]["cloud"]


def _written(name: str) -> Blocks:
    return _blocks(name) if name in SHIPPED else {**VARIANTS, **WISHES}[name]()


def _blocks(stack: str) -> Blocks:
    prefix = f"{PROJECT}:"
    config = _config(stack)
    ours = {k.removeprefix(prefix): v for k, v in config.items() if k.startswith(prefix)}
    return copy.deepcopy(ours)


@cache
def _config(stack: str) -> Mapping[str, object]:
    return load_stack_file(stack).config


def _h100() -> Blocks:
    return _blocks("eks-h100")


def _graph(blocks: Blocks) -> Blocks:
    (graph,) = blocks["graphs"].values()
    return graph


def _v1alpha1() -> Blocks:
    blocks = _h100()
    _graph(blocks)["apiVersion"] = "v1alpha1"
    return blocks


def _on_demand() -> Blocks:
    blocks = _h100()
    del blocks["cluster"]["nodePools"]["gpu"]["reservation"]
    return blocks


def _not_started() -> Blocks:
    blocks = _h100()
    blocks["cluster"]["nodePools"]["gpu"]["reservation"]["active"] = False
    return blocks


def _own_queue() -> Blocks:
    blocks = _h100()
    blocks["platform"]["queues"] = {"research": {"gpuQuota": 8, "gpuLimit": 16}}
    _graph(blocks)["queue"] = "research"
    return blocks


def _multinode() -> Blocks:
    blocks = _h100()
    graph = _graph(blocks)
    graph["backend"] = "sglang"
    graph["workers"] = {
        "worker": {"replicas": 1, "nodes": 2, "gpus": 8, "tensorParallel": 16, "memory": "512Gi"}
    }
    return blocks


def _existing() -> Blocks:
    blocks = _blocks("eks-mocker")
    blocks["cluster"] = {
        "cloud": "existing",
        "context": CONTEXT,
        "kubernetesVersion": "1.34",
        "nodePools": {"system": {"machineType": "laptop", "nodes": 1, "cpu": 16, "memory": "64Gi"}},
    }
    return blocks


def _model_cache() -> Blocks:
    blocks = _existing()
    blocks["cluster"]["sharedStorageClass"] = "shared-files"
    _graph(blocks)["caches"] = {
        "model": {"size": "20Gi"},
        "compilation": {"size": "5Gi"},
        "perf": {"size": "5Gi"},
    }
    return blocks


def _existing_token() -> Blocks:
    blocks = _existing()
    blocks["platform"]["huggingFace"] = {"namespaces": ["dynamo", "notebooks"]}
    return blocks


def _existing_gpus() -> Blocks:
    blocks = _existing()
    blocks["cluster"]["nodePools"]["gpu"] = {
        "machineType": "g2-standard-24",
        "machineCloud": "gke",
        "nodes": 1,
        "labels": {"pool": "gpu"},
    }
    return blocks


def _gke_not_started() -> Blocks:
    blocks = _blocks("gke-h200")
    blocks["cluster"]["nodePools"]["gpu"]["reservation"]["active"] = False
    return blocks


def _wishes(stack: str, *more: str) -> Callable[[], Blocks]:
    """A stack with all that a stack file may wish of a cluster, and `more` file systems."""

    def blocks() -> Blocks:
        made = _blocks(stack)
        cluster = made["cluster"]
        for kind in more:
            cluster["storage"][kind] = {}
        for file_system in cluster["storage"].values():
            file_system["protect"] = True
        cluster["tags"] = {"team": "inference"}
        cluster["apiAllowedCidrs"] = ["203.0.113.0/24", "198.51.100.128/25"]
        cluster["nodePools"]["gpu"]["labels"] = {"tier": "gold"}
        cluster["nodePools"]["gpu"]["taints"] = [
            {"key": "nvidia.com/gpu", "value": "present"},
            {"key": "tier", "value": "gold", "effect": "NoExecute"},
            {"key": "spare", "effect": "PreferNoSchedule"},
        ]
        return made

    return blocks


SHIPPED = stack_names()
VARIANTS: Mapping[str, Callable[[], Blocks]] = {
    "v1alpha1": _v1alpha1,
    "on-demand": _on_demand,
    "not-started": _not_started,
    "own-queue": _own_queue,
    "multinode": _multinode,
    "gke-not-started": _gke_not_started,
    "existing": _existing,
    "existing-gpus": _existing_gpus,
    "existing-token": _existing_token,
    "model-cache": _model_cache,
}
ALL = (*SHIPPED, *VARIANTS)
# Their clusters alone are made: protected file systems are what no other stack may have.
WISHES: Mapping[str, Callable[[], Blocks]] = {
    "eks-wishes": _wishes("eks-h100", "efs"),
    "aks-wishes": _wishes("aks-h100"),
    "gke-wishes": _wishes("gke-h200", "filestore"),
}
# Run as a preview too; the rest differ from one of these in values alone.
PREVIEWED = (
    "eks-h100",
    "on-demand",
    "aks-h100",
    "aks-a100",
    "gke-h200",
    "gke-l4",
    "existing-token",
    "model-cache",
)
MADE = tuple(name for name in ALL if cloud_of(name) != "existing")
"""Those whose cluster is ours."""
ON_EKS = tuple(name for name in ALL if cloud_of(name) == "eks")
