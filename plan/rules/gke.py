"""Zones, machines, labels and names on GKE."""

from __future__ import annotations

import re
from collections.abc import Iterator

from plan.catalog import gke_versions
from plan.fabric import ROCE, TCP
from plan.findings import Severity
from plan.model import Pool
from plan.rules.reservations import named_kinds
from plan.rules.rule import Context, Problem, rule
from plan.settings import GkeSettings

# GPUDirect over TCP: its networks and sidecars are not made here.
_GPUDIRECT_TCP = ("gpudirect-tcpx", "tcpxo")
_LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}")
_MOST_LABELS = 63
"""A resource takes 64, and one is ours."""
_CLUSTER_NAME = re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?")


@rule(
    "GKE001",
    "every zone is a zone of the region",
    consequence="the node pool is refused after the control plane is up: the nodes of a regional "
    "cluster are in its region",
    source="GCP facts G23; GKE, Regional clusters",
)
def in_region(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    if not isinstance(cluster, GkeSettings):
        return
    places = {"cluster.network.zones": cluster.network.zones}
    places |= {f"{pool.path}.zones": pool.zones for pool in context.plan.pools}
    for path, zones in places.items():
        outside = [zone for zone in zones if zone.rpartition("-")[0] != cluster.region]
        if outside:
            yield Problem(
                path=path,
                message=f"{', '.join(outside)} is not in {cluster.region}",
                fix=f"use zones of {cluster.region}, such as {cluster.region}-a",
            )


@rule(
    "GKE002",
    "a pool's zones are among the cluster's",
    severity=Severity.WARNING,
    consequence="traffic between these nodes and the others crosses zones, slower and billed",
    source="GCP facts G23; GKE, node locations of cluster and pool",
)
def in_network(context: Context) -> Iterator[Problem]:
    for cluster, pool in _gke_pools(context):
        outside = [zone for zone in pool.zones if zone not in cluster.network.zones]
        if outside:
            yield Problem(
                path=f"{pool.path}.zones",
                message=f"{', '.join(outside)} is not among cluster.network.zones "
                f"({', '.join(cluster.network.zones)})",
                fix=f"add {', '.join(outside)} to cluster.network.zones, "
                "and name the zones of pools that are not to be there",
            )


@rule(
    "GKE003",
    "a pool's nodes divide evenly over its zones",
    severity=Severity.WARNING,
    consequence="GKE counts nodes by the zone: some of the zones get none, and the others' end is "
    "the pool's end",
    source="Pulumi gcp.container.NodePool: node_count is the number of nodes per instance group",
)
def evenly(context: Context) -> Iterator[Problem]:
    for _, pool in _gke_pools(context):
        zones = len(pool.zones)
        if pool.nodes % max(zones, 1):
            yield Problem(
                path=f"{pool.path}.nodes",
                message=f"{pool.nodes} nodes do not divide over {zones} zones "
                f"({', '.join(pool.zones)}): some of them get none",
                fix=f"use {-(-pool.nodes // zones) * zones} nodes, or name one zone",
            )


@rule(
    "GKE004",
    "a machine that is not sold on demand has a reservation",
    consequence="the pool stays PROVISIONING until it fails, after up to an hour: no capacity, "
    "or not supported",
    source="GCP facts G11, section 4; AI Hypercomputer, Consumption options; accelerators.csv",
)
def sold_on_demand(context: Context) -> Iterator[Problem]:
    for _, pool in _gke_pools(context):
        kinds = pool.machine.reservation_kinds
        if pool.reservation or not kinds or "on-demand-reservation" in kinds:
            continue
        yield Problem(
            path=f"{pool.path}.reservation",
            message=f"{pool.machine.name} cannot be had on demand, only by {', '.join(kinds)}",
            fix="reserve it and name the reservation here"
            if named_kinds(kinds)
            else "use another machine type: this program makes no flex-start and no spot pools",
        )


@rule(
    "GKE005",
    "Kubernetes is new enough for GPUDirect RDMA on the machine",
    consequence="the pool is made, and its networks or the device driver fail in every pod",
    source="GCP facts G15, section 3; GKE, Create a custom AI-optimized GKE cluster",
)
def new_enough(context: Context) -> Iterator[Problem]:
    for cluster, pool in _gke_pools(context):
        needed = gke_versions.minimum(pool.machine.name) if pool.fabric is ROCE else None
        if needed and not needed.met_by(cluster.kubernetes_version):
            yield Problem(
                path="cluster.kubernetesVersion",
                message=f"{cluster.kubernetes_version}, but {pool.machine.name} "
                f"needs {needed.version}",
                fix=f"use {needed.minor} or newer",
            )


@rule(
    "GKE006",
    "nodes run x86_64",
    consequence="GKE taints Arm nodes kubernetes.io/arch=arm64:NoSchedule, which no pod here "
    "tolerates; A4X besides needs workload policies that are not made here",
    source="GCP facts G19; GKE, Arm workloads",
)
def x86(context: Context) -> Iterator[Problem]:
    for _, pool in _gke_pools(context):
        if pool.machine.arch != "x86_64":
            yield Problem(
                path=f"{pool.path}.machineType",
                message=f"{pool.machine.name} is {pool.machine.arch}",
                fix="use an x86_64 machine type, such as a4-highgpu-8g or n2-standard-8",
            )


@rule(
    "GKE007",
    "tags are what Google Cloud takes as labels",
    consequence="the first resource with labels is refused",
    source="GCP facts G29; Google Cloud, Requirements for labels",
)
def tags(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    if not isinstance(cluster, GkeSettings):
        return
    for key, value in cluster.tags.items():
        if not _LABEL_KEY.fullmatch(key) or not _LABEL_VALUE.fullmatch(value):
            yield Problem(
                path="cluster.tags",
                message=f"{key!r}: {value!r} is not a label",
                fix="use at most 63 lower-case letters, digits, _ and -, a letter first in the key",
            )
    if len(cluster.tags) > _MOST_LABELS:
        yield Problem(
            path="cluster.tags",
            message=f"{len(cluster.tags)} labels, but a resource takes {_MOST_LABELS}",
            fix="leave some out",
        )


@rule(
    "GKE008",
    "the cluster's name is one that GKE takes",
    consequence="the cluster is refused after its networks are made",
    source="GKE API, projects.locations.clusters: name",
)
def cluster_name(context: Context) -> Iterator[Problem]:
    name = context.plan.name
    if isinstance(context.plan.settings.cluster, GkeSettings) and not _CLUSTER_NAME.fullmatch(name):
        yield Problem(
            path="cluster.name",
            message=f"{name!r} is not a name of a GKE cluster",
            fix="use at most 40 lower-case letters, digits and dashes, a letter first",
        )


@rule(
    "GKE009",
    "a machine with GPUDirect over TCP is not taken for one with RDMA",
    severity=Severity.WARNING,
    consequence="prefill hands the KV cache over by plain TCP, and the machine's other network "
    "cards stay idle",
    source="GCP facts section 3: TCPX and TCPXO need networks, a daemon and a sidecar of their own",
)
def falls_back(context: Context) -> Iterator[Problem]:
    for _, pool in _gke_pools(context):
        if pool.machine.fabric in _GPUDIRECT_TCP and pool.fabric is TCP:
            yield Problem(
                path=f"{pool.path}.machineType",
                message=f"{pool.machine.name} has {pool.machine.fabric}, which is not set up here: "
                "the pool uses TCP",
                fix="use a3-ultragpu-8g or a4-highgpu-8g, which have RDMA",
            )


@rule(
    "GKE010",
    "all pools with RDMA are in one zone",
    consequence="the RDMA network is made for one zone: pools in another get no network interfaces",
    source="GCP facts G4; Compute Engine, RDMA network profiles: a profile is zonal",
)
def one_rdma_zone(context: Context) -> Iterator[Problem]:
    rdma = [pool for _, pool in _gke_pools(context) if pool.fabric is ROCE]
    for pool in rdma[1:]:
        if pool.zones != rdma[0].zones:
            yield Problem(
                path=f"{pool.path}.zones",
                message=f"{', '.join(pool.zones)}, but the RDMA network is in "
                f"{', '.join(rdma[0].zones)} with pool {rdma[0].name}",
                fix="use the same zone, or a stack of its own",
            )


def _gke_pools(context: Context) -> Iterator[tuple[GkeSettings, Pool]]:
    cluster = context.plan.settings.cluster
    if isinstance(cluster, GkeSettings):
        for pool in context.plan.pools:
            yield cluster, pool


RULES = (
    in_region,
    in_network,
    evenly,
    sold_on_demand,
    new_enough,
    x86,
    tags,
    cluster_name,
    falls_back,
    one_rdma_zone,
)
