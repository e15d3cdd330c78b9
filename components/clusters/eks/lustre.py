"""FSx for Lustre: the file system, who may reach it, and the volumes on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components.clusters.eks.network import allow
from components.clusters.static_volumes import StaticVolumes, StaticVolumesArgs
from plan.clouds.eks import FSX
from plan.model import Claim
from plan.settings.eks import FsxSettings

_PROVISIONER = "fsx.csi.aws.com"
# FSx for Lustre User Guide, file system access control with Amazon VPC. Servers connect to clients
# as well as clients to servers.
_PORTS = ((988, 988), (1018, 1023))


@dataclass(frozen=True, kw_only=True)
class LustreArgs:
    """`subnet_id` is in the file system's zone, which is the zone of its clients.

    `nodes_group_id` is a group of all nodes; `efa_group_id` that of their EFA interfaces, where the
    file system is to be reached over EFA. `driver` mounts the volumes.
    """

    settings: FsxSettings
    claims: Sequence[Claim]
    vpc_id: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    nodes_group_id: pulumi.Input[str]
    efa_group_id: pulumi.Input[str] | None
    driver: pulumi.Resource
    tags: Mapping[str, str]


class Lustre(pulumi.ComponentResource):
    """One file system that all claims of its class share.

    Its network interfaces hold subnet and groups: these are its dependencies, and so go after it.
    """

    def __init__(
        self, name: str, args: LustreArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings = args.settings
        props = {
            "capacityGib": settings.capacity_gib,
            "throughput": settings.throughput,
            "efa": settings.efa,
            "protect": settings.protect,
        }
        super().__init__("gpuclusters:eks:Lustre", name, props, opts)
        group = aws.ec2.SecurityGroup(
            f"{name}-group",
            description="FSx for Lustre and its clients",
            vpc_id=args.vpc_id,
            revoke_rules_on_delete=True,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        inside = self._between_servers(name, args, group.id)
        clients = self._for_clients(name, args, group.id)
        file_system = self._file_system(name, args, group.id, inside)

        def source(claim: Claim) -> kubernetes.core.v1.CSIPersistentVolumeSourceArgs:
            return kubernetes.core.v1.CSIPersistentVolumeSourceArgs(
                driver=_PROVISIONER,
                # The driver finds the file system by the attributes; the handle only has to be
                # another one for each volume (aws-fsx-csi-driver, NodePublishVolume).
                volume_handle=pulumi.Output.concat(file_system.id, "-", claim.volume or claim.name),
                volume_attributes={
                    "dnsname": file_system.dns_name,
                    "mountname": file_system.mount_name,
                },
            )

        StaticVolumes(
            f"{name}-volumes",
            StaticVolumesArgs(
                storage_class=FSX,
                provisioner=_PROVISIONER,
                source=source,
                mount_options=("flock",),
                claims=args.claims,
            ),
            # A volume that stands can be mounted: by a driver, through an open way.
            pulumi.ResourceOptions(parent=self, depends_on=[args.driver, *clients]),
        )
        self.register_outputs({"fileSystemId": file_system.id})

    def _between_servers(
        self, name: str, args: LustreArgs, group: pulumi.Input[str]
    ) -> list[pulumi.Resource]:
        """What FSx looks for before it makes a file system."""
        mine = pulumi.ResourceOptions(parent=self)
        if args.efa_group_id is None:
            return [
                rule
                for ports in _PORTS
                for rule in allow(
                    f"{name}-servers-{ports[0]}",
                    group,
                    group,
                    ports=ports,
                    description="Lustre between servers",
                    opts=mine,
                )
            ]
        # Over EFA nothing but whole groups will do, the file system's own and its clients'.
        pairs = {
            "servers": (group, group),
            "efa-clients": (group, args.efa_group_id),
            "efa-servers": (args.efa_group_id, group),
        }
        return [
            rule
            for label, (here, there) in pairs.items()
            for rule in allow(
                f"{name}-{label}", here, there, description="Lustre over EFA", opts=mine
            )
        ]

    def _for_clients(
        self, name: str, args: LustreArgs, group: pulumi.Input[str]
    ) -> list[pulumi.Resource]:
        """Lustre over TCP for every node: those without EFA, and EFA's own start."""
        pairs = {"clients": (group, args.nodes_group_id), "nodes": (args.nodes_group_id, group)}
        return [
            rule
            for label, (here, there) in pairs.items()
            for ports in _PORTS
            for rule in allow(
                f"{name}-{label}-{ports[0]}",
                here,
                there,
                ports=ports,
                description="Lustre between servers and nodes",
                opts=pulumi.ResourceOptions(parent=self),
            )
        ]

    def _file_system(
        self,
        name: str,
        args: LustreArgs,
        group: pulumi.Input[str],
        inside: Sequence[pulumi.Resource],
    ) -> aws.fsx.LustreFileSystem:
        settings = args.settings
        iops = settings.metadata_iops
        return aws.fsx.LustreFileSystem(
            f"{name}-file-system",
            # Data at rest is always encrypted with this type, by AWS's key where none is named.
            deployment_type="PERSISTENT_2",
            storage_type="SSD",
            storage_capacity=settings.capacity_gib,
            per_unit_storage_throughput=settings.throughput,
            file_system_type_version="2.15",
            metadata_configuration=aws.fsx.LustreFileSystemMetadataConfigurationArgs(
                mode="USER_PROVISIONED" if iops else "AUTOMATIC", iops=iops
            ),
            efa_enabled=settings.efa,
            subnet_ids=args.subnet_id,
            security_group_ids=[group],
            # A backup would outlive the stack, and be paid for.
            skip_final_backup=True,
            tags={**args.tags, "Name": name},
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=settings.protect,
                depends_on=list(inside),
                custom_timeouts=pulumi.CustomTimeouts(create="45m", update="45m", delete="45m"),
            ),
        )
