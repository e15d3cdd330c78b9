"""A gate that opens when a Deployment is ready, for charts that Helm cannot wait for."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from plan.catalog import images


@dataclass(frozen=True, kw_only=True)
class DeploymentReadyArgs:
    """The Deployment may not exist yet: an operator makes it after its chart is installed."""

    namespace: pulumi.Input[str]
    deployment: str
    timeout_minutes: int


class DeploymentReady(pulumi.ComponentResource):
    """A Job that waits in the cluster; Pulumi waits for the Job.

    Its account may read Deployments of that namespace and nothing else.
    """

    def __init__(
        self, name: str, args: DeploymentReadyArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(
            "gpuclusters:platform:DeploymentReady", name, {"deployment": args.deployment}, opts
        )
        mine = pulumi.ResourceOptions(parent=self)
        meta = kubernetes.meta.v1.ObjectMetaArgs(name=name, namespace=args.namespace)
        account = kubernetes.core.v1.ServiceAccount(name, metadata=meta, opts=mine)
        role = kubernetes.rbac.v1.Role(
            name,
            metadata=meta,
            rules=[
                kubernetes.rbac.v1.PolicyRuleArgs(
                    api_groups=["apps"],
                    resources=["deployments"],
                    verbs=["get", "list", "watch"],
                )
            ],
            opts=mine,
        )
        binding = kubernetes.rbac.v1.RoleBinding(
            name,
            metadata=meta,
            role_ref=kubernetes.rbac.v1.RoleRefArgs(
                api_group="rbac.authorization.k8s.io",
                kind="Role",
                name=role.metadata["name"],
            ),
            subjects=[
                kubernetes.rbac.v1.SubjectArgs(
                    kind="ServiceAccount",
                    name=account.metadata["name"],
                    namespace=args.namespace,
                )
            ],
            opts=mine,
        )
        target = f"deployment/{args.deployment}"
        timeout = f"--timeout={args.timeout_minutes}m"
        kubernetes.batch.v1.Job(
            name,
            metadata=meta,
            spec=kubernetes.batch.v1.JobSpecArgs(
                backoff_limit=3,
                template=kubernetes.core.v1.PodTemplateSpecArgs(
                    spec=kubernetes.core.v1.PodSpecArgs(
                        service_account_name=account.metadata["name"],
                        restart_policy="OnFailure",
                        init_containers=[_kubectl("made", "wait", "--for=create", target, timeout)],
                        containers=[_kubectl("ready", "rollout", "status", target, timeout)],
                    )
                ),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[binding],
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(create=f"{2 * args.timeout_minutes}m"),
            ),
        )
        self.register_outputs({})


def _kubectl(name: str, *arguments: str) -> kubernetes.core.v1.ContainerArgs:
    return kubernetes.core.v1.ContainerArgs(
        name=name,
        image=images.tool("kubectl"),
        args=list(arguments),
        resources=kubernetes.core.v1.ResourceRequirementsArgs(
            requests={"cpu": "50m", "memory": "64Mi"}, limits={"memory": "256Mi"}
        ),
    )
