"""All layers of the platform, each after the layers it requires."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.clusters import KubernetesCluster
from components.platform.chart_layer import ChartLayer, ChartLayerArgs
from components.platform.objects_layer import ObjectsLayer, ObjectsLayerArgs
from components.platform.workspaces import Workspaces, WorkspacesArgs
from plan.model import Layer, Plan


@dataclass(frozen=True, kw_only=True)
class PlatformArgs:
    """`hugging_face_token` is a secret, or None where the stack uses none."""

    plan: Plan
    cluster: KubernetesCluster
    hugging_face_token: pulumi.Output[str] | None


class Platform(pulumi.ComponentResource):
    """What graphs stand on. `layers` holds each layer's component by name."""

    def __init__(
        self, name: str, args: PlatformArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {"layers": [layer.name for layer in args.plan.layers]}
        super().__init__("gpuclusters:platform:Platform", name, props, opts)
        self.layers: dict[str, pulumi.Resource] = {}
        for layer in args.plan.layers:
            self.layers[layer.name] = self._layer(layer, args)
        self.register_outputs({})

    def _layer(self, layer: Layer, args: PlatformArgs) -> pulumi.Resource:
        required = [self.layers[name] for name in layer.requires if name in self.layers]
        opts = pulumi.ResourceOptions(
            parent=self,
            depends_on=[*args.cluster.foundation, *required],
            # When the cluster goes, what is only inside it need not be taken apart first. What
            # holds volumes is: they would stay, and be billed.
            deleted_with=None if layer.keeps_cloud_resources else args.cluster.control_plane,
        )
        if layer.chart is not None:
            return ChartLayer(
                layer.name, ChartLayerArgs(chart=layer.chart, values=layer.values), opts
            )
        if layer.objects:
            return ObjectsLayer(layer.name, ObjectsLayerArgs(objects=layer.objects), opts)
        workspaces = WorkspacesArgs(
            namespaces=sorted({graph.namespace for graph in args.plan.graphs}),
            token_namespaces=args.plan.token_namespaces,
            token_secret=_token_secret(args.plan),
            token=args.hugging_face_token,
            queues=args.plan.queues,
        )
        return Workspaces(layer.name, workspaces, opts)


def _token_secret(plan: Plan) -> str | None:
    token = plan.settings.platform.hugging_face
    return token.secret_name if token else None
