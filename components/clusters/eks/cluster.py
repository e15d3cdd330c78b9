"""The EKS cluster: network, control plane, node pools and add-ons, in that order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks
import pulumi_kubernetes as kubernetes

from components.clusters.eks.identity import (
    STORAGE_POLICY,
    ServiceRole,
    partition_of,
    pod_identity_role_args,
)
from components.clusters.eks.network import (
    EfaSecurityGroup,
    EfaSecurityGroupArgs,
    Network,
    NetworkArgs,
)
from components.clusters.eks.node_pools import NodePool, NodePoolArgs
from components.clusters.eks.storage import default_storage_class
from plan.model import Plan, Pool
from plan.settings import EksSettings
from plan.subnets import subnet_layout


@dataclass(frozen=True, kw_only=True)
class EksClusterArgs:
    """The plan's cluster: settings as written, pools as resolved."""

    cluster_name: str
    settings: EksSettings
    pools: Sequence[Pool]
    storage_class: str


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
        pools = self._node_pools(name, args, network)
        self.node_pools: Mapping[str, pulumi.Resource] = pools
        system = [pools[pool.name] for pool in args.pools if not pool.has_gpus]
        # Without a node to run on, these add-ons wait 20 minutes and end as DEGRADED.
        on_nodes = pulumi.ResourceOptions(
            parent=self,
            depends_on=system,
            custom_timeouts=pulumi.CustomTimeouts(create="20m", update="20m", delete="20m"),
        )
        dns = self._add_on(f"{name}-coredns", "coredns", on_nodes)
        driver = self._storage_driver(name, on_nodes)
        storage = default_storage_class(
            args.storage_class,
            pulumi.ResourceOptions(parent=self, provider=self.provider, depends_on=[driver]),
        )
        self.foundation: Sequence[pulumi.Resource] = [*system, dns, driver, storage]
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

    def _node_pools(self, name: str, args: EksClusterArgs, network: Network) -> dict[str, NodePool]:
        mine = pulumi.ResourceOptions(parent=self)
        efa = None
        if any(pool.interfaces for pool in args.pools):
            efa = EfaSecurityGroup(
                f"{name}-efa",
                EfaSecurityGroupArgs(vpc_id=network.vpc.id, tags=self._tags),
                mine,
            )
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
                    partition=self._partition,
                    tags=self._tags,
                ),
                pulumi.ResourceOptions(parent=self, depends_on=before),
            )
            for pool in args.pools
        }

    def _storage_driver(self, name: str, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        agent = self._add_on(f"{name}-pod-identity", "eks-pod-identity-agent", opts)
        role = ServiceRole(
            f"{name}-ebs",
            pod_identity_role_args([STORAGE_POLICY], self._partition, self._tags),
            pulumi.ResourceOptions(parent=self),
        )
        return aws.eks.Addon(
            f"{name}-ebs-csi",
            cluster_name=self.control_plane.eks_cluster.name,
            addon_name="aws-ebs-csi-driver",
            pod_identity_associations=[
                aws.eks.AddonPodIdentityAssociationArgs(
                    role_arn=role.role.arn, service_account="ebs-csi-controller-sa"
                )
            ],
            tags=self._tags,
            opts=pulumi.ResourceOptions.merge(
                opts, pulumi.ResourceOptions(depends_on=[agent, *role.attachments])
            ),
        )

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
    )
    return EksCluster("cluster", args, pulumi.ResourceOptions(providers=providers))
