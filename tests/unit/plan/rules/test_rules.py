"""Every rule with a stack that breaks it, and the one they all start from, which breaks none."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.findings import Severity
from plan.rules import ALL
from tests.harness.settings import MISSING, plan_of

GPU = "cluster.nodePools.gpu"
BLOCK = f"{GPU}.reservation"
CHAT = "graphs.chat"
PREFILL = f"{CHAT}.workers.prefill"
L4 = {"machineType": "g6.xlarge", "nodes": 40}
ONE_WORKER = {"worker": {"replicas": 1, "gpus": 1, "cpu": 1, "memory": "1Gi"}}


class Case(NamedTuple):
    """A rule, the changes that break it, where the finding points and a word it says."""

    rule: str
    changes: tuple[tuple[str, Any], ...]
    path: str
    says: str
    severity: Severity = Severity.ERROR


CASES = [
    Case("CAP001", ((f"{PREFILL}.gpus", 9),), f"{PREFILL}.gpus", "p5.48xlarge has 8"),
    Case("CAP002", ((f"{PREFILL}.tensorParallel", 4),), f"{PREFILL}.tensorParallel", "has 2 GPUs"),
    Case(
        "CAP002",
        ((f"{CHAT}.backend", "sglang"), (f"{PREFILL}.dataParallel", 3), (f"{PREFILL}.gpus", 3)),
        f"{PREFILL}.tensorParallel",
        "has 3 GPUs",
    ),
    Case("CAP003", ((f"{PREFILL}.gpus", 0),), f"{PREFILL}.gpus", "0 GPUs for a vllm worker"),
    Case(
        "CAP003",
        ((f"{CHAT}.backend", "mocker"),),
        f"{PREFILL}.gpus",
        "computes nothing",
        Severity.WARNING,
    ),
    Case("GNG001", ((f"{GPU}.nodes", 1),), f"{GPU}.nodes", "16 nvidia.com/gpu (8 there)"),
    Case(
        "GNG001",
        ((f"{CHAT}.frontend", {"cpu": 17}),),
        f"{CHAT}.frontend",
        "17 cpu (16 there)",
    ),
    Case(
        "GNG001",  # one kind of worker, each of which fits
        ((f"{CHAT}.workers", {"worker": {"replicas": 3, "gpus": 8, "tensorParallel": 8}}),),
        f"{GPU}.nodes",
        "24 nvidia.com/gpu (16 there)",
    ),
    Case(
        "GNG001",  # 3 + 3 of 8 GPUs on each node: the totals fit, the pods do not
        (
            (f"{PREFILL}.gpus", 3),
            (f"{PREFILL}.tensorParallel", 3),
            (f"{PREFILL}.replicas", 5),
            (f"{CHAT}.workers.decode", {"replicas": 1, "gpus": 1}),
        ),
        f"{GPU}.nodes",
        "no placement was found",
        Severity.WARNING,
    ),
    Case(
        "FAB001",
        ((GPU, {"machineType": "g6.xlarge", "nodes": 40, "fabric": "efa"}),),
        f"{GPU}.fabric",
        "g6.xlarge has no efa",
    ),
    Case("FAB002", ((f"{PREFILL}.rdma", 33),), f"{PREFILL}.rdma", "offers 32 over efa"),
    Case(
        "FAB003",
        ((GPU, {"machineType": "p6-b300.48xlarge", "nodes": 2, "interfaceLayout": "older"}),),
        f"{GPU}.interfaceLayout",
        "no 'older' layout",
    ),
    Case("FAB004", ((f"{GPU}.fabric", "tcp"),), f"{CHAT}.kvTransfer", "has no RDMA"),
    Case("FAB005", ((f"{PREFILL}.rdma", 0),), f"{PREFILL}.rdma", "0 interfaces of efa"),
    Case(
        "FAB006",
        ((f"{GPU}.zones", ["use1-az4", "use1-az6"]),),
        f"{GPU}.zones",
        "does not cross zones",
    ),
    Case("FAB007", ((f"{CHAT}.security", "none"),), f"{CHAT}.security", "may not pin memory"),
    Case(
        "GRF002",
        ((f"{CHAT}.workers.decode", MISSING),),
        f"{CHAT}.workers",
        "no decode worker",
    ),
    Case(
        "GRF003",
        ((f"{CHAT}.workers.worker-with-a-name-that-has-no-end-in-sight-x", None),),
        f"{CHAT}.workers.worker-with-a-name-that-has-no-end-in-sight-x",
        "45 are allowed",
    ),
    Case(
        "GRF004",
        ((f"{CHAT}.workers.Frontend", {"role": "worker", **ONE_WORKER["worker"]}),),
        f"{CHAT}.workers.Frontend",
        "'frontend' already",
    ),
    Case(
        "FAB002",  # on EFA, but the graph says it does without
        ((f"{CHAT}.kvTransfer", "tcp"), (f"{PREFILL}.rdma", 5)),
        f"{PREFILL}.rdma",
        "offers 0 over tcp",
    ),
    Case(
        "SCH001",
        ((f"{PREFILL}.tolerations", [{"key": "other"}]),),
        f"{PREFILL}.tolerations",
        "nvidia.com/gpu=present:NoSchedule",
    ),
    Case(
        "SEC001",
        (("platform.huggingFace.namespaces", ["elsewhere"]),),
        "platform.huggingFace.namespaces",
        "is in dynamo",
    ),
    Case("QUE001", ((f"{CHAT}.queue", "research"),), f"{CHAT}.queue", "no queue 'research'"),
    Case("QUE002", (("platform.queues.dynamo", {}),), "platform.queues.dynamo", "makes the queue"),
    Case(
        "QUE002",
        (("platform.queues.mine", {"parent": "nobody"}),),
        "platform.queues.mine.parent",
        "no queue 'nobody'",
    ),
    Case(
        "STO001",
        ((f"{CHAT}.caches", {"model": {"accessMode": "ReadWriteMany"}}),),
        f"{CHAT}.caches.model.accessMode",
        "block storage",
    ),
    Case(
        "STO002",
        ((f"{CHAT}.caches", {"model": {"accessMode": "ReadWriteOnce"}}),),
        f"{CHAT}.caches.model.accessMode",
        "on 2 nodes",
    ),
    Case(
        "STO003",
        ((f"{CHAT}.caches", {"model": {"storageClass": "fsx"}}),),
        f"{CHAT}.caches.model.storageClass",
        "no storage class 'fsx'",
    ),
    Case(
        "STO004",
        (
            ("cluster.storage", {"fsx": {"capacityGib": 2400}}),
            (f"{CHAT}.caches", {"model": {"size": "2Ti"}, "perf": {"size": "500Gi"}}),
        ),
        "cluster.storage.fsx",
        "2548 GiB of caches on a file system of 2400 GiB",
    ),
    Case(
        "STO005",
        (
            ("cluster.storage", {"efs": {}}),
            (
                f"{CHAT}.caches",
                {"model": {"claim": "all"}, "perf": {"claim": "all", "size": "1Gi"}},
            ),
        ),
        f"{CHAT}.caches.perf",
        "asked for differently in graphs.chat.caches.model",
    ),
    Case(
        "STO006",
        (
            ("cluster.storage", {"efs": {}}),
            (f"{CHAT}.backend", "sglang"),
            (f"{CHAT}.caches", {"compilation": {}}),
        ),
        f"{CHAT}.caches.compilation",
        "sglang keeps no compiled kernels there",
        Severity.WARNING,
    ),
    Case(
        "IMG002",
        (
            ("platform.versions", {"dynamo": "1.1.1"}),
            (GPU, {"machineType": "g5g.xlarge", "nodes": 40}),
            (f"{CHAT}.imageVariant", "efa"),
        ),
        PREFILL,
        "is arm64",
    ),
    Case(
        "IMG003",
        ((f"{GPU}.amiType", "TEST_OLD_DRIVER"),),
        f"{GPU}.amiType",
        "needs 575.51.03",
    ),
    Case(
        "IMG004",
        ((f"{CHAT}.imageVariant", "cuda13"),),
        f"{CHAT}.imageVariant",
        "holds no EFA libraries",
    ),
    Case(
        "IMG005",
        ((f"{CHAT}.image", "registry.example/mine:1"),),
        f"{CHAT}.image",
        "not checked",
        Severity.NOTE,
    ),
    Case(
        "IMG006",
        ((GPU, {"machineType": "p6-b300.48xlarge", "nodes": 2}),),
        f"{CHAT}.imageVariant",
        "needs CUDA 13",
    ),
    Case(
        "RSV001",
        ((f"{BLOCK}.zone", "use1-az6"), (f"{GPU}.zones", ["use1-az4"])),
        f"{GPU}.zones",
        "is in use1-az6",
    ),
    Case("RSV002", ((f"{BLOCK}.machineType", "p5e.48xlarge"),), f"{GPU}.machineType", "holds p5e"),
    Case("RSV003", ((f"{BLOCK}.nodes", 1),), f"{GPU}.nodes", "holds 1"),
    Case(
        "RSV004",
        ((f"{GPU}.machineType", "g6e.48xlarge"),),
        f"{GPU}.reservation",
        "not sold in Capacity Blocks",
    ),
    Case(
        "RSV005",
        ((f"{BLOCK}.active", False),),
        f"{BLOCK}.active",
        "made with 0 nodes",
        Severity.WARNING,
    ),
    Case(
        "RSV006",
        (
            (
                "cluster.nodePools.more",
                {
                    "machineType": "p5.48xlarge",
                    "nodes": 1,
                    "reservation": {
                        "kind": "capacity-block",
                        "id": "cr-0123456789abcdef0",
                        "machineType": "p5.48xlarge",
                        "zone": "use1-az4",
                        "nodes": 2,
                    },
                },
            ),
        ),
        "cluster.nodePools.more.reservation.id",
        "used by pool gpu already",
    ),
    Case(
        "VER001",
        (("platform.versions", {"dynamo": "9.9.9"}), (f"{CHAT}.image", "mine:1")),
        "platform.versions.dynamo",
        "not in the compatibility table",
    ),
    Case(
        "VER002",
        (("platform.versions", {"kai": "v0.12.0"}),),
        "platform.versions.kai",
        "v0.13.4 or newer",
    ),
    Case(
        "VER002",
        (("platform.versions", {"grove": "v0.1.0-alpha.12"}),),
        "platform.versions.grove",
        "below v0.1.0-alpha.9",
    ),
    Case(
        "VER003",
        (("cluster.kubernetesVersion", "1.23"),),
        "cluster.kubernetesVersion",
        "needs 1.24",
    ),
    Case(
        "VER004",
        (("platform.versions", {"dynamo": "1.1.1"}),),
        f"{CHAT}.apiVersion",
        "not known to serve v1beta1",
        Severity.WARNING,
    ),
    Case(
        "AMI001",
        ((f"{GPU}.amiType", "AL2023_ARM_64_NVIDIA"),),
        f"{GPU}.amiType",
        "is arm64",
    ),
    Case(
        "AMI001",
        ((f"{GPU}.amiType", "AL2023_x86_64_STANDARD"),),
        f"{GPU}.amiType",
        "no NVIDIA driver",
    ),
    Case(
        "AMI001",
        ((f"{GPU}.amiType", "SOMETHING_NEW"),),
        f"{GPU}.amiType",
        "not in the catalogue",
        Severity.WARNING,
    ),
    Case(
        "AMI002",
        ((f"{GPU}.amiType", "AL2_x86_64_GPU"),),
        f"{GPU}.amiType",
        "ends at Kubernetes 1.32",
    ),
    Case(
        "ZON001",
        (
            ("cluster.region", "eu-central-1"),
            ("cluster.network.zones", ["euc1-az1", "euc1-az2"]),
            (f"{BLOCK}.zone", "euc1-az1"),
        ),
        f"{GPU}.machineType",
        "does not offer p5.48xlarge",
    ),
    Case(
        "ZON001",
        (("cluster.network.zones", ["use1-az3", "use1-az4"]),),
        "cluster.nodePools.system.zones",
        "not offered in use1-az3",
    ),
    Case("ZON002", ((f"{BLOCK}.zone", "use1-az2"),), f"{GPU}.zones", "cluster.network.zones"),
    Case(
        "ZON003",
        (("cluster.network.zones", ["use1-az3", "use1-az4"]),),
        "cluster.network.zones",
        "no control plane in use1-az3",
    ),
    Case(
        "ZON003",
        (("cluster.network.zones", ["use1-az4", "use1-az4"]),),
        "cluster.network.zones",
        "stands twice",
    ),
    Case("NET001", (("cluster.network.cidr", "10.0.0.0/24"),), "cluster.network.cidr", "is a /24"),
    Case(
        "NET001",
        (
            ("cluster.network.cidr", "10.0.0.0/20"),
            (
                "cluster.nodePools.system",
                {"machineType": "m7i.4xlarge", "nodes": 600, "zones": ["use1-az4"]},
            ),
        ),
        "cluster.nodePools.system.nodes",
        "has 507 addresses",
    ),
    Case(
        "NET002",
        (("cluster.apiAllowedCidrs", ["0.0.0.0/0"]),),
        "cluster.apiAllowedCidrs",
        "everybody",
        Severity.WARNING,
    ),
    # Not in ALL: they are found while resolving.
    Case("CAT001", ((f"{GPU}.machineType", "p5.48xlrge"),), f"{GPU}.machineType", "not a machine"),
    Case("GRF001", ((f"{CHAT}.pool", "gpus"),), f"{CHAT}.pool", "no node pool 'gpus'"),
    Case("IMG001", (("platform.versions", {"dynamo": "9.9.9"}),), f"{CHAT}.image", "9.9.9"),
    Case(
        "IMG001",
        ((f"{CHAT}.backend", "trtllm"), (f"{CHAT}.imageVariant", "default")),
        f"{CHAT}.image",
        "cuda13, efa",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.rule}-{c.path.rpartition('.')[2]}")
def test_a_stack_that_breaks_it(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    findings = [f for f in plan_of(*_ready(case, monkeypatch)).findings if f.rule == case.rule]

    said = [(f.path, f.severity) for f in findings if case.says in f.message]
    assert (case.path, case.severity) in said, findings
    assert len(set(said)) == len(said), "said twice"
    assert all(f.fix for f in findings)


def _ready(case: Case, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Long names and node images that only a test has."""
    if case.rule == "IMG003":
        from plan.catalog import host_images

        old = host_images.HostImage(arch="x86_64", nvidia=True, driver="550.54.15", source="test")
        monkeypatch.setattr(host_images, "_images", lambda: {"TEST_OLD_DRIVER": old})
    if case.rule == "GRF003":
        return [(case.path, {"role": "worker", **ONE_WORKER["worker"]})]
    return list(case.changes)


