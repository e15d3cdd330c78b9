"""Agent pools, labels, tags and administrators on AKS."""

from __future__ import annotations

from collections.abc import Iterator

from plan.clouds.common import SYSTEM_POOL
from plan.fabric import INFINIBAND
from plan.findings import Severity
from plan.model import Pool
from plan.rules.rule import Context, Problem, rule
from plan.settings import AksSettings

# Virtual machines of one scale set that share one InfiniBand partition; 300 by support request.
_PARTITION = 100
_RESERVED_LABELS = ("kubernetes.azure.com/", "kubernetes.io/")
_NOT_IN_TAG_NAMES = frozenset("<>%&\\?/")
_MOST_TAGS = 49
"""A resource takes 50, and one is ours."""
_NOBODY = "00000000-0000-0000-0000-000000000000"


@rule(
    "AKS001",
    "the nodes of an InfiniBand pool fit into one partition",
    consequence="the scale set stops growing at 100 nodes, which are paid for; nodes of a second "
    "pool are in another partition, where InfiniBand does not reach",
    source="Azure facts Z3; Microsoft Learn, Set up InfiniBand on HPC VMs: one placement group",
)
def one_partition(context: Context) -> Iterator[Problem]:
    for pool in _infiniband_pools(context):
        if pool.nodes > _PARTITION:
            yield Problem(
                path=f"{pool.path}.nodes",
                message=f"{pool.nodes} nodes, but one InfiniBand partition holds {_PARTITION}",
                fix=f"use {_PARTITION} nodes or fewer, and a second pool with graphs of its own",
            )


@rule(
    "AKS002",
    "an InfiniBand pool has nodes to talk to",
    severity=Severity.WARNING,
    consequence="the Network Operator, its drivers and 20 minutes of installation serve nobody",
    source="Dynamo, RDMA on AKS: at least two ND-series nodes",
)
def somebody_to_talk_to(context: Context) -> Iterator[Problem]:
    for pool in _infiniband_pools(context):
        if pool.nodes == 1:
            yield Problem(
                path=f"{pool.path}.nodes",
                message="one node has nobody to reach over InfiniBand",
                fix="use two nodes or more, or fabric: tcp",
            )


@rule(
    "AKS003",
    "GPU nodes have a processor that AKS is known to run",
    severity=Severity.WARNING,
    consequence="AKS may refuse the size, and a GB200 or GB300 domain needs IMEX, which no layer "
    "here sets up",
    source="Azure facts section 2, Z25: the AKS documentation names neither GB200 nor GB300",
)
def known_processor(context: Context) -> Iterator[Problem]:
    for _, pool in _aks_pools(context):
        if pool.has_gpus and pool.machine.arch != "x86_64":
            yield Problem(
                path=f"{pool.path}.machineType",
                message=f"{pool.machine.name} is {pool.machine.arch} ({pool.machine.gpu_model}), "
                "which AKS is not known to support",
                fix="use an x86_64 size such as Standard_ND96isr_H200_v5",
            )


@rule(
    "AKS004",
    "the GPUs are NVIDIA's",
    consequence="no node ever offers nvidia.com/gpu: pods stay Pending on nodes that are paid for",
    source="Azure facts Z6; AKS, Use AMD GPUs: another operator and another resource",
)
def nvidia(context: Context) -> Iterator[Problem]:
    for _, pool in _aks_pools(context):
        if pool.has_gpus and not (pool.machine.gpu_model or "").startswith("NVIDIA"):
            yield Problem(
                path=f"{pool.path}.machineType",
                message=f"{pool.machine.name} has {pool.machine.gpu_model}, "
                "and everything here is made for NVIDIA",
                fix="use a size with NVIDIA GPUs",
            )


@rule(
    "AKS005",
    "somebody administers the cluster",
    severity=Severity.WARNING,
    consequence="there are no local accounts: nobody can reach the API, the program's own "
    "Kubernetes half included",
    source="Azure facts section 1: disable_local_accounts, aad_profile",
)
def administrators(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    if isinstance(cluster, AksSettings) and _NOBODY in cluster.admin_group_ids:
        yield Problem(
            path="cluster.adminGroupIds",
            message=f"{_NOBODY} is a placeholder, not a group",
            fix="put in the object id of an Entra group that you are in: "
            "`az ad group show --group NAME --query id`",
        )


@rule(
    "AKS006",
    "labels of nodes keep clear of those that AKS writes",
    consequence="the agent pool is refused after the control plane is up",
    source="AKS, Use labels in a cluster: reserved prefixes",
)
def labels(context: Context) -> Iterator[Problem]:
    for _, pool in _aks_pools(context):
        for label in pool.labels:
            prefix = next((p for p in _RESERVED_LABELS if label.startswith(p)), None)
            if prefix:
                yield Problem(
                    path=f"{pool.path}.labels",
                    message=f"{label} begins with {prefix}, which AKS keeps to itself",
                    fix="use a prefix of your own",
                )


@rule(
    "AKS007",
    "tags are what Azure takes",
    consequence="the first resource with tags is refused",
    source="Microsoft Learn, Use tags to organize your Azure resources: limitations",
)
def tags(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    if not isinstance(cluster, AksSettings):
        return
    for name in cluster.tags:
        wrong = sorted(_NOT_IN_TAG_NAMES & set(name))
        if wrong:
            yield Problem(
                path="cluster.tags",
                message=f"the tag name {name!r} holds {' '.join(wrong)}",
                fix=f"leave out {' '.join(sorted(_NOT_IN_TAG_NAMES))}",
            )
    if len(cluster.tags) > _MOST_TAGS:
        yield Problem(
            path="cluster.tags",
            message=f"{len(cluster.tags)} tags, but a resource takes {_MOST_TAGS}",
            fix="leave some out",
        )


def _aks_pools(context: Context) -> Iterator[tuple[AksSettings, Pool]]:
    cluster = context.plan.settings.cluster
    if isinstance(cluster, AksSettings):
        for pool in context.plan.pools:
            yield cluster, pool


def _infiniband_pools(context: Context) -> Iterator[Pool]:
    return (pool for _, pool in _aks_pools(context) if pool.fabric is INFINIBAND)


@rule(
    "AKS008",
    "a pool called system, without GPUs, is made with the cluster",
    consequence="AKS makes no cluster without a pool for its own pods, and found by its place it "
    "would be another one as soon as a pool is added",
    source="Azure facts, section 1: a cluster needs at least one System pool",
)
def has_system_pool(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    if not isinstance(cluster, AksSettings):
        return
    pool = context.plan.pool(SYSTEM_POOL)
    if SYSTEM_POOL not in cluster.node_pools:
        yield Problem(
            path=f"cluster.nodePools.{SYSTEM_POOL}",
            message="is missing",
            fix="give the pool for the cluster's own pods that name, with a machine such as "
            "Standard_D8s_v5",
        )
    elif pool is not None and pool.has_gpus:
        yield Problem(
            path=f"{pool.path}.machineType",
            message=f"{pool.machine.name} has GPUs",
            fix="use a machine without GPUs, such as Standard_D8s_v5",
        )


RULES = (
    one_partition,
    somebody_to_talk_to,
    known_processor,
    nvidia,
    administrators,
    labels,
    tags,
    has_system_pool,
)
