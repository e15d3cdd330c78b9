"""What holds for the node pools of every cloud."""

from __future__ import annotations

from collections.abc import Iterator

from plan.catalog import prices
from plan.findings import Severity
from plan.model import Pool
from plan.rules.rule import Context, Problem, rule
from plan.settings import AksSettings, ExistingSettings, GkeSettings

_SHOWN = 6


@rule(
    "SCH002",
    "a pool without GPUs takes pods that tolerate nothing",
    consequence="DNS, the operators and their webhooks stay Pending: no GPU is ever advertised; "
    "AKS besides refuses a cluster without a system pool",
    source="Azure facts section 1, ZD13, Z26; charts: the operators tolerate no taints of ours",
)
def room_for_the_platform(context: Context) -> Iterator[Problem]:
    if isinstance(context.plan.settings.cluster, ExistingSettings):
        return  # it has nodes that the stack file need not name
    pools = context.plan.pools
    if len(pools) < len(context.plan.settings.cluster.node_pools):
        return  # the pool that could not be resolved may be the one
    if not any(_takes_everybody(pool) for pool in pools):
        yield Problem(
            path="cluster.nodePools",
            message="every pool has GPUs or a taint: the platform's own pods have nowhere to run",
            fix="add a pool without GPUs and without taints",
        )


@rule(
    "ZON004",
    "the region is known to have the machine type",
    severity=Severity.WARNING,
    consequence="SkuNotAvailable on AKS, or a GKE pool that stays PROVISIONING, after the control "
    "plane is up",
    source="Azure facts Z16, GCP facts G23: a list price is a hint, the cloud's own API the proof",
)
def priced(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    if not isinstance(cluster, AksSettings | GkeSettings):
        return  # EKS has better data, and an existing cluster has its nodes (ZON001)
    for pool in context.plan.pools:
        regions = prices.priced_regions(cluster.cloud, pool.machine.name)
        if regions and cluster.region not in regions:
            more = " and more" if len(regions) > _SHOWN else ""
            yield Problem(
                path=f"{pool.path}.machineType",
                message=f"{pool.machine.name} has no list price in {cluster.region}: "
                "it may not be offered there",
                fix=f"it has one in {', '.join(regions[:_SHOWN])}{more}",
            )


def _takes_everybody(pool: Pool) -> bool:
    blocked = any(taint.effect != "PreferNoSchedule" for taint in pool.taints)
    return not pool.has_gpus and not blocked


RULES = (room_for_the_platform, priced)
