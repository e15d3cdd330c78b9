"""A layer of plain Kubernetes objects, each made after the one before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import pulumi
import pulumi_kubernetes as kubernetes

Manifest = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class ObjectsLayerArgs:
    """Manifests as Kubernetes writes them. Kinds without a class here are custom resources."""

    objects: Sequence[Manifest]


class ObjectsLayer(pulumi.ComponentResource):
    """The objects, in their order: a policy is no use before the rule that labels its nodes."""

    def __init__(
        self, name: str, args: ObjectsLayerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        kinds = [str(manifest["kind"]) for manifest in args.objects]
        super().__init__("gpuclusters:platform:ObjectsLayer", name, {"kinds": kinds}, opts)
        before: list[pulumi.Resource] = []
        for manifest in args.objects:
            made = _make(
                f"{name}-{str(manifest['kind']).lower()}",
                manifest,
                pulumi.ResourceOptions(
                    parent=self,
                    depends_on=list(before),
                    # Names are fixed. Drivers may be compiled on the nodes before it is ready.
                    delete_before_replace=True,
                    custom_timeouts=pulumi.CustomTimeouts(create="60m", update="60m"),
                ),
            )
            before.append(made)
        self.register_outputs({})


def _make(name: str, manifest: Manifest, opts: pulumi.ResourceOptions) -> pulumi.Resource:
    metadata = cast("kubernetes.meta.v1.ObjectMetaArgs", manifest["metadata"])
    match manifest["apiVersion"], manifest["kind"]:
        case "v1", "ConfigMap":
            data = cast("Mapping[str, str]", manifest["data"])
            return kubernetes.core.v1.ConfigMap(name, metadata=metadata, data=data, opts=opts)
        case "apps/v1", "DaemonSet":
            spec = cast("kubernetes.apps.v1.DaemonSetSpecArgs", manifest["spec"])
            return kubernetes.apps.v1.DaemonSet(name, metadata=metadata, spec=spec, opts=opts)
        case version, kind:
            return kubernetes.apiextensions.CustomResource(
                name,
                api_version=str(version),
                kind=str(kind),
                metadata=metadata,
                spec=cast("Manifest", manifest["spec"]),
                opts=opts,
            )
