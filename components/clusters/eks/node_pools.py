"""Managed node groups with launch templates of our own.

The network-card layout, Capacity Blocks and placement are what a ready-made node group component
gets wrong for GPU machines, so the template is written out.
"""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.clusters.eks.identity import ServiceRole, node_role_args
from components.clusters.eks.reservations import (
    capacity_options,
    capacity_type,
    needs_placement_group,
)
from plan.model import Pool

_EFFECTS = {
    "NoSchedule": "NO_SCHEDULE",
    "PreferNoSchedule": "PREFER_NO_SCHEDULE",
    "NoExecute": "NO_EXECUTE",
}
# nodeadm merges this part with EKS's own. RAID0 puts kubelet and containerd on the local disks.
_LOCAL_DISKS = textwrap.dedent("""\
    Content-Type: application/node.eks.aws

    apiVersion: node.eks.aws/v1alpha1
    kind: NodeConfig
    spec:
      instance:
        localStorage:
          strategy: RAID0
    """)
# FSx for Lustre User Guide, configuring EFA clients. A node where it fails mounts over TCP.
_LUSTRE_OVER_EFA = textwrap.dedent("""\
    Content-Type: text/x-shellscript; charset="us-ascii"

    #!/bin/bash
    set -e
    dnf install -y lustre-client unzip
    cd "$(mktemp -d)"
    curl -fsSO https://docs.aws.amazon.com/fsx/latest/LustreGuide/samples/configure-efa-fsx-lustre-client.zip
    unzip -q configure-efa-fsx-lustre-client.zip
    cd configure-efa-fsx-lustre-client
    ./setup.sh
    """)


@dataclass(frozen=True, kw_only=True)
class NodePoolArgs:
    """`subnet_ids` are the pool's own zones only; `efa_security_group_id` where it has EFA.

    `lustre_over_efa` prepares the nodes for a file system that speaks EFA.
    """

    pool: Pool
    cluster_name: pulumi.Input[str]
    cluster_security_group_id: pulumi.Input[str]
    efa_security_group_id: pulumi.Input[str] | None
    subnet_ids: Sequence[pulumi.Input[str]]
    lustre_over_efa: bool
    partition: str
    tags: Mapping[str, str]


class NodePool(pulumi.ComponentResource):
    """One managed node group, its launch template, role and, for EFA, placement group."""

    def __init__(
        self, name: str, args: NodePoolArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        pool = args.pool
        props = {
            "machineType": pool.machine.name,
            "nodes": pool.nodes,
            "fabric": pool.fabric.name,
            "zones": list(pool.zones),
        }
        super().__init__("gpuclusters:eks:NodePool", name, props, opts)
        # A role of its own: deleting a group also revokes its role's access to the cluster.
        nodes = ServiceRole(
            f"{name}-nodes",
            node_role_args(args.partition, args.tags),
            pulumi.ResourceOptions(parent=self),
        )
        template = self._launch_template(name, args)
        self.node_group = aws.eks.NodeGroup(
            f"{name}-group",
            cluster_name=args.cluster_name,
            node_role_arn=nodes.role.arn,
            subnet_ids=args.subnet_ids,
            ami_type=pool.ami_type,
            capacity_type=capacity_type(pool),
            launch_template=aws.eks.NodeGroupLaunchTemplateArgs(
                id=template.id,
                version=template.latest_version.apply(str),
            ),
            scaling_config=aws.eks.NodeGroupScalingConfigArgs(
                desired_size=pool.starting_nodes,
                min_size=pool.starting_nodes,
                max_size=pool.nodes,
            ),
            update_config=aws.eks.NodeGroupUpdateConfigArgs(
                max_unavailable=1,
                # EKS's own way starts with spare nodes, which a reservation has not.
                update_strategy="MINIMAL" if pool.has_gpus else None,
            ),
            labels=pool.labels,
            taints=[
                aws.eks.NodeGroupTaintArgs(
                    key=taint.key, value=taint.value, effect=_EFFECTS[taint.effect]
                )
                for taint in pool.taints
            ],
            tags=args.tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(nodes.attachments),
                # A block holds exactly the nodes that are there: a second group beside the first
                # would wait for capacity that the first still has.
                delete_before_replace=pool.reservation is not None,
                custom_timeouts=pulumi.CustomTimeouts(create="60m", update="60m", delete="60m"),
            ),
        )
        self.register_outputs({"nodeGroupName": self.node_group.node_group_name})

    def _launch_template(self, name: str, args: NodePoolArgs) -> aws.ec2.LaunchTemplate:
        pool = args.pool
        mine = pulumi.ResourceOptions(parent=self)
        group = None
        if needs_placement_group(pool):
            group = aws.ec2.PlacementGroup(
                f"{name}-placement", strategy="cluster", tags=args.tags, opts=mine
            ).name
        instance_tags = {**args.tags, "Name": name}
        return aws.ec2.LaunchTemplate(
            f"{name}-template",
            instance_type=pool.machine.name,
            update_default_version=True,
            user_data=_user_data(args),
            network_interfaces=_network_interfaces(args) or None,
            block_device_mappings=[
                aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                    device_name="/dev/xvda",
                    ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                        volume_size=pool.root_disk_gib,
                        volume_type="gp3",
                        encrypted="true",
                        delete_on_termination="true",
                    ),
                )
            ],
            metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
                http_tokens="required",
                # One hop more than the host's own, for pods that ask for the instance's region.
                http_put_response_hop_limit=2,
            ),
            tag_specifications=[
                aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=instance_tags)
                for kind in ("instance", "volume", "network-interface")
            ],
            tags=args.tags,
            opts=mine,
            **capacity_options(pool, group),
        )


def _user_data(args: NodePoolArgs) -> str | None:
    """What nodes do before they join, in parts; EKS adds its own."""
    parts = [_LOCAL_DISKS] if args.pool.local_disks else []
    parts += [_LUSTRE_OVER_EFA] if args.lustre_over_efa else []
    if not parts:
        return None
    head = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="//"\n\n'
    written = head + "".join(f"--//\n{part}\n" for part in parts) + "--//--\n"
    return base64.b64encode(written.encode()).decode()


def _network_interfaces(
    args: NodePoolArgs,
) -> list[aws.ec2.LaunchTemplateNetworkInterfaceArgs]:
    """Every interface of the machine, where the fabric has a layout of its own.

    A template that names security groups gets none from EKS, so the cluster's own is named too.
    """
    groups: list[pulumi.Input[str]] = [args.cluster_security_group_id]
    if args.efa_security_group_id is not None:
        groups.append(args.efa_security_group_id)
    return [
        aws.ec2.LaunchTemplateNetworkInterfaceArgs(
            network_card_index=interface.card,
            device_index=interface.device,
            interface_type=interface.kind,
            security_groups=groups,
            # An interface that outlives its node blocks the deletion of subnet and group.
            delete_on_termination="true",
        )
        for interface in args.pool.interfaces
    ]
