"""The GKE cluster: services, networks, control plane, node pools, file systems."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes

from components.clusters.gke.identity import (
    NodeIdentity,
    NodeIdentityArgs,
    Services,
    ServicesArgs,
    required_services,
)
from components.clusters.gke.network import (
    PODS,
    SERVICES,
    GpuNetwork,
    GpuNetworkArgs,
    Network,
    NetworkArgs,
)
from components.clusters.gke.node_pools import NodePool, NodePoolArgs
from components.clusters.gke.storage import (
    Filestore,
    FilestoreArgs,
    FileSystemPlace,
    ManagedLustre,
    ManagedLustreArgs,
)
from plan.clouds.common import near_gpus
from plan.clouds.gke import FILESTORE, LUSTRE
from plan.fabric import ROCE
from plan.model import Claim, Plan, Pool
from plan.settings import GkeSettings
from plan.settings.gke import GkeStorageSettings
from plan.subnets.gke import gpu_ranges


@dataclass(frozen=True, kw_only=True)
class GkeClusterArgs:
    """The plan's cluster: settings as written, pools and claims as resolved."""

    cluster_name: str
    settings: GkeSettings
    pools: Sequence[Pool]
    claims: Sequence[Claim]


class GkeCluster(pulumi.ComponentResource):
    """Satisfies `KubernetesCluster`."""

    def __init__(
        self, name: str, args: GkeClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings = args.settings
        props = {
            "clusterName": args.cluster_name,
            "region": settings.region,
            "kubernetesVersion": settings.kubernetes_version,
        }
        super().__init__("gpuclusters:gke:GkeCluster", name, props, opts)
        mine = pulumi.ResourceOptions(parent=self)
        self.cluster_name = args.cluster_name
        self._labels = {**settings.tags, "gpu-clusters-cluster": args.cluster_name}
        services = Services(
            f"{name}-services",
            ServicesArgs(project=settings.project, names=required_services(settings)),
            mine,
        )
        on_services = pulumi.ResourceOptions(parent=self, depends_on=[services])
        nodes = NodeIdentity(
            f"{name}-nodes",
            NodeIdentityArgs(cluster_name=args.cluster_name, project=settings.project),
            on_services,
        )
        network = self._network(name, args, on_services)
        gpu_network = self._gpu_network(name, args, on_services)
        self.control_plane = self._control_plane(name, args, network, nodes, gpu_network)
        self.kubeconfig = pulumi.Output.secret(
            pulumi.Output.all(
                self.control_plane.endpoint, self.control_plane.master_auth.cluster_ca_certificate
            ).apply(lambda known: kubeconfig(args.cluster_name, known[0], known[1]))
        )
        self.provider = kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=self.kubeconfig,
            # A new kubeconfig for the same cluster must not replace everything inside it.
            cluster_identifier=args.cluster_name,
            opts=mine,
        )
        pools = self._node_pools(name, args, network, nodes, gpu_network)
        self.node_pools: Mapping[str, pulumi.Resource] = pools
        # GKE brings DNS, the disk driver and a default storage class; they wait for nodes alone.
        self.foundation: Sequence[pulumi.Resource] = [
            pools[pool.name] for pool in args.pools if not pool.has_gpus
        ]
        self.storage: Mapping[str, pulumi.Resource] = self._storage(name, args, network)
        self.register_outputs({"endpoint": self.control_plane.endpoint})

    def _network(self, name: str, args: GkeClusterArgs, opts: pulumi.ResourceOptions) -> Network:
        ranges = args.settings.network
        return Network(
            f"{name}-network",
            NetworkArgs(
                cluster_name=args.cluster_name,
                region=args.settings.region,
                cidr=ranges.cidr,
                pod_cidr=ranges.pod_cidr,
                service_cidr=ranges.service_cidr,
                control_plane_cidr=ranges.control_plane_cidr,
            ),
            opts,
        )

    def _gpu_network(
        self, name: str, args: GkeClusterArgs, opts: pulumi.ResourceOptions
    ) -> GpuNetwork | None:
        pools = [pool for pool in args.pools if pool.fabric is ROCE]
        if not pools:
            return None
        settings = args.settings
        return GpuNetwork(
            f"{name}-gpu",
            GpuNetworkArgs(
                cluster_name=args.cluster_name,
                project=settings.project,
                region=settings.region,
                # All of them are in one zone: a profile is one zone's, and a rule of the plan.
                zone=pools[0].zones[0],
                ranges=gpu_ranges(settings.network.gpu_cidr, pools[0].adapters),
            ),
            opts,
        )

    def _control_plane(
        self,
        name: str,
        args: GkeClusterArgs,
        network: Network,
        nodes: NodeIdentity,
        gpu_network: GpuNetwork | None,
    ) -> gcp.container.Cluster:
        settings = args.settings
        api = gcp.container
        return api.Cluster(
            f"{name}-control-plane",
            name=args.cluster_name,
            project=settings.project,
            # A region: three copies of the control plane.
            location=settings.region,
            node_locations=list(settings.network.zones),
            min_master_version=settings.kubernetes_version,
            release_channel=api.ClusterReleaseChannelArgs(channel=settings.release_channel),
            network=network.vpc.id,
            subnetwork=network.subnet.id,
            networking_mode="VPC_NATIVE",
            ip_allocation_policy=api.ClusterIpAllocationPolicyArgs(
                cluster_secondary_range_name=PODS, services_secondary_range_name=SERVICES
            ),
            # Neither can be switched on later: a first RDMA pool makes the cluster anew.
            datapath_provider="ADVANCED_DATAPATH",
            enable_multi_networking=gpu_network is not None,
            private_cluster_config=api.ClusterPrivateClusterConfigArgs(
                enable_private_nodes=True,
                enable_private_endpoint=False,
                master_ipv4_cidr_block=settings.network.control_plane_cidr,
            ),
            master_authorized_networks_config=api.ClusterMasterAuthorizedNetworksConfigArgs(
                cidr_blocks=[
                    api.ClusterMasterAuthorizedNetworksConfigCidrBlockArgs(cidr_block=cidr)
                    for cidr in settings.api_allowed_cidrs
                ],
                gcp_public_cidrs_access_enabled=False,
            ),
            workload_identity_config=api.ClusterWorkloadIdentityConfigArgs(
                workload_pool=f"{settings.project}.svc.id.goog"
            ),
            addons_config=_addons(settings.storage, gpu_network),
            enable_shielded_nodes=True,
            node_pool_defaults=api.ClusterNodePoolDefaultsArgs(
                node_config_defaults=api.ClusterNodePoolDefaultsNodeConfigDefaultsArgs(
                    insecure_kubelet_readonly_port_enabled="FALSE"
                )
            ),
            # GKE makes a pool that we do not want, and takes it away. With the project's default
            # account its nodes never join where an organisation has taken that one away.
            remove_default_node_pool=True,
            initial_node_count=1,
            node_config=api.ClusterNodeConfigArgs(service_account=nodes.email),
            resource_labels=self._labels,
            # True, the default, makes `pulumi destroy` fail until another `up` has set it to
            # false. Who wants a lock has Pulumi's own: `pulumi state protect`.
            deletion_protection=False,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*nodes.bindings, *network.egress],
                # Its name is fixed.
                delete_before_replace=True,
                # It speaks of the pool that is gone.
                ignore_changes=["nodeConfig"],
                custom_timeouts=pulumi.CustomTimeouts(create="40m", update="60m", delete="40m"),
            ),
        )

    def _node_pools(
        self,
        name: str,
        args: GkeClusterArgs,
        network: Network,
        nodes: NodeIdentity,
        gpu_network: GpuNetwork | None,
    ) -> dict[str, NodePool]:
        made: dict[str, NodePool] = {}
        with_networks: NodePool | None = None
        for pool in args.pools:
            rdma = pool.fabric is ROCE
            # Nodes need a way out to join, and their account's roles until the last one is gone.
            before: list[pulumi.Resource] = [*network.egress, *nodes.bindings]
            if rdma and with_networks is not None:
                before.append(with_networks)  # its graphs need the network objects too
            component = NodePool(
                f"{name}-{pool.name}",
                NodePoolArgs(
                    pool=pool,
                    cluster=self.control_plane,
                    project=args.settings.project,
                    service_account=nodes.email,
                    # Lustre's modules load on such nodes only if they have GPUs (Managed Lustre
                    # docs, "Connect from GKE").
                    secure_boot=pool.has_gpus or args.settings.storage.managed_lustre is None,
                    gpu_network=gpu_network if rdma else None,
                    makes_networks=rdma and with_networks is None,
                    kubernetes=self.provider,
                    labels=self._labels,
                ),
                pulumi.ResourceOptions(parent=self, depends_on=before),
            )
            made[pool.name] = component
            if rdma and with_networks is None:
                with_networks = component
        return made

    def _storage(
        self, name: str, args: GkeClusterArgs, network: Network
    ) -> dict[str, pulumi.Resource]:
        settings = args.settings
        lustre, filestore = settings.storage.managed_lustre, settings.storage.filestore
        near = near_gpus(args.pools, settings.network.zones)

        def place(zone: str) -> FileSystemPlace:
            return FileSystemPlace(
                cluster_name=args.cluster_name,
                project=settings.project,
                region=settings.region,
                zone=zone,
                vpc=network.vpc,
                kubernetes=self.provider,
                claims=args.claims,
                labels=self._labels,
            )

        made: dict[str, pulumi.Resource] = {}
        # Beside control plane and nodes: a file system takes half an hour of its own.
        opts = pulumi.ResourceOptions(parent=self)
        if lustre:
            made[LUSTRE] = ManagedLustre(
                f"{name}-lustre",
                ManagedLustreArgs(settings=lustre, place=place(lustre.zone or near)),
                opts,
            )
        if filestore:
            made[FILESTORE] = Filestore(
                f"{name}-filestore", FilestoreArgs(settings=filestore, place=place(near)), opts
            )
        return made


