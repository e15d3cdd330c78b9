"""Command lines of the inference engines: from a worker's settings to its arguments.

Only long flags with literal sizes: the operator reads `--tensor-parallel-size` as text and adds
nothing for a short flag or a shell variable.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from plan.fabric import Fabric
from plan.settings import GraphSettings, WorkerRole, WorkerSettings

# Engine publishes here, the worker's own Dynamo process listens: never leaves the pod.
_KV_EVENTS = {"publisher": "zmq", "topic": "kv-events", "endpoint": "tcp://*:5557"}


def engine_arguments(
    graph: GraphSettings, role: WorkerRole, worker: WorkerSettings, fabric: Fabric
) -> tuple[str, ...]:
    """The whole command line of one worker, program first."""
    return (*_ENGINES[graph.backend](graph, role, worker, fabric), *worker.args)


def _vllm(
    graph: GraphSettings, role: WorkerRole, worker: WorkerSettings, fabric: Fabric
) -> tuple[str, ...]:
    command = ["python3", "-m", "dynamo.vllm", "--model", graph.model]
    command += ["--tensor-parallel-size", str(worker.tensor_parallel)]
    if worker.pipeline_parallel > 1:
        command += ["--pipeline-parallel-size", str(worker.pipeline_parallel)]
    if worker.data_parallel > 1:
        command += ["--data-parallel-size", str(worker.data_parallel)]
    if role is not WorkerRole.WORKER:
        connector = {"kv_connector": "NixlConnector", "kv_role": "kv_both"}
        transfer = {**connector, **(fabric.kv_connector or {})}
        command += ["--disaggregation-mode", role.value]
        command += ["--kv-transfer-config", _json(transfer)]
    command += _kv_events(graph)
    return tuple(command)


def _sglang(
    graph: GraphSettings, role: WorkerRole, worker: WorkerSettings, fabric: Fabric
) -> tuple[str, ...]:
    del fabric  # SGLang takes its NIXL transport from the environment
    command = ["python3", "-m", "dynamo.sglang", "--model-path", graph.model]
    command += ["--served-model-name", graph.model, "--tp", str(worker.tensor_parallel)]
    if worker.data_parallel > 1:
        command += ["--dp", str(worker.data_parallel)]
    command.append("--skip-tokenizer-init")
    if role is not WorkerRole.WORKER:
        command += [
            "--disaggregation-mode",
            role.value,
            "--disaggregation-transfer-backend",
            "nixl",
        ]
        command += ["--host", "0.0.0.0"]  # the other half reaches the bootstrap port on it
    command += _kv_events(graph)
    return tuple(command)


def _trtllm(
    graph: GraphSettings, role: WorkerRole, worker: WorkerSettings, fabric: Fabric
) -> tuple[str, ...]:
    del fabric  # TensorRT-LLM takes its NIXL transport from the environment
    command = ["python3", "-m", "dynamo.trtllm", "--model-path", graph.model]
    command += ["--served-model-name", graph.model]
    command += ["--tensor-parallel-size", str(worker.tensor_parallel)]
    if worker.pipeline_parallel > 1:
        command += ["--pipeline-parallel-size", str(worker.pipeline_parallel)]
    if role is not WorkerRole.WORKER:
        command += ["--disaggregation-mode", role.value]
    if graph.frontend.router == "kv":
        command.append("--publish-events-and-metrics")
    return tuple(command)


def _mocker(
    graph: GraphSettings, role: WorkerRole, worker: WorkerSettings, fabric: Fabric
) -> tuple[str, ...]:
    del worker, fabric  # it computes nothing and moves no KV cache
    command = ["python3", "-m", "dynamo.mocker", "--model-path", graph.model]
    command += ["--model-name", graph.model, "--speedup-ratio", "1.0"]
    if role is not WorkerRole.WORKER:
        command += ["--disaggregation-mode", role.value]
    return tuple(command)


def _kv_events(graph: GraphSettings) -> list[str]:
    """A KV router is blind until workers publish; publishing is off by default in both engines."""
    if graph.frontend.router != "kv":
        return []
    events: dict[str, object] = dict(_KV_EVENTS)
    if graph.backend == "vllm":
        events = {"enable_kv_cache_events": True, **events}
    return ["--kv-events-config", _json(events)]


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


COMPILING_BACKENDS = ("vllm",)
"""Engines that keep compiled kernels where the compilation cache is mounted."""
_Engine = Callable[[GraphSettings, WorkerRole, WorkerSettings, Fabric], tuple[str, ...]]
_ENGINES: dict[str, _Engine] = {
    "vllm": _vllm,
    "sglang": _sglang,
    "trtllm": _trtllm,
    "mocker": _mocker,
}
