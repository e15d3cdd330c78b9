"""Every rule lets through the stack that is closest to breaking it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from plan.catalog import host_images
from plan.rules import ALL
from tests.harness.settings import MISSING, plan_of

GPU = "cluster.nodePools.gpu"
SYSTEM = "cluster.nodePools.system"
BLOCK = f"{GPU}.reservation"
CHAT = "graphs.chat"
PREFILL = f"{CHAT}.workers.prefill"
DECODE = f"{CHAT}.workers.decode"
B300 = {"machineType": "p6-b300.48xlarge", "nodes": 2, "zones": ["use1-az6"]}
GB200 = {"machineType": "p6e-gb200.36xlarge", "nodes": 4}
WORKER = {"replicas": 1, "gpus": 1, "cpu": 1, "memory": "1Gi"}


class Near(NamedTuple):
    """A rule, what brings a stack to its edge, and which rules that breaks instead."""

    rule: str
    why: str
    changes: tuple[tuple[str, Any], ...]
    breaks: frozenset[str] = frozenset()


def near(rule: str, why: str, *changes: tuple[str, Any], breaks: str = "") -> Near:
    return Near(rule, why, changes, frozenset(breaks.split()))


CASES = [
    near(
        "CAP001",
        "a worker takes the whole node",
        (f"{PREFILL}.gpus", 8),
        (f"{PREFILL}.tensorParallel", 8),
        (f"{PREFILL}.replicas", 1),
    ),
    near(
        "CAP002",
        "over two nodes, in pipelines",
        (PREFILL, {**WORKER, "nodes": 2, "gpus": 4, "tensorParallel": 4, "pipelineParallel": 2}),
    ),
    near(
        "CAP002",
        "SGLang's data parallel attention is inside the tensor parallel group",
        (f"{CHAT}.backend", "sglang"),
        (f"{PREFILL}.dataParallel", 2),
    ),
    near(
        "CAP003",
        "a mocker computes nothing",
        (f"{CHAT}.backend", "mocker"),
        (f"{CHAT}.workers", {"prefill": {"replicas": 1}, "decode": {"replicas": 1}}),
    ),
    near("GNG001", "the last GPU is used", (f"{PREFILL}.replicas", 6)),
    near(
        "GNG001",
        "the last CPU is used",
        (f"{PREFILL}.cpu", 48),
        (f"{DECODE}.cpu", 48),
        (f"{CHAT}.frontend", {"cpu": 16}),
    ),
    near("FAB001", "EFA where there is EFA", (f"{GPU}.fabric", "efa")),
    near(
        "FAB002",
        "all interfaces of a node",
        (f"{CHAT}.workers", {"prefill": {**WORKER, "rdma": 32}, "decode": WORKER}),
    ),
    near("FAB003", "the older layout, which this type takes", (f"{GPU}.interfaceLayout", "older")),
    near("FAB003", "today's layout", (GPU, B300), breaks="IMG006"),
    near(
        "FAB004",
        "TCP, and said so",
        (f"{GPU}.fabric", "tcp"),
        (f"{CHAT}.kvTransfer", "tcp"),
    ),
    near(
        "FAB004",
        "TCP, but nothing to hand over",
        (f"{GPU}.fabric", "tcp"),
        (f"{CHAT}.workers", {"worker": WORKER}),
    ),
    near("FAB005", "one interface", (f"{PREFILL}.rdma", 1)),
    near(
        "FAB005",
        "nothing to hand over",
        (f"{CHAT}.workers", {"worker": {**WORKER, "rdma": 0}}),
    ),
    near("FAB006", "two zones without EFA", (SYSTEM, {"machineType": "m7i.4xlarge", "nodes": 2})),
    near("FAB007", "pinned memory is all that is allowed", (f"{CHAT}.security", "ipc_lock")),
    near(
        "FAB007",
        "no interface, no pinned memory",
        (f"{CHAT}.kvTransfer", "tcp"),
        (f"{CHAT}.security", "none"),
    ),
    near(
        "GRF002",
        "both halves under names of their own",
        (
            f"{CHAT}.workers",
            {"a": {**WORKER, "role": "prefill"}, "b": {**WORKER, "role": "decode"}},
        ),
    ),
    near(
        "GRF003",
        "45 characters with the graph's four",
        (f"{CHAT}.workers.{'w' * 41}", {**WORKER, "role": "worker"}),
        (f"{PREFILL}.replicas", 5),
    ),
    near(
        "GRF003",
        "44 characters over two nodes, which name the worker twice",
        (
            f"{CHAT}.workers.{'w' * 18}",
            {**WORKER, "role": "worker", "nodes": 2, "tensorParallel": 2},
        ),
        (f"{PREFILL}.replicas", 5),
    ),
    near(
        "GRF004",
        "names that only begin alike",
        (f"{CHAT}.workers.frontend2", {**WORKER, "role": "worker"}),
        (f"{PREFILL}.replicas", 5),
    ),
    near(
        "SCH001",
        "by value",
        (
            f"{PREFILL}.tolerations",
            [{"key": "nvidia.com/gpu", "operator": "Equal", "value": "present"}],
        ),
    ),
    near("SCH001", "whatever the taint", (f"{PREFILL}.tolerations", [{"operator": "Exists"}])),
    near(
        "SCH001",
        "a taint that only prefers",
        (f"{GPU}.taints", [{"key": "a", "effect": "PreferNoSchedule"}]),
        (f"{PREFILL}.tolerations", []),
    ),
    near(
        "SEC001",
        "the graph's namespace among others",
        ("platform.huggingFace.namespaces", ["elsewhere", "dynamo"]),
    ),
    near("SEC001", "no token at all", ("platform.huggingFace", None)),
    near("QUE001", "the chart's own root queue", (f"{CHAT}.queue", "dynamo-default")),
    near(
        "QUE001",
        "a queue of ours",
        ("platform.queues.research", {}),
        (f"{CHAT}.queue", "research"),
    ),
    near(
        "QUE002",
        "under another queue of ours",
        ("platform.queues.team", {}),
        ("platform.queues.research", {"parent": "team"}),
    ),
    near(
        "STO001",
        "a shared file system, chosen without asking",
        ("cluster.storage", {"efs": {}}),
        (f"{CHAT}.caches", {"model": {}}),
    ),
    near(
        "STO002",
        "one node's volume on one node",
        (f"{CHAT}.caches", {"model": {"accessMode": "ReadWriteOnce"}}),
        (f"{CHAT}.workers", {"prefill": WORKER, "decode": WORKER}),
    ),
    near(
        "STO003",
        "a class by its name",
        (f"{CHAT}.caches", {"perf": {"storageClass": "gp3", "accessMode": "ReadWriteOnce"}}),
    ),
    near(
        "STO004",
        "claims that just fit",
        ("cluster.storage", {"fsx": {"capacityGib": 2400}}),
        (f"{CHAT}.caches", {"model": {"size": "2000Gi"}, "perf": {"size": "400Gi"}}),
    ),
    near(
        "STO005",
        "two caches in one claim",
        ("cluster.storage", {"efs": {}}),
        (f"{CHAT}.caches", {"model": {"claim": "all"}, "perf": {"claim": "all"}}),
    ),
    near(
        "STO006",
        "an engine that compiles",
        ("cluster.storage", {"efs": {}}),
        (f"{CHAT}.caches", {"compilation": {}}),
    ),
    near(
        "IMG002",
        "ARM nodes, an image for both",
        (GPU, GB200),
        breaks="ZON001",
    ),
    near(
        "IMG003",
        "exactly the driver that is needed",
        (f"{GPU}.amiType", "TEST_575"),
    ),
    near("IMG004", "the image that holds EFA", (f"{CHAT}.imageVariant", "efa")),
    near(
        "IMG004",
        "a plain image without EFA",
        (f"{CHAT}.imageVariant", "cuda13"),
        (f"{CHAT}.kvTransfer", "tcp"),
    ),
    near("IMG005", "the release's image", (f"{CHAT}.image", None)),
    near(
        "IMG006",
        "TensorRT-LLM is CUDA 13",
        (GPU, B300),
        ("cluster.network.zones", ["use1-az4", "use1-az6"]),
        (f"{CHAT}.backend", "trtllm"),
    ),
    near("RSV001", "the block's zone, said again", (f"{GPU}.zones", ["use1-az4"])),
    near("RSV002", "the type that was bought", (f"{BLOCK}.machineType", "p5.48xlarge")),
    near("RSV003", "fewer nodes than were bought", (f"{BLOCK}.nodes", 3)),
    near(
        "RSV004",
        "a type that is sold in blocks",
        (f"{GPU}.machineType", "p4d.24xlarge"),
        (f"{BLOCK}.machineType", "p4d.24xlarge"),
    ),
    near("RSV005", "a block that has started", (f"{BLOCK}.active", True)),
    near(
        "RSV006",
        "a block each",
        (
            "cluster.nodePools.more",
            {
                "machineType": "p5.48xlarge",
                "nodes": 1,
                "reservation": {
                    "kind": "capacity-block",
                    "id": "cr-0123456789abcdef1",
                    "machineType": "p5.48xlarge",
                    "zone": "use1-az4",
                    "nodes": 1,
                },
            },
        ),
    ),
    near("VER001", "another release of the table", ("platform.versions", {"dynamo": "1.2.1"})),
    near(
        "VER002",
        "exactly the oldest and newest that go",
        ("platform.versions", {"kai": "v0.13.4", "grove": "v0.1.0-alpha.8"}),
    ),
    near("VER002", "a newer KAI", ("platform.versions", {"kai": "v0.14.0"})),
    near("VER003", "exactly the oldest that goes", ("cluster.kubernetesVersion", "1.24")),
    near(
        "VER004",
        "the older version of the resource on an older release",
        ("platform.versions", {"dynamo": "1.1.1"}),
        (f"{CHAT}.apiVersion", "v1alpha1"),
    ),
    near("AMI001", "the image of the type, said", (f"{GPU}.amiType", "AL2023_x86_64_NVIDIA")),
    near(
        "AMI001",
        "ARM on ARM",
        (SYSTEM, {"machineType": "m7g.4xlarge", "nodes": 3, "amiType": "AL2023_ARM_64_STANDARD"}),
    ),
    near(
        "AMI002",
        "the last version that AL2 is made for",
        (f"{SYSTEM}.amiType", "AL2_x86_64"),
        ("cluster.kubernetesVersion", "1.32"),
    ),
    near("ZON001", "another zone that has it", (f"{BLOCK}.zone", "use1-az6")),
    near("ZON002", "the network's second zone", (f"{BLOCK}.zone", "use1-az6")),
    near(
        "ZON003",
        "every zone but that one",
        ("cluster.network.zones", ["use1-az4", "use1-az6", "use1-az1", "use1-az2", "use1-az5"]),
        (f"{SYSTEM}.zones", ["use1-az4"]),
    ),
    near("NET001", "the smallest network", ("cluster.network.cidr", "10.40.0.0/20")),
    near(
        "NET001",
        "as many nodes as a subnet of it holds",
        ("cluster.network.cidr", "10.40.0.0/20"),
        (f"{SYSTEM}.nodes", 507),
        (f"{SYSTEM}.zones", ["use1-az4"]),
    ),
    near("NET002", "half of the internet", ("cluster.apiAllowedCidrs", ["0.0.0.0/1"])),
    near("CAT001", "a type of the catalogue", (f"{SYSTEM}.machineType", "m7i.8xlarge")),
    near(
        "GRF001",
        "the frontend among the GPUs",
        (f"{CHAT}.frontend", {"pool": "gpu"}),
    ),
    near("IMG001", "a release whose images are known", ("platform.versions", {"dynamo": "1.2.1"})),
    near(
        "IMG001",
        "an image of one's own of a release without one",
        ("platform.versions", {"dynamo": "1.1.1"}),
        (f"{CHAT}.apiVersion", "v1alpha1"),
        (f"{CHAT}.backend", "sglang"),
        (f"{CHAT}.image", "registry.example/mine:1"),
        breaks="IMG005",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.rule}-{c.why.replace(' ', '-')}")
def test_a_stack_that_just_holds(case: Near, monkeypatch: pytest.MonkeyPatch) -> None:
    image = host_images.HostImage(arch="x86_64", nvidia=True, driver="575.51.03", source="test")
    known = host_images.for_ami_type
    monkeypatch.setattr(
        host_images, "for_ami_type", lambda name: image if name == "TEST_575" else known(name)
    )
    plan = plan_of(*case.changes)
    assert {finding.rule for finding in plan.findings} == case.breaks


def test_every_rule_has_one() -> None:
    """Rules of one cloud have theirs in the file of the cloud."""
    ours = {rule.id for rule in ALL if rule.id not in _elsewhere()}
    assert ours <= {case.rule for case in CASES}


def _elsewhere() -> set[str]:
    own = {Path(__file__).name, "test_rules.py"}
    others = (p for p in Path(__file__).parent.glob("test_*.py") if p.name not in own)
    return set(re.findall(r'"([A-Z]{3}\d{3})"', "".join(p.read_text("utf-8") for p in others)))


def test_every_case_says_what_is_near() -> None:
    assert all(case.rule not in case.breaks for case in CASES)
    assert MISSING not in [value for case in CASES for _, value in case.changes]
