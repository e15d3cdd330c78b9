"""Addresses on GKE: nodes, pods and services of one VPC, and the networks of the GPUs beside it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from plan.fabric import ROCE
from plan.rules.addresses import address_range, blocks_of, overlaps
from plan.rules.rule import Context, Problem, rule
from plan.settings import GkeSettings
from plan.subnets.gke import rdma_prefix

_CONTROL_PLANE_PREFIX = 28
_NODE_PREFIX = 24
"""Each node's share of the pods' range, for 110 pods."""
_SERVICE_PREFIXES = range(16, 28)
_KEPT = 4
"""Addresses of a subnet that Google Cloud keeps."""
_SMALLEST_SUBNET = 29


@rule(
    "GKE020",
    "nodes, pods, services, control plane and GPU networks have ranges apart from each other",
    consequence="the subnet is refused, or the datapath of the pods breaks",
    source="GCP facts G7; GKE, Set up multi-network support for Pods",
)
def apart(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    if not isinstance(cluster, GkeSettings):
        return
    network = cluster.network
    yield from overlaps(
        (
            address_range("cidr", network.cidr),
            address_range("podCidr", network.pod_cidr),
            address_range("serviceCidr", network.service_cidr),
            address_range("controlPlaneCidr", network.control_plane_cidr),
            address_range("gpuCidr", network.gpu_cidr),
        )
    )


@rule(
    "GKE021",
    "the control plane's range is a /28",
    consequence="cluster creation is refused",
    source="GKE API, private cluster: the control plane's block is a /28",
)
def control_plane_range(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    if not isinstance(cluster, GkeSettings):
        return
    network = ipaddress.IPv4Network(cluster.network.control_plane_cidr)
    if network.prefixlen != _CONTROL_PLANE_PREFIX:
        yield Problem(
            path="cluster.network.controlPlaneCidr",
            message=f"{network} is a /{network.prefixlen}",
            fix=f"use {network.network_address}/{_CONTROL_PLANE_PREFIX}",
        )


@rule(
    "GKE022",
    "the pods' range has a /24 for each node",
    consequence="the pool stops growing: no free range for the next node's pods",
    source="GKE, VPC-native clusters: a node with 110 pods has a /24 of the pods' range",
)
def pod_range(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    if not isinstance(cluster, GkeSettings):
        return
    network = ipaddress.IPv4Network(cluster.network.pod_cidr)
    nodes, room = _nodes(context), blocks_of(network, _NODE_PREFIX)
    if nodes > room:
        yield Problem(
            path="cluster.network.podCidr",
            message=f"{network} has room for {room} nodes, the pools have {nodes}",
            fix="use a larger range, such as 10.64.0.0/14 for 1024 nodes",
        )


@rule(
    "GKE023",
    "the nodes' range has an address for each node",
    consequence="the pool stops growing: IP_SPACE_EXHAUSTED",
    source="GKE, VPC-native clusters: a subnet keeps 4 addresses",
)
def node_range(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    if not isinstance(cluster, GkeSettings):
        return
    network = ipaddress.IPv4Network(cluster.network.cidr)
    nodes, room = _nodes(context), max(network.num_addresses - _KEPT, 0)
    if nodes > room:
        yield Problem(
            path="cluster.network.cidr",
            message=f"{network} has {room} addresses, the pools have {nodes} nodes",
            fix="use a larger range, such as 10.60.0.0/20",
        )


@rule(
    "GKE024",
    "the services' range is of a size that GKE takes",
    consequence="cluster creation is refused, or the platform's services find no address",
    source="GKE, VPC-native clusters: Service address ranges are a /27 to a /16",
)
def service_range(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    if not isinstance(cluster, GkeSettings):
        return
    network = ipaddress.IPv4Network(cluster.network.service_cidr)
    if network.prefixlen not in _SERVICE_PREFIXES:
        yield Problem(
            path="cluster.network.serviceCidr",
            message=f"{network} is a /{network.prefixlen}",
            fix="use a /16 to a /27, such as 10.61.0.0/20 for 4096 services",
        )


@rule(
    "GKE025",
    "the GPU networks have an address for each node",
    consequence="the subnets cannot be cut, or the pool stops growing, with the cluster already up",
    source="GCP facts section 3: one subnet for the second host interface and one for each RDMA "
    "adapter; a subnet is a /29 at least",
)
def gpu_range(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    rdma = [pool for pool in context.plan.pools if pool.fabric is ROCE]
    if not isinstance(cluster, GkeSettings) or not rdma:
        return
    network = ipaddress.IPv4Network(cluster.network.gpu_cidr)
    adapters = max(pool.machine.fabric_nics for pool in rdma)
    prefix = rdma_prefix(cluster.network.gpu_cidr, adapters)
    nodes = sum(pool.nodes for pool in rdma)
    room = 2 ** (32 - prefix) - _KEPT if prefix <= _SMALLEST_SUBNET else 0
    if nodes > room:
        yield Problem(
            path="cluster.network.gpuCidr",
            message=f"{network} cut for {adapters} adapters has room for {room} nodes, "
            f"the pools with RDMA have {nodes}",
            fix="use a larger range, such as 192.168.0.0/16",
        )


def _nodes(context: Context) -> int:
    return sum(pool.nodes for pool in context.plan.pools)


RULES = (apart, control_plane_range, pod_range, node_range, service_range, gpu_range)
