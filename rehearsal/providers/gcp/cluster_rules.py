"""What GKE refuses of a cluster, and of its end.

Rule ids (G22, GD1 and so on) are those of our notes on Google Cloud.
"""

from __future__ import annotations

import re

from rehearsal.providers.gcp import kinds
from rehearsal.providers.gcp.network_rules import overlapping
from rehearsal.providers.gcp.outputs import servers
from rehearsal.providers.gcp.paths import Place, last, region_of
from rehearsal.providers.gcp.references import PACKAGE, named
from rehearsal.providers.gcp.refusals import invalid
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Props, flag, get, items, number, select, text
from rehearsal.providers.world import Record, World

_NAME = re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?")
_NETWORK_OBJECT = "Network.networking.gke.io"
_PARAMETERS = "GKENetworkParamSet.networking.gke.io"


def check_cluster(world: World, inputs: Props, where: Place) -> None:
    """Everything that makes CreateCluster fail."""
    name = text(inputs, "name")
    if not _NAME.fullmatch(name):  # G29
        raise invalid(f'Invalid value for field "cluster.name": "{name}"', "name")
    if not get(inputs, "enableAutopilot") and number(inputs, "initialNodeCount") < 1:
        raise invalid("Cluster.initial_node_count must be greater than zero", "initialNodeCount")
    if text(inputs, "datapathProvider") == "ADVANCED_DATAPATH" and flag(
        inputs, "networkPolicy", "enabled"
    ):  # G22
        raise invalid(
            "Enabling NetworkPolicy for clusters with DatapathProvider=ADVANCED_DATAPATH is not "
            "allowed",
            "networkPolicy",
        )
    pool = text(inputs, "workloadIdentityConfig", "workloadPool")
    if pool and pool != f"{where.project}.svc.id.goog":
        raise invalid(
            f"Workload identity pool {pool} is not {where.project}.svc.id.goog, the only one of "
            "the project",
            "workloadIdentityConfig.workloadPool",
        )
    _check_place(world, inputs, where)


def check_update(old: Record, inputs: Props) -> None:
    """G1: multi-networking is decided when the cluster is made."""
    field = "enableMultiNetworking"
    if flag(old.inputs, field) != flag(inputs, field):
        raise invalid(
            f"Multi-networking of cluster {old.key.id} can only be set when it is created", field
        )


def check_protection(cluster: Record) -> None:
    """GD1: the flag is true by default, and is read from the state."""
    if get(cluster.outputs, "deletionProtection") is True:
        raise Refusal(
            "Cannot destroy cluster because deletion_protection is set to true. Set it to false "
            f"to proceed with cluster deletion. ({last(cluster.key.id)})"
        )


def check_networks_gone(world: World, pool: Record) -> None:
    """GD15: Network objects of a pool's extra networks go before the pool."""
    subnetworks = {
        last(given)
        for given in select(pool.inputs, "networkConfig.additionalNodeNetworkConfigs[*].subnetwork")
    }
    cluster = next((r for r in pool.refs if r.type == kinds.CLUSTER), None)
    record = world.get(cluster) if cluster else None
    if record is None or not subnetworks:
        return
    parameters = {
        p.key.id
        for p in _inside(world, record, _PARAMETERS)
        if last(text(p.inputs, "spec", "vpcSubnet")) in subnetworks
    }
    for network in _inside(world, record, _NETWORK_OBJECT):
        if text(network.inputs, "spec", "parametersRef", "name") in parameters:
            raise Refusal(
                f"simulated: Network {network.key.id} ({network.name}) still stands for a network "
                f"of node pool {last(pool.key.id)}: a real one keeps its finalizer while pods use "
                "it, so the order of deletion is wrong"
            )


def load_balancers(world: World, cluster: Record) -> list[Record]:
    """The Services of a cluster that have forwarding and firewall rules in its network."""
    return [service for service in _inside(world, cluster, "Service") if service.outlives]


def _inside(world: World, cluster: Record, kind: str) -> list[Record]:
    return [
        record
        for server in servers(cluster.outputs)
        for record in world.all("kubernetes", kind, cluster=server)
    ]


def _check_place(world: World, inputs: Props, where: Place) -> None:
    network = named(world, kinds.NETWORK, text(inputs, "network"), inputs, where)
    subnetwork = named(world, kinds.SUBNETWORK, text(inputs, "subnetwork"), inputs, where)
    if network is None or subnetwork is None:
        return
    if network.key not in subnetwork.refs:
        raise invalid(
            f"Subnetwork {subnetwork.key.id} is not in network {network.key.id}", "subnetwork"
        )
    if text(subnetwork.outputs, "region") != region_of(where.location):
        raise invalid(
            f"Subnetwork {subnetwork.key.id} is not in the region of {where.location}",
            "subnetwork",
        )
    ranges = {text(r, "rangeName") for r in items(subnetwork.inputs, "secondaryIpRanges")}
    for field in ("clusterSecondaryRangeName", "servicesSecondaryRangeName"):
        wanted = text(inputs, "ipAllocationPolicy", field)
        if wanted and wanted not in ranges:
            raise invalid(
                f'Secondary range "{wanted}" does not exist in subnetwork {subnetwork.key.id}',
                f"ipAllocationPolicy.{field}",
            )
    master = text(inputs, "privateClusterConfig", "masterIpv4CidrBlock")
    if master:
        # G7: the control plane's block is routed like any other of the network.
        other = overlapping(world, network, master, "privateClusterConfig.masterIpv4CidrBlock")
        if other is not None:
            raise invalid(
                f"Master version block {master} conflicts with subnetwork {other.key.id}",
                "privateClusterConfig.masterIpv4CidrBlock",
            )


def has_identity_pool(world: World, pool: str) -> bool:
    """Whether a cluster of the project has made its workload identity pool."""
    return any(
        text(cluster.inputs, "workloadIdentityConfig", "workloadPool") == pool
        for cluster in world.all(PACKAGE, kinds.CLUSTER)
    )
