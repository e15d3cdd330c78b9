"""The `platform` block: versions, queues and the Hugging Face token."""

from __future__ import annotations

from pydantic import Field

from plan.settings.types import DnsLabel, ReleaseVersion, StackModel

# More than any cluster has: a longer number is a slip of the hand.
_MOST_GPUS = 1_000_000


class VersionSettings(StackModel):
    """Versions of the platform; the compatibility table says which go together."""

    dynamo: ReleaseVersion = "1.2.0"
    grove: ReleaseVersion = "v0.1.0-alpha.8"
    kai: ReleaseVersion = "v0.13.4"


class QueueSettings(StackModel):
    """A KAI queue of ours, under a parent queue. Quotas: -1 is unlimited."""

    parent: DnsLabel = Field(
        default="dynamo-default", description="the root queue that the platform chart makes"
    )
    gpu_quota: int = Field(default=-1, ge=-1, le=_MOST_GPUS)
    gpu_limit: int = Field(default=-1, ge=-1, le=_MOST_GPUS)


class HuggingFaceSettings(StackModel):
    """Where the token goes. Its value is the secret `huggingFaceToken`, never in this block."""

    secret_name: DnsLabel = "hf-token-secret"
    namespaces: tuple[DnsLabel, ...] | None = Field(
        default=None, strict=False, description="default: the namespace of every graph"
    )


class PlatformSettings(StackModel):
    """What is laid on the cluster before the first graph."""

    versions: VersionSettings = VersionSettings()
    namespace: DnsLabel = "dynamo-system"
    queues: dict[DnsLabel, QueueSettings] = {}
    hugging_face: HuggingFaceSettings | None = Field(
        default=HuggingFaceSettings(),
        description="null where every model is open: no token is then asked for",
    )
