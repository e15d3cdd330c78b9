"""The drivers of storage, as EKS add-ons, and the cluster's default storage class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components.clusters.eks.identity import (
    EBS_POLICY,
    EFS_POLICY,
    FSX_POLICY,
    ServiceRole,
    pod_identity_role_args,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Driver:
    """A CSI driver: `name` in names of resources, and the role its controller needs."""

    name: str
    add_on: str
    service_account: str
    policy: str


EBS_DRIVER = Driver(
    name="ebs",
    add_on="aws-ebs-csi-driver",
    service_account="ebs-csi-controller-sa",
    policy=EBS_POLICY,
)
FSX_DRIVER = Driver(
    name="fsx",
    add_on="aws-fsx-csi-driver",
    service_account="fsx-csi-controller-sa",
    policy=FSX_POLICY,
)
EFS_DRIVER = Driver(
    name="efs",
    add_on="aws-efs-csi-driver",
    service_account="efs-csi-controller-sa",
    policy=EFS_POLICY,
)


@dataclass(frozen=True, kw_only=True)
class DriverArgs:
    """`agent` is what hands roles to pods (EKS Pod Identity): the driver's come after it."""

    driver: Driver
    cluster_name: pulumi.Input[str]
    agent: pulumi.Resource
    partition: str
    tags: Mapping[str, str]


def install_driver(name: str, args: DriverArgs, opts: pulumi.ResourceOptions) -> aws.eks.Addon:
    """The add-on of a driver, with a role of its own."""
    driver = args.driver
    role = ServiceRole(
        f"{name}-{driver.name}",
        pod_identity_role_args([driver.policy], args.partition, args.tags),
        pulumi.ResourceOptions(parent=opts.parent),
    )
    return aws.eks.Addon(
        f"{name}-{driver.name}-csi",
        cluster_name=args.cluster_name,
        addon_name=driver.add_on,
        pod_identity_associations=[
            aws.eks.AddonPodIdentityAssociationArgs(
                role_arn=role.role.arn, service_account=driver.service_account
            )
        ],
        tags=args.tags,
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(depends_on=[args.agent, *role.attachments])
        ),
    )


def default_storage_class(
    name: str, opts: pulumi.ResourceOptions
) -> kubernetes.storage.v1.StorageClass:
    """An encrypted gp3 class. EKS makes none by itself, and claims without one wait for ever."""
    return kubernetes.storage.v1.StorageClass(
        f"storage-class-{name}",
        metadata=kubernetes.meta.v1.ObjectMetaArgs(
            name=name, annotations={"storageclass.kubernetes.io/is-default-class": "true"}
        ),
        provisioner="ebs.csi.aws.com",
        parameters={"type": "gp3", "encrypted": "true"},
        volume_binding_mode="WaitForFirstConsumer",
        reclaim_policy="Delete",
        allow_volume_expansion=True,
        opts=opts,
    )
