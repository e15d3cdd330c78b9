"""Addresses on AKS: a VNet for nodes, an overlay for pods."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from plan.fabric import INFINIBAND
from plan.rules.addresses import AddressRange, address_range, blocks_of, overlaps
from plan.rules.rule import Context, Problem, rule
from plan.settings import AksSettings
from plan.subnets.aks import LONGEST_PREFIX, aks_subnets

# RDMA's own addresses on InfiniBand machines.
_RDMA = ipaddress.IPv4Network("172.16.0.0/16")
_RESERVED = tuple(
    ipaddress.IPv4Network(cidr)
    for cidr in ("169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24")
)
_NODE_PREFIX = 24
"""Each node's share of the overlay, whatever its size."""
_SERVICE_PREFIXES = range(13, 29)
"""Smaller than a /12, and with a tenth address for DNS."""
_KEPT = 5
"""Addresses of a subnet that Azure keeps."""


@rule(
    "AKS010",
    "VNet, pods and services have ranges apart from each other",
    consequence="cluster creation is refused, or traffic to the shared addresses is lost",
    source="Azure facts Z19; AKS, Azure CNI Overlay: IP address planning",
)
def apart(context: Context) -> Iterator[Problem]:
    return overlaps(_ranges(context))


@rule(
    "AKS011",
    "a cluster with InfiniBand keeps clear of 172.16.0.0/16",
    consequence="the InfiniBand interfaces cannot be reached: NCCL and NIXL hang on nodes that "
    "look healthy, and the ranges of a cluster cannot be changed",
    source="Azure facts Z4; Microsoft Learn, Set up InfiniBand on HPC VMs",
)
def clear_of_rdma(context: Context) -> Iterator[Problem]:
    if all(pool.fabric is not INFINIBAND for pool in context.plan.pools):
        return
    for item in _ranges(context):
        if item.network.overlaps(_RDMA):
            yield Problem(
                path=item.path,
                message=f"{item.network} overlaps {_RDMA}, which RDMA uses itself",
                fix="use a range in 10.0.0.0/8",
            )


@rule(
    "AKS012",
    "no range is one that AKS uses itself",
    consequence="cluster creation is refused",
    source="AKS, Legacy CNI: prerequisites, for service, pod and VNet ranges alike",
)
def not_reserved(context: Context) -> Iterator[Problem]:
    for item in _ranges(context):
        for reserved in _RESERVED:
            if item.network.overlaps(reserved):
                yield Problem(
                    path=item.path,
                    message=f"{item.network} overlaps {reserved}, which AKS uses itself",
                    fix="use a range in 10.0.0.0/8",
                )


@rule(
    "AKS013",
    "the services' range is smaller than a /12 and has an address for DNS",
    consequence="cluster creation is refused",
    source="AKS, Azure CNI Overlay: Kubernetes service address range, DNS service IP address",
)
def service_range(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    if not isinstance(cluster, AksSettings):
        return
    network = ipaddress.IPv4Network(cluster.network.service_cidr)
    if network.prefixlen not in _SERVICE_PREFIXES:
        yield Problem(
            path="cluster.network.serviceCidr",
            message=f"{network} is a /{network.prefixlen}",
            fix="use a /13 to a /28, such as 10.0.0.0/16",
        )


@rule(
    "AKS014",
    "the pods' range has a /24 for each node",
    consequence="nodes beyond it come up without addresses for pods and stay NotReady",
    source="AKS, Azure CNI Overlay: each node is assigned a /24 of the pod range",
)
def pod_range(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    if not isinstance(cluster, AksSettings):
        return
    network = ipaddress.IPv4Network(cluster.network.pod_cidr)
    nodes = sum(pool.nodes for pool in context.plan.pools)
    room = blocks_of(network, _NODE_PREFIX)
    if nodes > room:
        yield Problem(
            path="cluster.network.podCidr",
            message=f"{network} has room for {room} nodes, the pools have {nodes}",
            fix="use a larger range, such as 10.244.0.0/16 for 256 nodes",
        )


@rule(
    "AKS015",
    "the VNet has room for its subnets and the nodes",
    consequence="the subnet is refused, or the agent pool fails: InsufficientSubnetSize",
    source="Azure facts Z18; AKS, Azure CNI Overlay: cluster nodes; a subnet keeps 5 addresses",
)
def node_subnet(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    if not isinstance(cluster, AksSettings):
        return
    cidr = ipaddress.IPv4Network(cluster.network.cidr)
    if cidr.prefixlen > LONGEST_PREFIX:
        yield Problem(
            path="cluster.network.cidr",
            message=f"{cidr} is a /{cidr.prefixlen}, too small for nodes and Managed Lustre",
            fix=f"use a /{LONGEST_PREFIX} or larger, such as 10.50.0.0/16",
        )
        return
    subnet = ipaddress.IPv4Network(aks_subnets(cluster.network.cidr).nodes)
    room = subnet.num_addresses - _KEPT
    nodes = sum(pool.nodes for pool in context.plan.pools)
    if nodes > room:
        yield Problem(
            path="cluster.network.cidr",
            message=f"{nodes} nodes, but their subnet {subnet} has {room} addresses",
            fix="use a larger network, such as a /16",
        )


def _ranges(context: Context) -> tuple[AddressRange, ...]:
    cluster = context.plan.settings.cluster
    if not isinstance(cluster, AksSettings):
        return ()
    network = cluster.network
    return (
        address_range("cidr", network.cidr),
        address_range("podCidr", network.pod_cidr),
        address_range("serviceCidr", network.service_cidr),
    )


RULES = (apart, clear_of_rdma, not_reserved, service_range, pod_range, node_subnet)
