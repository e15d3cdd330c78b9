"""EFS: the file system, one mount target a zone, and the class that cuts it up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from plan.clouds.eks import EFS
from plan.settings.eks import EfsSettings

_NFS = 2049
# The user that Dynamo's runtime images run as (Dynamo, EKS guide: the EFS storage class).
_USER = "1000"


@dataclass(frozen=True, kw_only=True)
class ElasticFileSystemArgs:
    """`subnet_ids` are one a zone, by zone: EFS takes no second mount target in a zone.

    `nodes_group_id` is a group of all nodes. `driver` makes an access point for each claim.
    """

    settings: EfsSettings
    vpc_id: pulumi.Input[str]
    subnet_ids: Mapping[str, pulumi.Input[str]]
    nodes_group_id: pulumi.Input[str]
    driver: pulumi.Resource
    tags: Mapping[str, str]


class ElasticFileSystem(pulumi.ComponentResource):
    """A file system that is as large as what is in it.

    Its mount targets hold subnets and group, and it cannot be deleted before them.
    """

    def __init__(
        self, name: str, args: ElasticFileSystemArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings = args.settings
        props = {
            "throughput": settings.throughput,
            "zones": list(args.subnet_ids),
            "protect": settings.protect,
        }
        super().__init__("gpuclusters:eks:ElasticFileSystem", name, props, opts)
        mine = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            f"{name}-group",
            description="EFS mount targets",
            vpc_id=args.vpc_id,
            revoke_rules_on_delete=True,
            tags=args.tags,
            opts=mine,
        )
        from_nodes = aws.vpc.SecurityGroupIngressRule(
            f"{name}-nodes-in",
            security_group_id=group.id,
            referenced_security_group_id=args.nodes_group_id,
            ip_protocol="tcp",
            from_port=_NFS,
            to_port=_NFS,
            description="NFS from the nodes",
            opts=mine,
        )
        file_system = aws.efs.FileSystem(
            f"{name}-file-system",
            encrypted=True,
            performance_mode="generalPurpose",
            throughput_mode=settings.throughput,
            tags={**args.tags, "Name": name},
            opts=pulumi.ResourceOptions(parent=self, protect=settings.protect),
        )
        targets = [
            aws.efs.MountTarget(
                f"{name}-{zone}",
                file_system_id=file_system.id,
                subnet_id=subnet_id,
                security_groups=[group.id],
                opts=pulumi.ResourceOptions(
                    parent=self,
                    custom_timeouts=pulumi.CustomTimeouts(create="30m", update="30m", delete="30m"),
                ),
            )
            for zone, subnet_id in args.subnet_ids.items()
        ]
        kubernetes.storage.v1.StorageClass(
            f"{name}-class",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=EFS),
            provisioner="efs.csi.aws.com",
            parameters={
                "provisioningMode": "efs-ap",
                "fileSystemId": file_system.id,
                "directoryPerms": "777",
                "uid": _USER,
                "gid": _USER,
            },
            volume_binding_mode="Immediate",
            # Deletes the claim's access point; what is in it goes with the file system.
            reclaim_policy="Delete",
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[args.driver, from_nodes, *targets]
            ),
        )
        self.register_outputs({"fileSystemId": file_system.id})
