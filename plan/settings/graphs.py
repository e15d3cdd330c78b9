"""The `graphs` block: models, and how each is served."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from plan.settings.types import (
    TOKEN_PREFIX,
    ComponentName,
    DnsLabel,
    Labels,
    Quantity,
    StackModel,
)

_MOST_NODES = 64
_MOST_GPUS_OF_A_NODE = 16
_MOST_GPUS = _MOST_NODES * _MOST_GPUS_OF_A_NODE
"""Of one replica."""


def _no_token(variables: Labels) -> Labels:
    """A token here would be in the repository, in the plan and in the graph's manifest."""
    if any(value.startswith(TOKEN_PREFIX) for value in variables.values()):
        raise ValueError(
            "a Hugging Face token stands in plain text; take it out, make a new one and set it "
            "with `pulumi config set --secret huggingFaceToken`"
        )
    return variables


class WorkerRole(StrEnum):
    """What a worker does: one half of a disaggregated graph, or all of it."""

    PREFILL = "prefill"
    DECODE = "decode"
    WORKER = "worker"


class TolerationSettings(StackModel):
    """A toleration, as Kubernetes writes it."""

    key: str | None = None
    operator: Literal["Exists", "Equal"] = "Exists"
    value: str | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None


class FrontendSettings(StackModel):
    """The OpenAI-compatible front door and its router."""

    replicas: int = Field(default=1, ge=1, le=100)
    pool: DnsLabel | None = Field(default=None, description="default: the first pool without GPUs")
    cpu: Quantity = "4"
    memory: Quantity = "8Gi"
    router: Literal["round-robin", "random", "kv", "least-loaded", "direct"] = "kv"


class WorkerSettings(StackModel):
    """One kind of engine worker."""

    replicas: int = Field(ge=1, le=10_000)
    role: WorkerRole | None = Field(
        default=None,
        strict=False,
        description="default: the worker's own name, where that is a role",
    )
    nodes: int = Field(default=1, ge=1, le=_MOST_NODES, description="nodes one replica spans")
    gpus: int = Field(
        default=0,
        ge=0,
        le=_MOST_GPUS_OF_A_NODE,
        description="GPUs of one replica on each of its nodes",
    )
    tensor_parallel: int = Field(default=1, ge=1, le=_MOST_GPUS)
    pipeline_parallel: int = Field(default=1, ge=1, le=_MOST_GPUS)
    data_parallel: int = Field(default=1, ge=1, le=_MOST_GPUS)
    rdma: int | None = Field(
        default=None,
        ge=0,
        le=64,
        description="fabric interfaces on each node; default: the GPUs' share of the node's",
    )
    cpu: Quantity = "4"
    memory: Quantity = "16Gi"
    shared_memory: Quantity = "16Gi"
    args: tuple[str, ...] = Field(default=(), strict=False, description="further engine arguments")
    env: Annotated[Labels, AfterValidator(_no_token)] = {}
    tolerations: tuple[TolerationSettings, ...] | None = Field(
        default=None, strict=False, description="default: what the pool's taints ask for"
    )


CacheKind = Literal["model", "compilation", "perf"]
"""What a shared claim holds: weights, compiled kernels, or measurements of benchmarks."""


class CacheSettings(StackModel):
    """A persistent volume claim that every worker of the graph shares."""

    claim: DnsLabel | None = Field(
        default=None, description="default: model-cache, compilation-cache or perf-cache"
    )
    size: Quantity = "100Gi"
    storage_class: DnsLabel | None = Field(
        default=None,
        description="default: the cluster's shared file system, else its default storage class",
    )
    access_mode: Literal["ReadWriteOnce", "ReadWriteMany"] = "ReadWriteMany"


class ModelDownloadSettings(StackModel):
    """A Job that fetches the weights into the model cache before the graph starts."""

    revision: Annotated[str, Field(min_length=1)] = "main"
    memory: Quantity = Field(
        default="4Gi", description="16Gi for the largest models, or the Job is killed"
    )
    timeout_minutes: int = Field(default=120, ge=1, le=24 * 60)


class GraphSettings(StackModel):
    """One inference graph: a frontend and its workers."""

    backend: Literal["vllm", "sglang", "trtllm", "mocker"]
    model: Annotated[
        str, Field(min_length=1, description="Hugging Face id, such as Qwen/Qwen3-32B")
    ]
    namespace: DnsLabel = "dynamo"
    pool: DnsLabel = Field(description="the node pool the workers run on")
    api_version: Literal["v1beta1", "v1alpha1"] = "v1beta1"
    queue: DnsLabel = "dynamo"
    kv_transfer: Literal["rdma", "tcp"] = Field(
        default="rdma",
        description="how prefill hands the KV cache to decode; tcp is 200 to 500 times slower "
        "to the first token and has to be asked for",
    )
    separate_hosts: Literal["auto", "required", "preferred", "none"] = Field(
        default="auto", description="keep prefill and decode workers on different nodes"
    )
    security: Literal["auto", "privileged", "ipc_lock", "none"] = Field(
        default="auto", description="what a worker may do to pin memory for RDMA"
    )
    image: str | None = Field(
        default=None, description="a runtime image of your own; default: the release's"
    )
    image_variant: Literal["auto", "default", "cuda13", "efa"] = "auto"
    frontend: FrontendSettings = FrontendSettings()
    workers: dict[ComponentName, WorkerSettings] = Field(min_length=1, max_length=24)
    caches: dict[CacheKind, CacheSettings] = Field(
        default={},
        description="claims shared by the workers; without one for the model each worker "
        "downloads to its node's own disks",
    )
    model_download: ModelDownloadSettings | None = Field(
        default=ModelDownloadSettings(),
        description="null: the model cache is filled by somebody else, or by the first worker",
    )

    @model_validator(mode="after")
    def _every_worker_has_a_role(self) -> GraphSettings:
        unknown = [n for n, w in self.workers.items() if w.role is None and n not in _ROLE_NAMES]
        if unknown:
            raise ValueError(
                f"workers {', '.join(unknown)} need a role: one of {', '.join(_ROLE_NAMES)}"
            )
        return self

    def role(self, worker: str) -> WorkerRole:
        """The role of one worker, given or implied by its name."""
        return self.workers[worker].role or WorkerRole(worker)

    @property
    def disaggregated(self) -> bool:
        """Whether prefill and decode are separate workers."""
        roles = {self.role(name) for name in self.workers}
        return {WorkerRole.PREFILL, WorkerRole.DECODE} <= roles


_ROLE_NAMES = tuple(role.value for role in WorkerRole)
