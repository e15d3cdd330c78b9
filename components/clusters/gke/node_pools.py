"""Node pools, and the objects that make RDMA networks known inside the cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes

from components.clusters.gke.network import GpuNetwork
from components.clusters.gke.reservations import needs_compact_placement, reservation_affinity
from plan.fabric.roce import network_names
from plan.model import Pool

_EFFECTS = {
    "NoSchedule": "NO_SCHEDULE",
    "PreferNoSchedule": "PREFER_NO_SCHEDULE",
    "NoExecute": "NO_EXECUTE",
}
# GoogleCloudPlatform/cluster-toolkit, modules/compute/gke-node-pool; Compute Engine docs, "GPU
# machine types"; a2-ultragpu as the GKE docs have it. Arm machines are refused by a rule.
_ACCELERATORS = {
    "a2-highgpu": "nvidia-tesla-a100",
    "a2-megagpu": "nvidia-tesla-a100",
    "a2-ultragpu": "nvidia-a100-80gb",
    "a3-edgegpu": "nvidia-h100-80gb",
    "a3-highgpu": "nvidia-h100-80gb",
    "a3-megagpu": "nvidia-h100-mega-80gb",
    "a3-ultragpu": "nvidia-h200-141gb",
    "a4-highgpu": "nvidia-b200",
    "g2-standard": "nvidia-l4",
    "g4-standard": "nvidia-rtx-pro-6000",
}
_SSD_GB = 375 * 2**30 / 10**9
_HOST_NETWORK = "gvnic-1"


def local_ssds(pool: Pool) -> int | None:
    """How many local SSDs the machine comes with; None where it has none."""
    return round(pool.machine.local_nvme_gb / _SSD_GB) if pool.local_disks else None


@dataclass(frozen=True, kw_only=True)
class NodePoolArgs:
    """`gpu_network` where the pool has RDMA; `makes_networks` for the first such pool.

    Without `secure_boot` kernel modules load that nobody signed.
    """

    pool: Pool
    cluster: gcp.container.Cluster
    project: str
    service_account: pulumi.Input[str]
    secure_boot: bool
    gpu_network: GpuNetwork | None
    makes_networks: bool
    kubernetes: kubernetes.Provider
    labels: Mapping[str, str]


class NodePool(pulumi.ComponentResource):
    """One node pool, and with the first one that has RDMA the cluster's network objects.

    The objects are the cluster's, and go before the pool: one still in use keeps its finalizer.
    """

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
        super().__init__("gpuclusters:gke:NodePool", name, props, opts)
        self.node_pool = gcp.container.NodePool(
            f"{name}-pool",
            name=pool.name,
            cluster=args.cluster.id,
            # Else it spreads over every zone of the cluster, also those without the machine type.
            node_locations=list(pool.zones),
            # GKE counts by the zone. That the nodes divide over the zones is a rule of the plan.
            node_count=pool.starting_nodes // len(pool.zones),
            # Its version is the release channel's business, which insists on upgrading by itself.
            management=gcp.container.NodePoolManagementArgs(auto_repair=True, auto_upgrade=True),
            upgrade_settings=_upgrades(pool),
            network_config=gcp.container.NodePoolNetworkConfigArgs(
                enable_private_nodes=True,
                additional_node_network_configs=_interfaces(args.gpu_network) or None,
            ),
            placement_policy=gcp.container.NodePoolPlacementPolicyArgs(type="COMPACT")
            if needs_compact_placement(pool)
            else None,
            # A disruption budget would hold the deletion of the pool for an hour.
            node_drain_configs=[
                gcp.container.NodePoolNodeDrainConfigArgs(
                    respect_pdb_during_node_pool_deletion=False
                )
            ],
            node_config=_node_config(args),
            opts=pulumi.ResourceOptions(
                parent=self,
                # Its name is fixed, and a reservation holds exactly the nodes that are there.
                delete_before_replace=True,
                # A pool waits for stock, or its reservation, before it fails.
                custom_timeouts=pulumi.CustomTimeouts(create="60m", update="120m", delete="60m"),
            ),
        )
        if args.makes_networks and args.gpu_network is not None:
            self._networks(name, args, args.gpu_network)
        self.register_outputs({"nodePool": self.node_pool.name})

    def _networks(self, name: str, args: NodePoolArgs, network: GpuNetwork) -> None:
        names = network_names(len(network.rdma_subnets))
        self._network(name, args, _HOST_NETWORK, network.host, network.host_subnet, "NetDevice")
        for rdma, subnet in zip(names, network.rdma_subnets, strict=True):
            self._network(name, args, rdma, network.rdma, subnet, "RDMA")

    def _network(
        self,
        name: str,
        args: NodePoolArgs,
        network: str,
        vpc: gcp.compute.Network,
        subnet: gcp.compute.Subnetwork,
        mode: str,
    ) -> None:
        metadata = kubernetes.meta.v1.ObjectMetaArgs(name=network)
        parameters = kubernetes.apiextensions.CustomResource(
            f"{name}-{network}-parameters",
            api_version="networking.gke.io/v1",
            kind="GKENetworkParamSet",
            metadata=metadata,
            spec={"vpc": vpc.name, "vpcSubnet": subnet.name, "deviceMode": mode},
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=args.kubernetes,
                depends_on=[self.node_pool],
                delete_before_replace=True,
            ),
        )
        kubernetes.apiextensions.CustomResource(
            f"{name}-{network}",
            api_version="networking.gke.io/v1",
            kind="Network",
            metadata=metadata,
            spec={
                "type": "Device",
                "parametersRef": {
                    "group": "networking.gke.io",
                    "kind": "GKENetworkParamSet",
                    "name": network,
                },
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=args.kubernetes,
                depends_on=[parameters],
                delete_before_replace=True,
            ),
        )


def _upgrades(pool: Pool) -> gcp.container.NodePoolUpgradeSettingsArgs:
    # A node more than there are is nowhere to be had for GPUs; for others it keeps room for pods.
    surge, unavailable = (0, 1) if pool.has_gpus else (1, 0)
    return gcp.container.NodePoolUpgradeSettingsArgs(
        strategy="SURGE", max_surge=surge, max_unavailable=unavailable
    )


def _interfaces(
    network: GpuNetwork | None,
) -> list[gcp.container.NodePoolNetworkConfigAdditionalNodeNetworkConfigArgs]:
    """The second host interface first, as the machine has them."""
    if network is None:
        return []
    interfaces = [(network.host, network.host_subnet)]
    interfaces += [(network.rdma, subnet) for subnet in network.rdma_subnets]
    return [
        gcp.container.NodePoolNetworkConfigAdditionalNodeNetworkConfigArgs(
            network=vpc.name, subnetwork=subnet.name
        )
        for vpc, subnet in interfaces
    ]


def _node_config(args: NodePoolArgs) -> gcp.container.NodePoolNodeConfigArgs:
    pool = args.pool
    ssds = local_ssds(pool)
    return gcp.container.NodePoolNodeConfigArgs(
        machine_type=pool.machine.name,
        # The only image with RDMA, Managed Lustre and GKE's newest drivers.
        image_type="COS_CONTAINERD",
        # Of the type that GKE takes for the machine: no one type boots all of them.
        disk_size_gb=pool.root_disk_gib,
        guest_accelerators=_accelerators(pool),
        gvnic=gcp.container.NodePoolNodeConfigGvnicArgs(enabled=True),
        ephemeral_storage_local_ssd_config=(
            gcp.container.NodePoolNodeConfigEphemeralStorageLocalSsdConfigArgs(local_ssd_count=ssds)
            if ssds
            else None
        ),
        reservation_affinity=reservation_affinity(pool, args.project),
        # The GPU taint too: GKE adds it only where a pool without GPUs is there already.
        taints=[
            gcp.container.NodePoolNodeConfigTaintArgs(
                key=taint.key, value=taint.value, effect=_EFFECTS[taint.effect]
            )
            for taint in pool.taints
        ],
        labels=pool.labels,
        resource_labels=args.labels,
        service_account=args.service_account,
        # What the nodes may do is the account's roles' business.
        oauth_scopes=["https://www.googleapis.com/auth/cloud-platform"],
        # Pods get tokens of their own, never the node's.
        workload_metadata_config=gcp.container.NodePoolNodeConfigWorkloadMetadataConfigArgs(
            mode="GKE_METADATA"
        ),
        shielded_instance_config=gcp.container.NodePoolNodeConfigShieldedInstanceConfigArgs(
            enable_integrity_monitoring=True, enable_secure_boot=args.secure_boot
        ),
    )


def _accelerators(
    pool: Pool,
) -> Sequence[gcp.container.NodePoolNodeConfigGuestAcceleratorArgs] | None:
    if not pool.has_gpus:
        return None
    driver = gcp.container.NodePoolNodeConfigGuestAcceleratorGpuDriverInstallationConfigArgs(
        # GKE owns driver and device plugin: a GPU Operator beside them makes the GPU count flap.
        gpu_driver_version="LATEST"
    )
    return [
        gcp.container.NodePoolNodeConfigGuestAcceleratorArgs(
            type=_ACCELERATORS["-".join(pool.machine.name.split("-")[:2])],
            count=pool.machine.gpus,
            gpu_driver_installation_config=driver,
        )
    ]
