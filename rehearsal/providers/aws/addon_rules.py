"""What keeps an EKS add-on from becoming ACTIVE, and what it may not be deleted under."""

from __future__ import annotations

import json
from typing import NamedTuple, cast

from rehearsal.providers.aws import kinds
from rehearsal.providers.aws.eks_rules import attached_policies
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Json, Props, items, number, text, texts
from rehearsal.providers.world import Record, World

_AGENT = "eks-pod-identity-agent"
_POD_IDENTITY = "pods.eks.amazonaws.com"
_ACTIONS = ("sts:AssumeRole", "sts:TagSession")


class _Driver(NamedTuple):
    policy: str
    provisioner: str


_DRIVERS = {
    "aws-ebs-csi-driver": _Driver("AmazonEBSCSIDriverPolicy", "ebs.csi.aws.com"),
    "aws-efs-csi-driver": _Driver("AmazonEFSCSIDriverPolicy", "efs.csi.aws.com"),
    "aws-fsx-csi-driver": _Driver("AmazonFSxFullAccess", "fsx.csi.aws.com"),
}
# Deployments: they need a node. Daemon sets of a cluster without nodes are complete.
_DEPLOYED = frozenset({"coredns", *_DRIVERS})


def check_add_on(world: World, inputs: Props) -> None:
    """Creation waits for ACTIVE, and ends after 20 minutes with what is in the add-on's health."""
    add_on, cluster = text(inputs, "addonName"), text(inputs, "clusterName")
    if add_on in _DEPLOYED and not _has_room(world, cluster):
        raise Refusal(
            f"add-on {add_on} is DEGRADED: InsufficientNumberOfReplicas: The add-on is unhealthy "
            "because all deployments have all pods unscheduled: no nodes available to schedule pods"
        )
    driver = _DRIVERS.get(add_on)
    if driver is not None:
        _check_driver(world, inputs, driver)


def check_driver_unused(world: World, add_on: Record) -> None:
    """D5: who deletes what a driver made for claims, once the driver is gone? Nobody does."""
    driver = _DRIVERS.get(text(add_on.inputs, "addonName"))
    cluster = world.find("aws", (kinds.CLUSTER,), text(add_on.inputs, "clusterName"))
    if driver is None or cluster is None:
        return
    server = text(cluster.outputs, "endpoint")
    classes = {
        text(record.inputs, "metadata", "name")
        for record in world.all("kubernetes", "StorageClass.storage.k8s.io", cluster=server)
        if text(record.inputs, "provisioner") == driver.provisioner
    }
    for claim in world.all("kubernetes", "PersistentVolumeClaim", cluster=server):
        if text(claim.inputs, "spec", "storageClassName") in classes:
            raise Refusal(
                f"simulated: claim {claim.key.id} ({claim.name}) still has a volume of "
                f"{driver.provisioner}: without the driver it is never unmounted nor deleted, so "
                "the order of deletion is wrong"
            )


def _check_driver(world: World, inputs: Props, driver: _Driver) -> None:
    add_on, cluster = text(inputs, "addonName"), text(inputs, "clusterName")
    given = items(inputs, "podIdentityAssociations")
    if given and world.find("aws", (kinds.ADDON,), f"{cluster}:{_AGENT}") is None:
        raise Refusal(
            f"add-on {add_on} is DEGRADED: Amazon EKS Pod Identity agent is not installed in the "
            "cluster",
            "podIdentityAssociations",
        )
    arn = next((text(item, "roleArn") for item in given), "") or text(
        inputs, "serviceAccountRoleArn"
    )
    role = world.find("aws", (kinds.ROLE,), arn) if arn else None
    if role is None:
        raise Refusal(f"add-on {add_on} is DEGRADED: AccessDenied: its controller has no role")
    if given and not _trusts_pods(role):
        raise Refusal(
            f"InvalidParameterException: the trust policy of {arn} does not let {_POD_IDENTITY} "
            f"{' and '.join(_ACTIONS)}",
            "podIdentityAssociations",
        )
    if driver.policy not in attached_policies(world, role):
        raise Refusal(
            f"add-on {add_on} is DEGRADED: AccessDenied: role {role.key.id} has no "
            f"{driver.policy} attached",
            "podIdentityAssociations",
        )


def _has_room(world: World, cluster: str) -> bool:
    """Whether there is a node that takes any pod."""
    return any(
        number(group.inputs, "scalingConfig", "desiredSize") > 0
        and not items(group.inputs, "taints")
        for group in world.all("aws", kinds.NODE_GROUP)
        if text(group.inputs, "clusterName") == cluster
    )


def _trusts_pods(role: Record) -> bool:
    policy = cast("Json", json.loads(text(role.inputs, "assumeRolePolicy") or "{}"))
    return any(
        _POD_IDENTITY
        in (text(statement, "Principal", "Service"), *texts(statement, "Principal", "Service"))
        and set(_ACTIONS) <= set(texts(statement, "Action"))
        for statement in items(policy, "Statement")
        if text(statement, "Effect") == "Allow"
    )