def _addons(
    storage: GkeStorageSettings, gpu_network: GpuNetwork | None
) -> gcp.container.ClusterAddonsConfigArgs:
    api = gcp.container
    lustre = None
    if storage.managed_lustre:
        lustre = api.ClusterAddonsConfigLustreCsiDriverConfigArgs(
            enabled=True,
            # As the instance: without GKE support, on port 988.
            enable_legacy_lustre_port=False,
            # It spreads traffic over every host interface, and wants them all in one VPC
            # (Managed Lustre docs, "Multi-NIC support"); an RDMA machine's second is in another.
            disable_multi_nic=gpu_network is not None,
        )
    return api.ClusterAddonsConfigArgs(
        gce_persistent_disk_csi_driver_config=(
            api.ClusterAddonsConfigGcePersistentDiskCsiDriverConfigArgs(enabled=True)
        ),
        gcp_filestore_csi_driver_config=api.ClusterAddonsConfigGcpFilestoreCsiDriverConfigArgs(
            enabled=storage.filestore is not None
        ),
        lustre_csi_driver_config=lustre,
    )


def kubeconfig(cluster_name: str, endpoint: str, certificate: str) -> str:
    """A kubeconfig whose user is whoever is logged in with gcloud."""
    user = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": "gke-gcloud-auth-plugin",
            "installHint": "gcloud components install gke-gcloud-auth-plugin",
            "provideClusterInfo": True,
            "interactiveMode": "IfAvailable",
        }
    }
    server = {"server": f"https://{endpoint}", "certificate-authority-data": certificate}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": cluster_name,
            "clusters": [{"name": cluster_name, "cluster": server}],
            "contexts": [
                {"name": cluster_name, "context": {"cluster": cluster_name, "user": cluster_name}}
            ],
            "users": [{"name": cluster_name, "user": user}],
        }
    )


def gke_cluster(plan: Plan) -> GkeCluster:
    """The plan's GKE cluster, with its own provider."""
    settings = plan.settings.cluster
    if not isinstance(settings, GkeSettings):
        raise TypeError(f"not the settings of a GKE cluster: {type(settings).__name__}")
    provider = gcp.Provider("gcp", project=settings.project, region=settings.region)
    args = GkeClusterArgs(
        cluster_name=plan.name, settings=settings, pools=plan.pools, claims=plan.claims
    )
    return GkeCluster("cluster", args, pulumi.ResourceOptions(providers=[provider]))
