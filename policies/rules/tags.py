"""Whose a resource is: what is left behind, or billed, can be traced to its stack."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from rules.pools import AKS_CLUSTER, AKS_POOL, EKS_POOL, EKS_TEMPLATE, GKE_CLUSTER, GKE_POOL
from rules.props import Props, every, for_each, mapping
from rules.settings import Names, schema

_KEYS = Names(
    name="keys",
    default=("gpu-clusters-cluster",),
    description="Tags on everything that can have them. A slash counts as a dash.",
)
# Where each kind has its tags, as a path: kinds that cost money, or block or outlive a destroy.
_TAGGED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            EKS_POOL,
            EKS_TEMPLATE,
            AKS_CLUSTER,
            AKS_POOL,
            "aws:ebs/volume:Volume",
            "aws:ec2/capacityReservation:CapacityReservation",
            "aws:ec2/eip:Eip",
            "aws:ec2/instance:Instance",
            "aws:ec2/internetGateway:InternetGateway",
            "aws:ec2/natGateway:NatGateway",
            "aws:ec2/placementGroup:PlacementGroup",
            "aws:ec2/routeTable:RouteTable",
            "aws:ec2/securityGroup:SecurityGroup",
            "aws:ec2/subnet:Subnet",
            "aws:ec2/vpc:Vpc",
            "aws:ec2/vpcEndpoint:VpcEndpoint",
            "aws:efs/fileSystem:FileSystem",
            "aws:eks/addon:Addon",
            "aws:eks/cluster:Cluster",
            "aws:fsx/lustreFileSystem:LustreFileSystem",
            "aws:iam/role:Role",
            "azure-native:compute:CapacityReservation",
            "azure-native:compute:CapacityReservationGroup",
            "azure-native:compute:ProximityPlacementGroup",
            "azure-native:managedidentity:UserAssignedIdentity",
            "azure-native:network:NatGateway",
            "azure-native:network:NetworkSecurityGroup",
            "azure-native:network:PublicIPAddress",
            "azure-native:network:VirtualNetwork",
            "azure-native:resources:ResourceGroup",
            "azure-native:storagecache:AmlFilesystem",
        ),
        ("tags",),
    ),
    **dict.fromkeys(
        (
            "gcp:compute/address:Address",
            "gcp:compute/disk:Disk",
            "gcp:compute/globalAddress:GlobalAddress",
            "gcp:compute/instance:Instance",
            "gcp:filestore/instance:Instance",
            "gcp:lustre/instance:Instance",
            "gcp:storage/bucket:Bucket",
        ),
        ("labels",),
    ),
    GKE_CLUSTER: ("resourceLabels",),
    GKE_POOL: ("nodeConfig", "resourceLabels"),
}
# What a launch template makes is tagged by the template, kind by kind.
_MADE_BY_TEMPLATE = ("instance", "volume", "network-interface")


def _tagged(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """What has no tag cannot be swept up, and its cost is nobody's (alphagov/gsp PR 1032)."""
    path = _TAGGED.get(args.resource_type)
    if path is None:
        return
    wanted = _KEYS.of(args)

    def own() -> None:
        holder: Props = args.props
        for step in path:
            holder = mapping(holder.get(step))
        missing = _missing(wanted, holder)
        if missing:
            report(f"missing in {'.'.join(path)}: {missing}", None)

    def made() -> None:
        if args.resource_type == EKS_TEMPLATE:
            _specifications(args.props, wanted, report)

    every(own, made)


def _specifications(props: Props, wanted: tuple[str, ...], report: ReportViolation) -> None:
    there: set[str] = set()

    def one(_: int, value: object) -> None:
        specification = mapping(value)
        kind = str(specification.get("resourceType"))
        there.add(kind)
        missing = _missing(wanted, mapping(specification.get("tags")))
        if missing:
            report(f"missing in the tags of each {kind}: {missing}", None)

    for_each(props.get("tagSpecifications"), one)
    for kind in _MADE_BY_TEMPLATE:
        if kind not in there:
            report(f"tagSpecifications has nothing for each {kind}", None)


def _missing(wanted: tuple[str, ...], tags: Props) -> str:
    # Keys are there at preview too; what a tag says is not asked.
    there = {key.replace("/", "-") for key in tags}
    return ", ".join(key for key in wanted if key.replace("/", "-") not in there)


everything_is_tagged = ResourceValidationPolicy(
    name="everything-is-tagged",
    description="What costs money, or blocks a destroy, says whose it is.",
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=schema(_KEYS),
    validate=_tagged,
)
