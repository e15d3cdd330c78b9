"""Who the nodes are, and what the project has to allow before anything can be made."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from plan.settings import GkeSettings

# Logs, metrics and nothing else (GKE docs, "Harden your cluster"). Images of a private Artifact
# Registry need a reader role on their repository besides.
_NODE_ROLE = "roles/container.defaultNodeServiceAccount"
_MAX_ACCOUNT_ID = 30


def required_services(settings: GkeSettings) -> tuple[str, ...]:
    """The APIs that the stack calls. One that is off fails half an hour in, SERVICE_DISABLED."""
    services = [
        "cloudresourcemanager.googleapis.com",  # role bindings of the project
        "compute.googleapis.com",
        "container.googleapis.com",
        "iam.googleapis.com",
    ]
    if settings.storage.managed_lustre:
        services += ["lustre.googleapis.com", "servicenetworking.googleapis.com"]
    if settings.storage.filestore:
        services.append("file.googleapis.com")
    return tuple(services)


@dataclass(frozen=True, kw_only=True)
class ServicesArgs:
    """`names` are those of APIs."""

    project: str
    names: Sequence[str]


class Services(pulumi.ComponentResource):
    """APIs of the project, switched on and left on.

    Other stacks of the project use them too: switching one off on destroy would break those.
    """

    def __init__(
        self, name: str, args: ServicesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("gpuclusters:gke:Services", name, {"names": list(args.names)}, opts)
        for service in args.names:
            gcp.projects.Service(
                f"{name}-{service.partition('.')[0]}",
                project=args.project,
                service=service,
                disable_on_destroy=False,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class NodeIdentityArgs:
    """The cluster whose nodes it is for."""

    cluster_name: str
    project: str


class NodeIdentity(pulumi.ComponentResource):
    """A service account for the nodes. Without one they run as an editor of the whole project."""

    def __init__(
        self, name: str, args: NodeIdentityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("gpuclusters:gke:NodeIdentity", name, {"role": _NODE_ROLE}, opts)
        account = gcp.serviceaccount.Account(
            f"{name}-account",
            account_id=account_id(args.cluster_name),
            display_name=f"nodes of {args.cluster_name}",
            project=args.project,
            # Its id is fixed.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        binding = gcp.projects.IAMMember(
            f"{name}-role",
            project=args.project,
            role=_NODE_ROLE,
            member=account.member,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.email = account.email
        # Nodes outlive the binding by no second: they would stop logging in the middle of a drain.
        self.bindings: Sequence[pulumi.Resource] = [binding]
        self.register_outputs({"email": self.email})


def account_id(cluster_name: str) -> str:
    """An id of at most 30 characters that is the cluster's own."""
    wanted = f"{cluster_name}-nodes"
    if len(wanted) <= _MAX_ACCOUNT_ID:
        return wanted
    digest = hashlib.sha256(cluster_name.encode()).hexdigest()[:6]
    kept = _MAX_ACCOUNT_ID - len(f"-{digest}-nodes")
    return f"{cluster_name[:kept].rstrip('-')}-{digest}-nodes"
