"""What graphs find in place: namespaces, the model token, KAI queues of our own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from plan.clouds.common import STACK_LABEL
from plan.settings import QueueSettings

TOKEN_ENTRY = "HF_TOKEN"


@dataclass(frozen=True, kw_only=True)
class WorkspacesArgs:
    """`token` is written to every one of `token_namespaces`, which are all in `namespaces`."""

    namespaces: Sequence[str]
    token_namespaces: Sequence[str]
    token_secret: str | None
    token: pulumi.Output[str] | None
    queues: Mapping[str, QueueSettings]


class Workspaces(pulumi.ComponentResource):
    """The namespaces of the graphs."""

    def __init__(
        self, name: str, args: WorkspacesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {"namespaces": list(args.namespaces), "queues": list(args.queues)}
        super().__init__("gpuclusters:platform:Workspaces", name, props, opts)
        for namespace in sorted({*args.namespaces, *args.token_namespaces}):
            made = kubernetes.core.v1.Namespace(
                f"{name}-{namespace}",
                metadata=kubernetes.meta.v1.ObjectMetaArgs(
                    name=namespace, labels={STACK_LABEL: pulumi.get_stack()}
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )
            if args.token_secret and args.token is not None and namespace in args.token_namespaces:
                kubernetes.core.v1.Secret(
                    f"{name}-{namespace}-token",
                    metadata=kubernetes.meta.v1.ObjectMetaArgs(
                        name=args.token_secret, namespace=made.metadata["name"]
                    ),
                    string_data={TOKEN_ENTRY: args.token},
                    opts=pulumi.ResourceOptions(
                        parent=self, additional_secret_outputs=["stringData", "data"]
                    ),
                )
        for queue, settings in args.queues.items():
            self._queue(f"{name}-queue-{queue}", queue, settings)
        self.register_outputs({})

    def _queue(self, name: str, queue: str, settings: QueueSettings) -> None:
        unlimited = {"quota": -1, "limit": -1, "overQuotaWeight": 1}
        kubernetes.apiextensions.CustomResource(
            name,
            api_version="scheduling.run.ai/v2",
            kind="Queue",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=queue),
            spec={
                "parentQueue": settings.parent,
                "resources": {
                    "cpu": unlimited,
                    "memory": unlimited,
                    "gpu": {
                        "quota": settings.gpu_quota,
                        "limit": settings.gpu_limit,
                        "overQuotaWeight": 1,
                    },
                },
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
