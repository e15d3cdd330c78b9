"""The AKS cluster: network, identity, reservations, control plane, pools and storage, in order."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_azure_native as azure
import pulumi_kubernetes as kubernetes
from pulumi_azure_native import containerservice, resources

from components.clusters.aks.identity import ClusterIdentity, ClusterIdentityArgs
from components.clusters.aks.infiniband import InfinibandFeature, InfinibandFeatureArgs
from components.clusters.aks.kubeconfig import with_azure_cli
from components.clusters.aks.network import Network, NetworkArgs
from components.clusters.aks.node_pools import (
    NodePool,
    NodePoolArgs,
    system_pool_of,
    system_profile,
    warn_if_different,
)
from components.clusters.aks.reservations import Reservations, ReservationsArgs
from components.clusters.aks.storage import ManagedLustre, ManagedLustreArgs
from plan.clouds.aks import LUSTRE
from plan.fabric import INFINIBAND
from plan.model import Claim, Plan, Pool
from plan.settings import AksSettings
from plan.subnets.aks import aks_subnets

_LONGEST_DNS_PREFIX = 54


@dataclass(frozen=True, kw_only=True)
class AksClusterArgs:
    """The plan's cluster: settings as written, pools and claims as resolved."""

    cluster_name: str
    settings: AksSettings
    pools: Sequence[Pool]
    claims: Sequence[Claim]


