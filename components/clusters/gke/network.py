"""The VPCs: the cluster's own, and for GPUDirect RDMA a second host network and the RDMA one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from plan.subnets.gke import GpuRanges

PODS, SERVICES = "pods", "services"
"""Names of the subnet's secondary ranges."""
# GKE's own rule lets the control plane reach nodes on 443 and 10250 alone. Webhooks of Dynamo's
# operator, Grove and KAI listen on 9443 (Dynamo, webhooks; values of the Grove and KAI charts).
_WEBHOOK_PORTS = ("9443",)
# NCCL stalls, or crawls, on anything smaller (GCP facts G5).
_GPU_MTU = 8896
_PROFILES = "https://www.googleapis.com/compute/beta/projects/{}/global/networkProfiles/{}-vpc-roce"


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Ranges as the stack file gives them, all apart from each other."""

    cluster_name: str
    region: str
    cidr: str
    pod_cidr: str
    service_cidr: str
    control_plane_cidr: str


class Network(pulumi.ComponentResource):
    """A VPC with one subnet for the region, and one way out.

    Nodes have private addresses only. One NAT serves every zone: it carries image pulls.
    """

    def __init__(
        self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("gpuclusters:gke:Network", name, {"cidr": args.cidr}, opts)
        mine = pulumi.ResourceOptions(parent=self)
        self.vpc = gcp.compute.Network(
            f"{name}-vpc",
            description=f"nodes and pods of {args.cluster_name}",
            auto_create_subnetworks=False,
            routing_mode="REGIONAL",
            opts=mine,
        )
        self.subnet = gcp.compute.Subnetwork(
            f"{name}-nodes",
            network=self.vpc.id,
            region=args.region,
            ip_cidr_range=args.cidr,
            secondary_ip_ranges=[
                gcp.compute.SubnetworkSecondaryIpRangeArgs(
                    range_name=range_name, ip_cidr_range=cidr
                )
                for range_name, cidr in ((PODS, args.pod_cidr), (SERVICES, args.service_cidr))
            ],
            # Google's own APIs and registries are reached without NAT.
            private_ip_google_access=True,
            opts=mine,
        )
        router = gcp.compute.Router(
            f"{name}-router", network=self.vpc.id, region=args.region, opts=mine
        )
        nat = gcp.compute.RouterNat(
            f"{name}-nat",
            router=router.name,
            region=args.region,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
            opts=mine,
        )
        webhooks = gcp.compute.Firewall(
            f"{name}-webhooks",
            network=self.vpc.id,
            description=f"control plane of {args.cluster_name} to admission webhooks",
            direction="INGRESS",
            source_ranges=[args.control_plane_cidr],
            allows=[gcp.compute.FirewallAllowArgs(protocol="tcp", ports=list(_WEBHOOK_PORTS))],
            opts=mine,
        )
        # What nodes and their webhooks need, from before the first node to after the last.
        self.egress: Sequence[pulumi.Resource] = [nat, webhooks]
        self.register_outputs({"vpcId": self.vpc.id})


@dataclass(frozen=True, kw_only=True)
class GpuNetworkArgs:
    """`zone` is that of every machine on it."""

    cluster_name: str
    project: str
    region: str
    zone: str
    ranges: GpuRanges


class GpuNetwork(pulumi.ComponentResource):
    """What machines with GPUDirect RDMA have beside the cluster's own VPC.

    A VPC for the second host interface, and one whose profile makes RDMA of it: the profile is
    given at creation, is one zone's, and knows firewall policies in the place of firewall rules
    (Compute Engine, "RDMA network profiles"). Three VPCs in all, of the five that a project has.
    """

    def __init__(
        self, name: str, args: GpuNetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {"zone": args.zone, "rdmaSubnets": len(args.ranges.rdma)}
        super().__init__("gpuclusters:gke:GpuNetwork", name, props, opts)
        mine = pulumi.ResourceOptions(parent=self)
        self.host = gcp.compute.Network(
            f"{name}-host",
            description=f"second host interface of the GPU nodes of {args.cluster_name}",
            auto_create_subnetworks=False,
            mtu=_GPU_MTU,
            opts=mine,
        )
        self.host_subnet = gcp.compute.Subnetwork(
            f"{name}-host",
            network=self.host.id,
            region=args.region,
            ip_cidr_range=args.ranges.host,
            opts=mine,
        )
        gcp.compute.Firewall(
            f"{name}-host",
            network=self.host.id,
            description="nodes among themselves",
            direction="INGRESS",
            source_ranges=[args.ranges.host],
            allows=[
                gcp.compute.FirewallAllowArgs(protocol=protocol)
                for protocol in ("tcp", "udp", "icmp")
            ],
            opts=mine,
        )
        self.rdma = gcp.compute.Network(
            f"{name}-rdma",
            description=f"GPUDirect RDMA of {args.cluster_name}",
            auto_create_subnetworks=False,
            network_profile=_PROFILES.format(args.project, args.zone),
            opts=mine,
        )
        self.rdma_subnets: Sequence[gcp.compute.Subnetwork] = [
            gcp.compute.Subnetwork(
                f"{name}-rdma-{index}",
                network=self.rdma.id,
                region=args.region,
                ip_cidr_range=cidr,
                opts=mine,
            )
            for index, cidr in enumerate(args.ranges.rdma)
        ]
        self.register_outputs({"rdmaNetwork": self.rdma.name})
