"""Regions, zones and addresses on EKS, and who may reach the API of any cluster of ours."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from plan.catalog import zones
from plan.findings import Severity
from plan.model import Pool
from plan.rules.rule import Context, Problem, rule
from plan.settings import EksSettings, ExistingSettings
from plan.subnets.eks import subnet_layout

# EKS makes no control plane there.
_NO_CONTROL_PLANE = frozenset({"use1-az3"})
_SHOWN = 6


@rule(
    "ZON001",
    "the region offers the machine type, in the pool's zones",
    consequence="node group CREATE_FAILED after minutes: Ec2InstanceTypeDoesNotExist",
    source="AWS facts A16; EC2 DescribeInstanceTypeOfferings by zone id (snapshot)",
)
def offered(context: Context) -> Iterator[Problem]:
    for cluster, pool in _eks_pools(context):
        available = zones.offered_zones(pool.machine.name, cluster.region)
        if available is None:
            yield Problem(
                path=f"{pool.path}.machineType",
                message=f"no data on where {pool.machine.name} is offered",
                fix="check with `aws ec2 describe-instance-type-offerings`",
                severity=Severity.NOTE,
            )
        elif not available:
            regions = zones.regions(pool.machine.name)
            more = " and more" if len(regions) > _SHOWN else ""
            yield Problem(
                path=f"{pool.path}.machineType",
                message=f"{cluster.region} does not offer {pool.machine.name}",
                fix=f"it is offered in {', '.join(regions[:_SHOWN])}{more}",
            )
        else:
            wrong = [zone for zone in pool.zones if zone not in available]
            if wrong:
                yield Problem(
                    path=f"{pool.path}.zones",
                    message=f"{pool.machine.name} is not offered in {', '.join(wrong)}",
                    fix=f"use {', '.join(available)}",
                )


@rule(
    "ZON002",
    "a pool's zones are zones of the network",
    consequence="there is no subnet to put the nodes in",
    source="EC2: a subnet is in one zone",
)
def in_network(context: Context) -> Iterator[Problem]:
    for cluster, pool in _eks_pools(context):
        outside = [zone for zone in pool.zones if zone not in cluster.network.zones]
        if outside:
            yield Problem(
                path=f"{pool.path}.zones",
                message=f"{', '.join(outside)} is not among cluster.network.zones "
                f"({', '.join(cluster.network.zones)})",
                fix=f"add {', '.join(outside)} to cluster.network.zones",
            )


@rule(
    "ZON003",
    "the network's zones can hold the control plane, each once",
    consequence="CreateCluster: UnsupportedAvailabilityZoneException",
    source="Dynamo, EKS guide: every standard zone but use1-az3",
)
def control_plane_zones(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    if not isinstance(cluster, EksSettings):
        return
    wanted = cluster.network.zones
    for zone in sorted(_NO_CONTROL_PLANE & set(wanted)):
        yield Problem(
            path="cluster.network.zones",
            message=f"EKS has no control plane in {zone}",
            fix="use other zones of the region",
        )
    if len(set(wanted)) < len(wanted):
        yield Problem(
            path="cluster.network.zones",
            message=f"a zone stands twice in {', '.join(wanted)}",
            fix="name each zone once",
        )


@rule(
    "NET001",
    "the network has room for its subnets and the nodes' addresses",
    consequence="CreateSubnet is refused, or nodes fail to launch: InsufficientFreeAddresses",
    source="AWS facts A21; VPC User Guide: a VPC is a /16 to a /28, a subnet keeps 5 addresses",
)
def enough_addresses(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    if not isinstance(cluster, EksSettings):
        return
    network = ipaddress.IPv4Network(cluster.network.cidr)
    if not 16 <= network.prefixlen <= 20:
        yield Problem(
            path="cluster.network.cidr",
            message=f"{network} is a /{network.prefixlen}; nodes and pods share its addresses",
            fix="use a /16 to /20, such as 10.40.0.0/16",
        )
        return
    layout = subnet_layout(cluster.network.cidr, cluster.network.zones)
    for pool in context.plan.pools:
        for zone in pool.zones:
            subnet = layout.private.get(zone)
            nodes_here = -(-pool.nodes // len(pool.zones))
            room = ipaddress.IPv4Network(subnet).num_addresses - 5 if subnet else nodes_here
            if nodes_here > room:
                yield Problem(
                    path=f"{pool.path}.nodes",
                    message=f"{nodes_here} nodes in {zone}, whose subnet {subnet} "
                    f"has {room} addresses",
                    fix="use a larger cluster.network.cidr, such as a /16",
                )


@rule(
    "NET002",
    "the Kubernetes API is not open to the whole internet",
    severity=Severity.WARNING,
    consequence="anybody can try their luck at the API of a cluster that costs this much",
    source="Dynamo, EKS Terraform sample: the endpoint's CIDR list is never 0.0.0.0/0",
)
def api_access(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    if isinstance(cluster, ExistingSettings):
        return  # somebody else decided
    if "0.0.0.0/0" in cluster.api_allowed_cidrs:
        yield Problem(
            path="cluster.apiAllowedCidrs",
            message="0.0.0.0/0 lets everybody reach the Kubernetes API",
            fix="name your own addresses",
        )


def _eks_pools(context: Context) -> Iterator[tuple[EksSettings, Pool]]:
    cluster = context.plan.settings.cluster
    if isinstance(cluster, EksSettings):
        for pool in context.plan.pools:
            yield cluster, pool


RULES = (offered, in_network, control_plane_zones, enough_addresses, api_access)
