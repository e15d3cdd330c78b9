"""The EKS cluster: network, control plane, node pools and add-ons, in that order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks
import pulumi_kubernetes as kubernetes

from components.clusters.eks.efs import ElasticFileSystem, ElasticFileSystemArgs
from components.clusters.eks.identity import partition_of
from components.clusters.eks.lustre import Lustre, LustreArgs
from components.clusters.eks.network import (
    EfaSecurityGroup,
    EfaSecurityGroupArgs,
    Network,
    NetworkArgs,
)
from components.clusters.eks.node_pools import NodePool, NodePoolArgs
from components.clusters.eks.storage import (
    EBS_DRIVER,
    EFS_DRIVER,
    FSX_DRIVER,
    Driver,
    DriverArgs,
    default_storage_class,
    install_driver,
)
from plan.clouds.eks import EFS, FSX, fsx_zone
from plan.model import Claim, Plan, Pool
from plan.settings import EksSettings
from plan.subnets.eks import subnet_layout


@dataclass(frozen=True, kw_only=True)
class EksClusterArgs:
    """The plan's cluster: settings as written, pools and claims as resolved."""

    cluster_name: str
    settings: EksSettings
    pools: Sequence[Pool]
    storage_class: str
    claims: Sequence[Claim]


class EksCluster(pulumi.ComponentResource):
    """Satisfies `KubernetesCluster`."""

    def __init__(
        self, name: str, args: EksClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings = args.settings
        props = {
            "clusterName": args.cluster_name,
            "region": settings.region,
            "kubernetesVersion": settings.kubernetes_version,
        }
        super().__init__("gpuclusters:eks:EksCluster", name, props, opts)
        mine = pulumi.ResourceOptions(parent=self)
        self.cluster_name = args.cluster_name
        self._tags = {**settings.tags, "gpu-clusters/cluster": args.cluster_name}
        self._partition = partition_of(settings.region)
        network = Network(
            f"{name}-network",
            NetworkArgs(
                cluster_name=args.cluster_name,
                region=settings.region,
                cidr=settings.network.cidr,
                subnets=subnet_layout(settings.network.cidr, settings.network.zones),
                tags=self._tags,
            ),
            mine,
        )
        self.control_plane = self._control_plane(name, args, network)
        self.kubeconfig = pulumi.Output.secret(self.control_plane.kubeconfig_json)
        self.provider = kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=self.kubeconfig,
            # A new kubeconfig for the same cluster must not replace everything inside it.
            cluster_identifier=args.cluster_name,
            opts=mine,
        )
        efa = self._efa_group(name, args, network)
        pools = self._node_pools(name, args, network, efa)
        self.node_pools: Mapping[str, pulumi.Resource] = pools
        system = [pools[pool.name] for pool in args.pools if not pool.has_gpus]
        # Without a node to run on, these add-ons wait 20 minutes and end as DEGRADED.
        on_nodes = pulumi.ResourceOptions(
            parent=self,
            depends_on=system,
            custom_timeouts=pulumi.CustomTimeouts(create="20m", update="20m", delete="20m"),
        )
        dns = self._add_on(f"{name}-coredns", "coredns", on_nodes)
        agent = self._add_on(f"{name}-pod-identity", "eks-pod-identity-agent", on_nodes)

        def driver(which: Driver) -> pulumi.Resource:
            driver_args = DriverArgs(
                driver=which,
                cluster_name=self.control_plane.eks_cluster.name,
                agent=agent,
                partition=self._partition,
                tags=self._tags,
            )
            return install_driver(name, driver_args, on_nodes)

        disks = driver(EBS_DRIVER)
        storage = default_storage_class(
            args.storage_class,
            pulumi.ResourceOptions(parent=self, provider=self.provider, depends_on=[disks]),
        )
        self.foundation: Sequence[pulumi.Resource] = [*system, dns, disks, storage]
        self.storage: Mapping[str, pulumi.Resource] = {
            args.storage_class: storage,
            **self._file_systems(name, args, network, efa, driver),
        }
        self.register_outputs({"endpoint": self.control_plane.core["endpoint"]})

    def _control_plane(self, name: str, args: EksClusterArgs, network: Network) -> eks.Cluster:
        settings = args.settings
        return eks.Cluster(
            f"{name}-control-plane",
            name=args.cluster_name,
            version=settings.kubernetes_version,
            vpc_id=network.vpc.id,
            private_subnet_ids=[subnet.id for subnet in network.private_subnets.values()],
            public_subnet_ids=[subnet.id for subnet in network.public_subnets.values()],
            endpoint_private_access=True,
            endpoint_public_access=True,
            public_access_cidrs=list(settings.api_allowed_cidrs),
            authentication_mode=eks.AuthenticationMode.API,
            skip_default_node_group=True,
            # The group that EKS makes for nodes and control plane is the one that is used.
            skip_default_security_groups=True,
            # One owner for each add-on: the component's for VPC CNI and kube-proxy, ours for DNS.
            bootstrap_self_managed_addons=False,
            # It needs nodes, which come later: ours follows the system pool.
            coredns_addon_options=eks.CoreDnsAddonOptionsArgs(enabled=False),
            tags=self._tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                custom_timeouts=pulumi.CustomTimeouts(create="30m", update="60m", delete="30m"),
            ),
        )

    def _efa_group(
        self, name: str, args: EksClusterArgs, network: Network
    ) -> EfaSecurityGroup | None:
        if not any(pool.interfaces for pool in args.pools):
            return None
        return EfaSecurityGroup(
            f"{name}-efa",
            EfaSecurityGroupArgs(vpc_id=network.vpc.id, tags=self._tags),
            pulumi.ResourceOptions(parent=self),
        )

    def _node_pools(
        self,
        name: str,
        args: EksClusterArgs,
        network: Network,
        efa: EfaSecurityGroup | None,
    ) -> dict[str, NodePool]:
        fsx = args.settings.storage.fsx
        # Nodes need a way out to join; the VPC CNI, part of the control plane component, has to
        # outlive them or their interfaces stay behind and hold subnets and groups.
        before = [self.control_plane, *network.egress, *(efa.rules if efa else ())]
        return {
            pool.name: NodePool(
                f"{name}-{pool.name}",
                NodePoolArgs(
                    pool=pool,
                    cluster_name=self.control_plane.eks_cluster.name,
                    cluster_security_group_id=self.control_plane.cluster_security_group_id,
                    efa_security_group_id=efa.group.id if efa and pool.interfaces else None,
                    subnet_ids=[network.private_subnets[zone].id for zone in pool.zones],
                    lustre_over_efa=bool(fsx and fsx.efa and pool.interfaces),
                    partition=self._partition,
                    tags=self._tags,
                ),
                pulumi.ResourceOptions(parent=self, depends_on=before),
            )
            for pool in args.pools
        }

    def _file_systems(
        self,
        name: str,
        args: EksClusterArgs,
        network: Network,
        efa: EfaSecurityGroup | None,
        driver: Callable[[Driver], pulumi.Resource],
    ) -> dict[str, pulumi.Resource]:
        """What is asked for, by storage class."""
        wanted = args.settings.storage
        subnets = network.private_subnets
        inside = pulumi.ResourceOptions(parent=self, providers=[self.provider])
        nodes_group_id = self.control_plane.cluster_security_group_id
        found: dict[str, pulumi.Resource] = {}
        if wanted.fsx:
            zone = fsx_zone(wanted.fsx, args.settings, args.pools)
            found[FSX] = Lustre(
                f"{name}-fsx",
                LustreArgs(
                    settings=wanted.fsx,
                    claims=args.claims,
                    vpc_id=network.vpc.id,
                    subnet_id=subnets[zone].id,
                    nodes_group_id=nodes_group_id,
                    efa_group_id=efa.group.id if efa and wanted.fsx.efa else None,
                    driver=driver(FSX_DRIVER),
                    tags=self._tags,
                ),
                inside,
            )
        if wanted.efs:
            zones = dict.fromkeys(zone for pool in args.pools for zone in pool.zones)
            found[EFS] = ElasticFileSystem(
                f"{name}-efs",
                ElasticFileSystemArgs(
                    settings=wanted.efs,
                    vpc_id=network.vpc.id,
                    subnet_ids={zone: subnets[zone].id for zone in zones},
                    nodes_group_id=nodes_group_id,
                    driver=driver(EFS_DRIVER),
                    tags=self._tags,
                ),
                inside,
            )
        return found

    def _add_on(self, name: str, add_on: str, opts: pulumi.ResourceOptions) -> aws.eks.Addon:
        return aws.eks.Addon(
            name,
            cluster_name=self.control_plane.eks_cluster.name,
            addon_name=add_on,
            tags=self._tags,
            opts=opts,
        )


def eks_cluster(plan: Plan) -> EksCluster:
    """The plan's EKS cluster, with its own providers."""
    settings = plan.settings.cluster
    if not isinstance(settings, EksSettings):
        raise TypeError(f"not the settings of an EKS cluster: {type(settings).__name__}")
    providers: list[pulumi.ProviderResource] = [
        aws.Provider("aws", region=settings.region),
        eks.Provider("eks"),
    ]
    args = EksClusterArgs(
        cluster_name=plan.name,
        settings=settings,
        pools=plan.pools,
        storage_class=plan.storage_class,
        claims=plan.claims,
    )
    return EksCluster("cluster", args, pulumi.ResourceOptions(providers=providers))
