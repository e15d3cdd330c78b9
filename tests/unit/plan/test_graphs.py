"""From a graph's settings to components: images, commands, environment, scheduling facts."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from plan.model import Component, Graph
from tests.harness.settings import MISSING, plan_of

CHAT = "graphs.chat"


def graph(*changes: tuple[str, Any]) -> Graph:
    (found,) = plan_of(*changes).graphs
    return found


def worker(name: str, *changes: tuple[str, Any]) -> Component:
    return next(c for c in graph(*changes).workers if c.name == name)


def argv(component: Component) -> list[str]:
    """The engine's command line, whether or not a shell stands before it."""
    if component.command[:1] != ("/bin/bash",):
        return [*component.command, *component.args]
    (script,) = component.args
    return shlex.split(script.rpartition("exec ")[2])


def flag(component: Component, name: str) -> str:
    line = argv(component)
    return line[line.index(name) + 1]


def test_an_efa_worker() -> None:
    prefill = worker("prefill")
    assert prefill.image == "nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.2.0-efa"
    assert prefill.extended_resources == {"nvidia.com/gpu": 2, "vpc.amazonaws.com/efa": 8}
    assert prefill.security == "privileged"
    assert dict(prefill.environment)["FI_PROVIDER"] == "efa"
    assert flag(prefill, "--disaggregation-mode") == "prefill"
    transfer = json.loads(flag(prefill, "--kv-transfer-config"))
    assert transfer["kv_connector_extra_config"] == {"backends": ["LIBFABRIC"]}
    assert transfer["kv_connector"] == "NixlConnector"
    # Kubernetes expands no variable of the image: only a shell does.
    assert "${LD_LIBRARY_PATH:-}" in prefill.args[0]
    assert "LD_LIBRARY_PATH" not in dict(prefill.environment)


def test_workers_tolerate_their_pool_and_nothing_else() -> None:
    found = graph()
    assert [t.key for t in worker("prefill").tolerations] == ["nvidia.com/gpu"]
    assert found.frontend.tolerations == ()
    assert found.frontend.pool == "system"


def test_a_graph_that_accepts_tcp() -> None:
    changes = ((f"{CHAT}.kvTransfer", "tcp"),)
    prefill = worker("prefill", *changes)
    assert prefill.image.endswith("vllm-runtime:1.2.0")
    assert prefill.extended_resources == {"nvidia.com/gpu": 2}
    assert (prefill.security, prefill.environment) == ("none", ())
    assert "backends" not in flag(prefill, "--kv-transfer-config")
    assert not graph(*changes).same_zone


def test_a_kv_router_gets_events_and_others_do_not() -> None:
    events = json.loads(flag(worker("decode"), "--kv-events-config"))
    assert events["enable_kv_cache_events"] is True
    without = worker("decode", (f"{CHAT}.frontend", {"router": "round-robin"}))
    assert "--kv-events-config" not in argv(without)
    assert dict(graph().frontend.environment) == {"DYN_ROUTER_MODE": "kv"}


@pytest.mark.parametrize(
    ("backend", "module", "variable"),
    [
        ("vllm", "dynamo.vllm", None),
        ("sglang", "dynamo.sglang", "SGLANG_DISAGGREGATION_NIXL_BACKEND"),
        ("trtllm", "dynamo.trtllm", "TRTLLM_NIXL_KVCACHE_BACKEND"),
    ],
)
def test_every_engine_is_told_its_transport(
    backend: str, module: str, variable: str | None
) -> None:
    decode = worker("decode", (f"{CHAT}.backend", backend))
    assert argv(decode)[:3] == ["python3", "-m", module]
    if variable:
        assert dict(decode.environment)[variable] == "LIBFABRIC"
    if backend != "sglang":  # the operator reads sizes only from long flags
        assert flag(decode, "--tensor-parallel-size") == "2"


def test_trtllm_has_no_plain_image() -> None:
    changes = ((f"{CHAT}.backend", "trtllm"), (f"{CHAT}.kvTransfer", "tcp"))
    assert worker("decode", *changes).image.endswith("tensorrtllm-runtime:1.2.0-cuda13")


def test_a_mocker_moves_nothing() -> None:
    plain = {"replicas": 1}
    decode = worker(
        "decode",
        (f"{CHAT}.backend", "mocker"),
        (f"{CHAT}.workers", {"prefill": plain, "decode": plain}),
    )
    assert decode.extended_resources == {}
    assert argv(decode)[2] == "dynamo.mocker"
    assert decode.security == "none"


def test_one_kind_of_worker_is_not_disaggregated() -> None:
    sizes = {"replicas": 1, "gpus": 8, "tensorParallel": 8}
    changes = ((f"{CHAT}.workers", {"worker": sizes}),)
    assert "--disaggregation-mode" not in argv(worker("worker", *changes))
    assert graph(*changes).separation == "none"


def test_own_words_win() -> None:
    prefill = worker(
        "prefill",
        (f"{CHAT}.workers.prefill.env", {"FI_PROVIDER": "tcp", "MINE": "1"}),
        (f"{CHAT}.workers.prefill.args", ["--max-model-len", "32768"]),
        (f"{CHAT}.security", "ipc_lock"),
        (f"{CHAT}.image", "registry.example/mine:1"),
    )
    assert dict(prefill.environment)["FI_PROVIDER"] == "tcp"
    assert argv(prefill)[-2:] == ["--max-model-len", "32768"]
    assert (prefill.security, prefill.image) == ("ipc_lock", "registry.example/mine:1")


def test_an_open_model_needs_no_token() -> None:
    assert graph().token_secret == "hf-token-secret"
    open_model = plan_of(("platform.huggingFace", None))
    assert open_model.graphs[0].token_secret is None
    assert open_model.token_namespaces == ()
    assert plan_of(("platform", MISSING)).token_namespaces == ("dynamo",)
