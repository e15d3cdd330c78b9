"""Command lines of the engines, for every backend in every role."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.engines import engine_arguments
from plan.fabric import EFA, TCP, Fabric
from plan.settings import GraphSettings, WorkerRole

BACKENDS = ("vllm", "sglang", "trtllm", "mocker")
ROUTERS = ("round-robin", "random", "kv", "least-loaded", "direct")
MODEL = "Qwen/Qwen3-32B"
every_backend = pytest.mark.parametrize("backend", BACKENDS)
every_role = pytest.mark.parametrize("role", list(WorkerRole))
every_fabric = pytest.mark.parametrize("fabric", [EFA, TCP], ids=lambda fabric: fabric.name)


def line(
    backend: str,
    role: WorkerRole = WorkerRole.PREFILL,
    fabric: Fabric = EFA,
    router: str = "kv",
    **worker: Any,
) -> list[str]:
    """The command line of a worker that is named like its role."""
    graph = GraphSettings.model_validate(
        {
            "backend": backend,
            "model": MODEL,
            "pool": "gpu",
            "frontend": {"router": router},
            "workers": {role.value: {"replicas": 1, **worker}},
        }
    )
    return list(engine_arguments(graph, role, graph.workers[role.value], fabric))


def flags(argv: list[str]) -> dict[str, str]:
    """Each flag after the program, with the value that follows it."""
    found: dict[str, str] = {}
    rest = argv[3:]
    for at, word in enumerate(rest):
        if word.startswith("--"):
            assert word not in found, f"{word} stands twice"
            follows = rest[at + 1] if at + 1 < len(rest) else "--"
            found[word] = "" if follows.startswith("--") else follows
    return found


@every_backend
@every_role
@every_fabric
@pytest.mark.parametrize("router", ROUTERS)
def test_only_long_flags_and_literal_values(
    backend: str, role: WorkerRole, fabric: Fabric, router: str
) -> None:
    """The operator reads sizes as text: it expands no variable and knows no short flag."""
    sizes = {"tensorParallel": 2, "pipelineParallel": 2, "dataParallel": 2}
    argv = line(backend, role, fabric, router, **sizes)
    assert argv[:3] == ["python3", "-m", f"dynamo.{backend}"]
    given = flags(argv)
    assert len(argv[3:]) == len(given) + sum(1 for value in given.values() if value)
    assert not [word for word in argv if word.startswith("-") and word[1:2] not in ("-", "m")]
    assert not [word for word in argv if "$" in word]


@every_backend
@every_role
def test_every_engine_serves_the_model_and_knows_its_half(backend: str, role: WorkerRole) -> None:
    given = flags(line(backend, role))
    assert given["--model" if backend == "vllm" else "--model-path"] == MODEL
    half = None if role is WorkerRole.WORKER else role.value
    assert given.get("--disaggregation-mode") == half


@pytest.mark.parametrize(
    ("backend", "names"),
    [
        (
            "vllm",
            ("--tensor-parallel-size", "--pipeline-parallel-size", "--data-parallel-size"),
        ),
        ("sglang", ("--tp", None, "--dp")),
        ("trtllm", ("--tensor-parallel-size", "--pipeline-parallel-size", None)),
        ("mocker", (None, None, None)),
    ],
)
def test_sizes_reach_the_engine(backend: str, names: tuple[str | None, ...]) -> None:
    given = flags(line(backend, tensorParallel=4, pipelineParallel=3, dataParallel=2))
    sizes = {name: size for name, size in zip(names, "432", strict=True) if name}
    assert {name: given[name] for name in sizes} == sizes
    parallel = {
        name for name in given if name.endswith("-parallel-size") or name in ("--tp", "--dp")
    }
    assert parallel == set(sizes)


@every_fabric
@pytest.mark.parametrize("role", [WorkerRole.PREFILL, WorkerRole.DECODE])
def test_vllm_hands_over_by_the_fabric(fabric: Fabric, role: WorkerRole) -> None:
    transfer = json.loads(flags(line("vllm", role, fabric))["--kv-transfer-config"])
    expected: dict[str, object] = {"kv_connector": "NixlConnector", "kv_role": "kv_both"}
    if fabric is EFA:
        expected["kv_buffer_device"] = "cuda"
        expected["kv_connector_extra_config"] = {"backends": ["LIBFABRIC"]}
    assert transfer == expected


@every_backend
@every_fabric
def test_a_worker_of_its_own_hands_nothing_over(backend: str, fabric: Fabric) -> None:
    argv = line(backend, WorkerRole.WORKER, fabric)
    assert not [word for word in argv if "transfer" in word or "disaggregation" in word]


def test_sglang_is_reached_by_its_other_half() -> None:
    given = flags(line("sglang"))
    assert given["--disaggregation-transfer-backend"] == "nixl"
    assert given["--host"] == "0.0.0.0"
    assert given["--served-model-name"] == MODEL


@every_role
@pytest.mark.parametrize("router", ROUTERS)
@pytest.mark.parametrize(
    ("backend", "flag"),
    [
        ("vllm", "--kv-events-config"),
        ("sglang", "--kv-events-config"),
        ("trtllm", "--publish-events-and-metrics"),
    ],
)
def test_workers_publish_for_a_kv_router_alone(
    backend: str, flag: str, router: str, role: WorkerRole
) -> None:
    given = flags(line(backend, role, router=router))
    assert (flag in given) == (router == "kv")


def test_events_are_switched_on_where_they_are_off_by_default() -> None:
    vllm = json.loads(flags(line("vllm"))["--kv-events-config"])
    sglang = json.loads(flags(line("sglang"))["--kv-events-config"])
    assert vllm.pop("enable_kv_cache_events") is True
    assert vllm == sglang
    assert sglang["publisher"] == "zmq"


@given(
    backend=st.sampled_from(BACKENDS),
    role=st.sampled_from(list(WorkerRole)),
    words=st.lists(st.text(max_size=10), max_size=4),
)
def test_further_arguments_come_last_and_as_they_are(
    backend: str, role: WorkerRole, words: list[str]
) -> None:
    plain = line(backend, role)
    assert line(backend, role, args=words) == plain + words
