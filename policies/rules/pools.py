"""Node pools in the words of the three clouds: which have GPUs, how many nodes, on which fabric."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pulumi_policy import PolicyResource

from rules.props import Props, Read, given, items, known, made_here, mapping, number, texts, yes

EKS_POOL = "aws:eks/nodeGroup:NodeGroup"
EKS_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
AKS_CLUSTER = "azure-native:containerservice:ManagedCluster"
AKS_POOL = "azure-native:containerservice:AgentPool"
GKE_CLUSTER = "gcp:container/cluster:Cluster"
GKE_POOL = "gcp:container/nodePool:NodePool"

_GPU_TAINT = "nvidia.com/gpu"
# The clouds' own families: EC2 accelerated computing, Azure N-series, Compute Engine GPU machines.
_GPU_MACHINES = re.compile(r"(p|g|gr)\d|standard_n[cdgv]\d|(a2|a3|a4|a4x|g2|g4)-", re.IGNORECASE)
# In Azure's names an `r` among the features is RDMA (VM sizes, naming conventions).
_AZURE_RDMA = re.compile(r"standard_n\w\d+\w*r", re.IGNORECASE)
_DEFAULT_ZONES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Pool:
    """A pool of a stack. `props` are the pool's own, also where it is part of a cluster."""

    resource: PolicyResource
    name: str
    props: Props
    templates: tuple[PolicyResource, ...] = ()
    """EKS: launch templates of this stack that it is made from."""


def pools(resources: Iterable[PolicyResource]) -> list[Pool]:
    """Every pool of a stack, once."""
    everything = list(resources)
    found = [
        Pool(
            resource=resource,
            name=resource.name,
            props=resource.props,
            templates=tuple(made_here(resource, "launchTemplate", EKS_TEMPLATE)),
        )
        for resource in everything
        if resource.resource_type in (EKS_POOL, AKS_POOL, GKE_POOL)
    ]
    # An AKS cluster that stands lists every pool, those that are resources of their own too.
    own = {
        str(known(pool.props, key))
        for pool in found
        if pool.resource.resource_type == AKS_POOL
        for key in ("agentPoolName", "name")
    }
    for cluster in everything:
        if cluster.resource_type == AKS_CLUSTER:
            for profile in aks_profiles(cluster.props):
                name = str(profile.get("name"))
                if name not in own:
                    found.append(Pool(resource=cluster, name=name, props=profile))
    return found


def aks_profiles(cluster: Props) -> Iterator[Props]:
    """Pools that are part of an AKS cluster's resource."""
    for profile in items(cluster.get("agentPoolProfiles")):
        yield mapping(profile)


def gpus(type_: str, props: Props, read: Read = given) -> bool:
    """Whether the nodes of a pool have GPUs, as far as the pool itself says so."""
    node = mapping(read(props, "nodeConfig"))
    machines = [
        str(read(props, "vmSize")),
        str(read(node, "machineType")),
        *texts(read(props, "instanceTypes")),
    ]
    if any(_GPU_MACHINES.match(machine) for machine in machines):
        return True
    return type_ == EKS_POOL and (
        "NVIDIA" in str(read(props, "amiType"))
        or any(read(mapping(taint), "key") == _GPU_TAINT for taint in items(read(props, "taints")))
    )


def pool_has_gpus(pool: Pool) -> bool:
    """The same for a pool of a stack, with its launch template's word."""
    return gpus(pool.resource.resource_type, pool.props, known) or any(
        _GPU_MACHINES.match(str(known(template.props, "instanceType")))
        for template in pool.templates
    )


def most_nodes(pool: Pool) -> int:
    """How many nodes a pool may have."""
    props = pool.props
    match pool.resource.resource_type:
        case str(kind) if kind == EKS_POOL:
            return number(mapping(props.get("scalingConfig"))["maxSize"])
        case str(kind) if kind == GKE_POOL:
            return _gke_nodes(props)
        case _:
            count = "maxCount" if yes(known(props, "enableAutoScaling")) else "count"
            return number(props.get(count) or 1)


def _gke_nodes(props: Props) -> int:
    # GKE counts by the zone.
    zones = len(items(known(props, "nodeLocations"))) or _DEFAULT_ZONES
    scaling = mapping(known(props, "autoscaling"))
    total = known(scaling, "totalMaxNodeCount")
    if total:
        return number(total)
    if scaling:
        return zones * number(known(scaling, "maxNodeCount") or 0)
    size = props.get("nodeCount")
    return zones * number(known(props, "initialNodeCount") or 0 if size is None else size)


def rdma(pool: Pool) -> bool:
    """Whether the pool's nodes share a fabric beside the network: EFA, InfiniBand, RoCE."""
    match pool.resource.resource_type:
        case str(kind) if kind == EKS_POOL:
            return any(uses_efa(template) for template in pool.templates)
        case str(kind) if kind == GKE_POOL:
            return bool(gke_networks(pool))
        case _:
            return bool(_AZURE_RDMA.match(str(known(pool.props, "vmSize"))))


def uses_efa(template: PolicyResource) -> bool:
    """Whether a launch template has EFA interfaces."""
    return any(
        str(mapping(interface).get("interfaceType", "")).startswith("efa")
        for interface in items(template.props.get("networkInterfaces"))
    )


def gke_networks(pool: Pool) -> list[PolicyResource]:
    """VPCs of this stack that a GKE pool has interfaces in, beside the cluster's own."""
    config = mapping(known(pool.props, "networkConfig"))
    if not items(known(config, "additionalNodeNetworkConfigs")):
        return []
    return list(made_here(pool.resource, "networkConfig", "gcp:compute/network:Network"))
