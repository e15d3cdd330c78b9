"""A layer that is one Helm release in a namespace of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from components.platform.readiness import DeploymentReady, DeploymentReadyArgs
from plan.catalog.charts import Chart
from plan.clouds.common import STACK_LABEL, SYSTEM_NAMESPACES


@dataclass(frozen=True, kw_only=True)
class ChartLayerArgs:
    """A pinned chart and the values that differ from its defaults."""

    chart: Chart
    values: Mapping[str, object]


class ChartLayer(pulumi.ComponentResource):
    """Namespace, release, and a readiness gate where Helm's own wait cannot be used.

    The namespace is ours, not Helm's, so that what an uninstall leaves in it (the claim of NATS,
    and with it a volume) goes with it.
    """

    def __init__(
        self, name: str, args: ChartLayerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        chart = args.chart
        props = {"chart": chart.chart, "version": chart.version, "namespace": chart.namespace}
        super().__init__("gpuclusters:platform:ChartLayer", name, props, opts)
        mine = pulumi.ResourceOptions(parent=self)
        namespace: pulumi.Input[str] = chart.namespace
        if chart.namespace not in SYSTEM_NAMESPACES:
            made = kubernetes.core.v1.Namespace(
                f"{name}-namespace",
                metadata=kubernetes.meta.v1.ObjectMetaArgs(
                    name=chart.namespace,
                    labels={**chart.namespace_labels, STACK_LABEL: pulumi.get_stack()},
                ),
                opts=mine,
            )
            namespace = made.metadata["name"]
        repository = None
        if chart.repository is not None:
            repository = kubernetes.helm.v3.RepositoryOptsArgs(repo=chart.repository)
        release = kubernetes.helm.v3.Release(
            f"{name}-release",
            name=chart.release_name,
            chart=chart.chart,
            version=chart.version,
            repository_opts=repository,
            namespace=namespace,
            create_namespace=False,
            # Says whose it is, also where the namespace cannot.
            description=f"{STACK_LABEL}={pulumi.get_stack()}",
            values=dict(args.values),
            # A release that failed half-way is taken back: the next `up` starts clean.
            atomic=chart.wait,
            skip_await=not chart.wait,
            timeout=chart.timeout_minutes * 60,
            opts=pulumi.ResourceOptions(
                parent=self,
                # Its name is fixed, so two cannot stand side by side.
                delete_before_replace=True,
            ),
        )
        if chart.ready_deployment is not None:
            DeploymentReady(
                f"{name}-ready",
                DeploymentReadyArgs(
                    namespace=namespace,
                    deployment=chart.ready_deployment,
                    timeout_minutes=chart.timeout_minutes,
                ),
                pulumi.ResourceOptions(parent=self, depends_on=[release]),
            )
        self.register_outputs({})
