"""A cluster that somebody else made: looked at, taken over as it is, never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes
import yaml

from components.clusters.existing.adoption import verdict
from components.clusters.existing.api_server import CannotLook
from components.clusters.existing.discovery import look_into
from plan.findings import Severity
from plan.model import Plan
from plan.settings import ExistingSettings


@dataclass(frozen=True, kw_only=True)
class ExistingClusterArgs:
    """`kubeconfig` is the file's text; `context` the one to use."""

    cluster_name: str
    kubeconfig: str
    context: str


class ExistingCluster(pulumi.ComponentResource):
    """Satisfies `KubernetesCluster`. Makes nothing but a provider, so destroy leaves it alone."""

    control_plane: None = None
    foundation: Sequence[pulumi.Resource] = ()
    storage: Mapping[str, pulumi.Resource] = {}

    def __init__(
        self, name: str, args: ExistingClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {"clusterName": args.cluster_name, "context": args.context}
        super().__init__("gpuclusters:clusters:ExistingCluster", name, props, opts)
        self.cluster_name = args.cluster_name
        self.node_pools: Mapping[str, pulumi.Resource] = {}
        self.kubeconfig = pulumi.Output.secret(args.kubeconfig)
        self.provider = kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=self.kubeconfig,
            context=args.context,
            cluster_identifier=args.cluster_name,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def existing_cluster(plan: Plan) -> ExistingCluster:
    """The plan's existing cluster, once nothing that stands in it is in the plan's way."""
    settings = plan.settings.cluster
    if not isinstance(settings, ExistingSettings):
        raise TypeError(f"not the settings of an existing cluster: {type(settings).__name__}")
    path = Path(settings.kubeconfig).expanduser()
    try:
        kubeconfig = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file"
        raise pulumi.RunError(
            f"cluster.kubeconfig: cannot read {path} ({reason}); "
            "give the path of a kubeconfig file that holds the context "
            f"{settings.context!r}"
        ) from None
    contexts = _contexts(kubeconfig)
    if settings.context not in contexts:
        raise pulumi.RunError(
            f"cluster.context: {path} has no context {settings.context!r}; "
            f"it has {', '.join(contexts) or 'none'}"
        )
    _check(plan, path, settings.context)
    args = ExistingClusterArgs(
        cluster_name=plan.name, kubeconfig=kubeconfig, context=settings.context
    )
    return ExistingCluster("cluster", args)


def _check(plan: Plan, kubeconfig: Path, context: str) -> None:
    """Say what was found; stop, with everything that is in the way, before anything is made."""
    try:
        remarks = verdict(plan, look_into(kubeconfig, context))
    except CannotLook as error:
        raise pulumi.RunError(str(error)) from None
    refusals: list[str] = []
    for remark in remarks:
        match remark.severity:
            case Severity.ERROR:
                refusals.append(remark.line)
            case Severity.WARNING:
                pulumi.log.warn(remark.line)
            case Severity.NOTE:
                pulumi.log.info(remark.line)
    if refusals:
        raise pulumi.RunError(
            "\n".join(
                (
                    f"nothing was made: the cluster of context {context!r} does not fit this stack",
                    *refusals,
                )
            )
        )


def _contexts(kubeconfig: str) -> list[str]:
    """Names of the contexts; none where the text is no kubeconfig."""
    try:
        return [str(context["name"]) for context in yaml.safe_load(kubeconfig)["contexts"]]
    except (yaml.YAMLError, KeyError, TypeError):
        return []
