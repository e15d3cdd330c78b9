"""What node pools of every cloud have in common. Each cloud's own block is in its own file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from plan.settings.types import Labels, StackModel


class Taint(StackModel):
    """One taint of a pool's nodes."""

    key: Annotated[str, Field(min_length=1)]
    value: str = ""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = "NoSchedule"


class NodePoolSettings(StackModel):
    """What every cloud's node pool has."""

    machine_type: Annotated[str, Field(min_length=1)]
    nodes: int = Field(ge=1, le=1000)
    fabric: Literal["auto", "efa", "infiniband", "roce", "tcp"] = Field(
        default="auto",
        description="network between GPUs of different nodes; auto is the best the machine has",
    )
    labels: Labels = {}
    taints: tuple[Taint, ...] | None = Field(
        default=None,
        strict=False,
        description="default: nvidia.com/gpu=present:NoSchedule on GPU pools, none elsewhere",
    )
