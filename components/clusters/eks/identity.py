"""IAM roles: one for each pool's nodes, one for each storage driver."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

_NODE_POLICIES = (
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonSSMManagedInstanceCore",  # a shell on a node without SSH keys or open ports
)
EBS_POLICY = "service-role/AmazonEBSCSIDriverPolicy"
EFS_POLICY = "service-role/AmazonEFSCSIDriverPolicy"
# The one that the driver's documentation names; there is none of its own.
FSX_POLICY = "AmazonFSxFullAccess"


@dataclass(frozen=True, kw_only=True)
class ServiceRoleArgs:
    """`service` may assume the role; `policies` are names of AWS managed policies."""

    service: str
    actions: Sequence[str]
    policies: Sequence[str]
    partition: str
    tags: Mapping[str, str]


class ServiceRole(pulumi.ComponentResource):
    """A role for an AWS service, with managed policies."""

    def __init__(
        self, name: str, args: ServiceRoleArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {"service": args.service, "policies": list(args.policies)}
        super().__init__("gpuclusters:eks:ServiceRole", name, props, opts)
        mine = pulumi.ResourceOptions(parent=self)
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": args.service},
            "Action": list(args.actions),
        }
        self.role = aws.iam.Role(
            f"{name}-role",
            assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
            tags=args.tags,
            opts=mine,
        )
        self.attachments: Sequence[pulumi.Resource] = [
            aws.iam.RolePolicyAttachment(
                f"{name}-{policy.rpartition('/')[2]}",
                role=self.role.name,
                policy_arn=f"arn:{args.partition}:iam::aws:policy/{policy}",
                opts=mine,
            )
            for policy in args.policies
        ]
        self.register_outputs({"arn": self.role.arn})


def node_role_args(partition: str, tags: Mapping[str, str]) -> ServiceRoleArgs:
    """What nodes of a managed node group need."""
    return ServiceRoleArgs(
        service="ec2.amazonaws.com",
        actions=("sts:AssumeRole",),
        policies=_NODE_POLICIES,
        partition=partition,
        tags=tags,
    )


def pod_identity_role_args(
    policies: Sequence[str], partition: str, tags: Mapping[str, str]
) -> ServiceRoleArgs:
    """What a pod gets through EKS Pod Identity."""
    return ServiceRoleArgs(
        service="pods.eks.amazonaws.com",
        actions=("sts:AssumeRole", "sts:TagSession"),
        policies=policies,
        partition=partition,
        tags=tags,
    )


def partition_of(region: str) -> str:
    """The partition in a region's ARNs."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
