"""Partitions and trust of IAM roles."""

from __future__ import annotations

import json

import pytest

from components.clusters.eks.identity import (
    EBS_POLICY,
    ServiceRole,
    node_role_args,
    partition_of,
    pod_identity_role_args,
)
from tests.harness.program import record


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("us-east-1", "aws"),
        ("eu-central-1", "aws"),
        ("us-gov-west-1", "aws-us-gov"),
        ("cn-north-1", "aws-cn"),
    ],
)
def test_partition(region: str, partition: str) -> None:
    assert partition_of(region) == partition


@pytest.mark.parametrize(
    ("args", "service", "actions"),
    [
        (node_role_args("aws", {}), "ec2.amazonaws.com", ["sts:AssumeRole"]),
        (
            pod_identity_role_args([EBS_POLICY], "aws", {}),
            "pods.eks.amazonaws.com",
            ["sts:AssumeRole", "sts:TagSession"],
        ),
    ],
)
def test_who_may_assume_a_role(args: object, service: str, actions: list[str]) -> None:
    recording = record(lambda: ServiceRole("r", args), preview=False)  # pyright: ignore[reportArgumentType]
    policy = json.loads(recording.one("aws:iam/role:Role").get("assumeRolePolicy"))
    assert policy == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": actions}],
    }


def test_policies_are_of_the_regions_partition() -> None:
    recording = record(lambda: ServiceRole("r", node_role_args("aws-cn", {})), preview=False)
    attached = recording.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert {a.get("policyArn") for a in attached} == {
        "arn:aws-cn:iam::aws:policy/AmazonEKSWorkerNodePolicy",
        "arn:aws-cn:iam::aws:policy/AmazonEKS_CNI_Policy",
        "arn:aws-cn:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
        "arn:aws-cn:iam::aws:policy/AmazonSSMManagedInstanceCore",
    }
    # Two attachments of one role with one name would be one.
    assert len({a.name for a in attached}) == 4


def test_a_policy_with_a_path_keeps_it() -> None:
    args = pod_identity_role_args([EBS_POLICY], "aws", {})
    attachment = record(lambda: ServiceRole("r", args), preview=False).one(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    )
    assert attachment.name == "r-AmazonEBSCSIDriverPolicy"
    assert (
        attachment.get("policyArn")
        == "arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"
    )