def test_a_valid_stack_breaks_none() -> None:
    assert plan_of().findings == ()


def test_every_rule_has_a_stack_that_breaks_it() -> None:
    """Here, or in the file of its cloud."""
    others = [p for p in Path(__file__).parent.glob("test_*.py") if "near_misses" not in p.name]
    named = "".join(path.read_text("utf-8") for path in others)
    assert [rule.id for rule in ALL if f'"{rule.id}"' not in named] == []


def test_every_rule_says_why() -> None:
    assert len({rule.id for rule in ALL}) == len(ALL)
    for rule in ALL:
        assert all((rule.title, rule.consequence, rule.source)), rule.id


def _rules(*changes: tuple[str, Any]) -> set[str]:
    return {finding.rule for finding in plan_of(*changes).findings}


@given(gpus=st.integers(0, 16))
def test_gpus_fit_a_node_or_are_refused(gpus: int) -> None:
    assert ("CAP001" in _rules((f"{PREFILL}.gpus", gpus))) == (gpus > 8)


@given(
    tensor=st.integers(1, 4),
    pipeline=st.integers(1, 3),
    data=st.integers(1, 3),
    nodes=st.integers(1, 3),
    gpus=st.integers(1, 8),
)
def test_parallel_sizes(tensor: int, pipeline: int, data: int, nodes: int, gpus: int) -> None:
    rules = _rules(
        (f"{PREFILL}.tensorParallel", tensor),
        (f"{PREFILL}.pipelineParallel", pipeline),
        (f"{PREFILL}.dataParallel", data),
        (f"{PREFILL}.nodes", nodes),
        (f"{PREFILL}.gpus", gpus),
    )
    assert ("CAP002" in rules) == (tensor * pipeline * data != nodes * gpus)


@given(rdma=st.integers(0, 64))
def test_interfaces_fit_a_node_or_are_refused(rdma: int) -> None:
    assert ("FAB002" in _rules((f"{PREFILL}.rdma", rdma))) == (rdma > 32)


@given(nodes=st.integers(1, 4), replicas=st.integers(1, 20))
def test_the_whole_graph_fits_or_is_refused(nodes: int, replicas: int) -> None:
    changes = ((f"{GPU}.nodes", nodes), (f"{PREFILL}.replicas", replicas))
    assert ("GNG001" in _rules(*changes)) == (2 * replicas + 4 > 8 * nodes)


@given(nodes=st.integers(1, 64), bought=st.integers(1, 64))
def test_a_block_holds_the_nodes_or_is_refused(nodes: int, bought: int) -> None:
    rules = _rules((f"{GPU}.nodes", nodes), (f"{BLOCK}.nodes", bought))
    assert ("RSV003" in rules) == (nodes > bought)