class AksCluster(pulumi.ComponentResource):
    """Satisfies `KubernetesCluster`."""

    def __init__(
        self, name: str, args: AksClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings = args.settings
        props = {
            "clusterName": args.cluster_name,
            "location": settings.location,
            "kubernetesVersion": settings.kubernetes_version,
        }
        super().__init__("gpuclusters:aks:AksCluster", name, props, opts)
        mine = pulumi.ResourceOptions(parent=self)
        self.cluster_name = args.cluster_name
        # Azure allows no slash in the name of a tag.
        self._tags = {**settings.tags, "gpu-clusters-cluster": args.cluster_name}
        self._resource_group = resources.ResourceGroup(
            f"{name}-group", resource_group_name=args.cluster_name, tags=self._tags, opts=mine
        )
        network = Network(
            f"{name}-network",
            NetworkArgs(
                resource_group=self._resource_group.name,
                cidr=settings.network.cidr,
                subnets=aks_subnets(settings.network.cidr),
                with_lustre=settings.storage.managed_lustre is not None,
                tags=self._tags,
            ),
            mine,
        )
        identity = ClusterIdentity(
            f"{name}-identity",
            ClusterIdentityArgs(
                resource_group=self._resource_group.name,
                subscription_id=settings.subscription_id,
                subnet_id=network.nodes.id,
                tags=self._tags,
            ),
            mine,
        )
        reservations = self._reservations(name, args, identity)
        self.control_plane = self._control_plane(name, args, network, identity, reservations)
        self.kubeconfig = self._kubeconfig()
        self.provider = kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=self.kubeconfig,
            # A new kubeconfig for the same cluster must not replace everything inside it.
            cluster_identifier=args.cluster_name,
            opts=mine,
        )
        self.node_pools: Mapping[str, pulumi.Resource] = {
            system_pool_of(args.pools).name: self.control_plane,
            **self._node_pools(name, args, network, reservations),
        }
        # With it come system nodes, DNS, and the drivers and classes of disks and Azure Files.
        self.foundation: Sequence[pulumi.Resource] = [self.control_plane]
        self.storage = self._storage(name, args, network)
        self.register_outputs({"fqdn": self.control_plane.fqdn})

    def _reservations(
        self, name: str, args: AksClusterArgs, identity: ClusterIdentity
    ) -> Reservations | None:
        reserved = [pool for pool in args.pools if pool.reservation]
        if not reserved:
            return None
        return Reservations(
            f"{name}-reservations",
            ReservationsArgs(
                cluster_name=args.cluster_name,
                subscription_id=args.settings.subscription_id,
                pools=reserved,
                principal_id=identity.identity.principal_id,
                tags=self._tags,
            ),
            pulumi.ResourceOptions(parent=self),
        )

    def _control_plane(
        self,
        name: str,
        args: AksClusterArgs,
        network: Network,
        identity: ClusterIdentity,
        reservations: Reservations | None,
    ) -> containerservice.ManagedCluster:
        settings = args.settings
        system = system_pool_of(args.pools)
        before = [identity.network_role, *(reservations.before_cluster if reservations else ())]
        cluster = containerservice.ManagedCluster(
            f"{name}-control-plane",
            resource_group_name=self._resource_group.name,
            resource_name_=args.cluster_name,
            kubernetes_version=settings.kubernetes_version,
            dns_prefix=args.cluster_name[:_LONGEST_DNS_PREFIX].rstrip("-"),
            # What AKS makes for the nodes, under a name that can be found again.
            node_resource_group=f"{args.cluster_name}-nodes",
            # The free tier promises no uptime, and is meant for ten nodes at most.
            sku=containerservice.ManagedClusterSKUArgs(name="Base", tier="Standard"),
            identity=containerservice.ManagedClusterIdentityArgs(
                type=containerservice.ResourceIdentityType.USER_ASSIGNED,
                user_assigned_identities=[identity.identity.id],
            ),
            agent_pool_profiles=[
                system_profile(
                    system,
                    network.nodes.id,
                    reservations.groups.get(system.name) if reservations else None,
                    self._tags,
                )
            ],
            network_profile=_network_profile(settings),
            api_server_access_profile=containerservice.ManagedClusterAPIServerAccessProfileArgs(
                authorized_ip_ranges=[
                    *settings.api_allowed_cidrs,
                    # The nodes: AKS adds its own load balancer's address, but no NAT gateway's.
                    network.address.ip_address.apply(lambda address: f"{address}/32"),
                ]
            ),
            aad_profile=containerservice.ManagedClusterAADProfileArgs(
                managed=True,
                # Rights inside the cluster are Kubernetes' own; these groups administer it.
                enable_azure_rbac=False,
                admin_group_object_ids=list(settings.admin_group_ids),
            ),
            enable_rbac=True,
            disable_local_accounts=True,
            oidc_issuer_profile=containerservice.ManagedClusterOIDCIssuerProfileArgs(enabled=True),
            security_profile=containerservice.ManagedClusterSecurityProfileArgs(
                workload_identity=containerservice.ManagedClusterSecurityProfileWorkloadIdentityArgs(
                    enabled=True
                )
            ),
            # Versions are the stack file's. A new node image reboots the nodes one by one under
            # graphs that need all of them, into a kernel that the InfiniBand and GPU drivers have
            # to be built for again.
            auto_upgrade_profile=containerservice.ManagedClusterAutoUpgradeProfileArgs(
                upgrade_channel="none", node_os_upgrade_channel="None"
            ),
            tags=self._tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                # AKS works with these roles until the last of the cluster is gone.
                depends_on=before,
                # It lists every pool, those beside it too (`warn_if_different`).
                ignore_changes=["agentPoolProfiles"],
                custom_timeouts=pulumi.CustomTimeouts(create="60m", update="60m", delete="60m"),
            ),
        )
        cluster.agent_pool_profiles.apply(lambda live: warn_if_different(system, live or ()))
        return cluster

    def _kubeconfig(self) -> pulumi.Output[str]:
        credentials = containerservice.list_managed_cluster_user_credentials_output(
            resource_group_name=self._resource_group.name,
            resource_name=self.control_plane.name,
            format="exec",
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        # The invoke's answer is plain: from here on it is not.
        return pulumi.Output.secret(
            credentials.kubeconfigs.apply(lambda found: with_azure_cli(found[0].value))
        )

    def _node_pools(
        self,
        name: str,
        args: AksClusterArgs,
        network: Network,
        reservations: Reservations | None,
    ) -> dict[str, NodePool]:
        feature = None
        if any(pool.fabric is INFINIBAND for pool in args.pools):
            feature = InfinibandFeature(
                f"{name}-infiniband",
                InfinibandFeatureArgs(tags=self._tags),
                pulumi.ResourceOptions(parent=self),
            )
        made: dict[str, NodePool] = {}
        for pool in args.pools:
            if pool is system_pool_of(args.pools):
                continue
            cluster_name = self.control_plane.name
            if feature and pool.fabric is INFINIBAND:
                cluster_name = pulumi.Output.all(cluster_name, feature.registered).apply(
                    lambda known: str(known[0])
                )
            made[pool.name] = NodePool(
                f"{name}-{pool.name}",
                NodePoolArgs(
                    pool=pool,
                    resource_group=self._resource_group.name,
                    cluster=self.control_plane,
                    cluster_name=cluster_name,
                    subnet_id=network.nodes.id,
                    capacity_reservation_group_id=reservations.groups.get(pool.name)
                    if reservations
                    else None,
                    tags=self._tags,
                ),
                # AKS takes one change of a cluster at a time.
                pulumi.ResourceOptions(parent=self, depends_on=list(made.values())[-1:]),
            )
        return made

    def _storage(
        self, name: str, args: AksClusterArgs, network: Network
    ) -> dict[str, pulumi.Resource]:
        lustre = args.settings.storage.managed_lustre
        if lustre is None or network.lustre is None:
            return {}
        return {
            LUSTRE: ManagedLustre(
                f"{name}-lustre",
                ManagedLustreArgs(
                    resource_group=self._resource_group.name,
                    subnet_id=network.lustre.id,
                    settings=lustre,
                    claims=args.claims,
                    kubernetes=self.provider,
                    cluster=self.control_plane,
                    tags=self._tags,
                ),
                pulumi.ResourceOptions(parent=self),
            )
        }


def _network_profile(settings: AksSettings) -> containerservice.ContainerServiceNetworkProfileArgs:
    network = settings.network
    return containerservice.ContainerServiceNetworkProfileArgs(
        network_plugin="azure",
        # Pods have addresses of their own: the network needs room for nodes alone.
        network_plugin_mode="overlay",
        # Enforces network policies; it needs the overlay (Azure facts Z19).
        network_dataplane="cilium",
        network_policy="cilium",
        pod_cidr=network.pod_cidr,
        service_cidr=network.service_cidr,
        dns_service_ip=dns_address(network.service_cidr),
        load_balancer_sku="standard",
        outbound_type="userAssignedNATGateway",
    )


def dns_address(service_cidr: str) -> str:
    """The tenth address, as AKS has it by default; the first is the API server's."""
    return str(ipaddress.IPv4Network(service_cidr)[10])


def aks_cluster(plan: Plan) -> AksCluster:
    """The plan's AKS cluster, with its own provider."""
    settings = plan.settings.cluster
    if not isinstance(settings, AksSettings):
        raise TypeError(f"not the settings of an AKS cluster: {type(settings).__name__}")
    provider = azure.Provider(
        "azure", subscription_id=settings.subscription_id, location=settings.location
    )
    args = AksClusterArgs(
        cluster_name=plan.name,
        settings=settings,
        pools=plan.pools,
        claims=plan.claims,
    )
    return AksCluster("cluster", args, pulumi.ResourceOptions(providers=[provider]))
