"""Fabric: the network that prefill and decode meet on."""

from __future__ import annotations

from collections.abc import Iterator

from plan.fabric import EFA
from plan.rules.rule import Context, Problem, rule
from plan.settings.eks import EksNodePoolSettings


@rule(
    "FAB001",
    "a pool asks only for a fabric its machines have",
    consequence="EKS: node group CREATE_FAILED after 10 to 25 minutes (AsgInstanceLaunchFailures); "
    "elsewhere the nodes come up and no RDMA resource ever does",
    source="AWS facts A1, Azure facts Z2; EC2 User Guide, Elastic Fabric Adapter",
)
def machine_has_fabric(context: Context) -> Iterator[Problem]:
    for pool in context.plan.pools:
        if pool.fabric.rdma and pool.machine.fabric != pool.fabric.machine_word:
            yield Problem(
                path=f"{pool.path}.fabric",
                message=f"{pool.machine.name} has no {pool.fabric.name}",
                fix=f"use fabric: auto or tcp, or a machine type with {pool.fabric.name}",
            )


@rule(
    "FAB002",
    "a worker asks for no more fabric interfaces than a node has",
    consequence="the pods stay Pending: Insufficient fabric resources",
    source="accelerators.csv, fabric interfaces of a machine",
)
def interfaces_fit(context: Context) -> Iterator[Problem]:
    for graph in context.plan.graphs:
        for worker in graph.workers:
            pool = context.plan.pool(worker.pool)
            if pool is None:
                continue
            # A graph that accepts TCP uses none, whatever its pool has.
            there = sum(worker.fabric.offers(pool.adapters).values())
            if worker.interfaces > there:
                offered = (
                    f"a {pool.machine.name} node of pool {pool.name} offers "
                    f"{there} over {worker.fabric.name}"
                )
                yield Problem(
                    path=f"{worker.path}.rdma",
                    message=f"{worker.interfaces} fabric interfaces, but {offered}",
                    fix="lower `rdma`, or leave it out for the GPUs' fair share",
                )


@rule(
    "FAB003",
    "the network card layout exists for the machine",
    consequence="RunInstances refuses the launch template; node group CREATE_FAILED",
    source="AWS facts A2, A3; EC2 User Guide, Maximize network bandwidth",
)
def layout_exists(context: Context) -> Iterator[Problem]:
    settings = context.plan.settings.cluster.node_pools
    for pool in context.plan.pools:
        wanted = settings[pool.name]
        if not isinstance(wanted, EksNodePoolSettings) or pool.machine.fabric != EFA.machine_word:
            continue
        if pool.fabric is EFA and not pool.interfaces:
            yield Problem(
                path=f"{pool.path}.interfaceLayout",
                message=f"there is no {wanted.interface_layout!r} layout for {pool.machine.name}",
                fix="use interfaceLayout: current",
            )


@rule(
    "FAB004",
    "a disaggregated graph has RDMA, unless it says it can do without",
    consequence="the KV cache goes over TCP in silence: about 98 s to the first token "
    "instead of under one",
    source="Dynamo, install guide and EFA on EKS: TCP fallback",
)
def disaggregated_has_rdma(context: Context) -> Iterator[Problem]:
    for graph in context.plan.graphs:
        pool = context.plan.pool(graph.settings.pool)
        moves_cache = graph.settings.disaggregated and graph.settings.backend != "mocker"
        wants_rdma = graph.settings.kv_transfer == "rdma"
        if pool and moves_cache and wants_rdma and not pool.fabric.rdma:
            yield Problem(
                path=f"{graph.path}.kvTransfer",
                message=f"prefill and decode are apart, but pool {pool.name} "
                f"({pool.machine.name}) has no RDMA",
                fix="use a pool with RDMA, serve with one kind of worker, "
                "or say kvTransfer: tcp to accept it",
            )


@rule(
    "FAB005",
    "a worker that moves its KV cache over RDMA asks for interfaces",
    consequence="the pod sees no adapter and falls back to TCP in silence",
    source="Dynamo, disaggregated communication: resource missing = TCP fallback",
)
def rdma_worker_asks(context: Context) -> Iterator[Problem]:
    for graph in context.plan.graphs:
        for worker in graph.workers:
            needed = graph.settings.disaggregated and worker.gpus
            if needed and worker.fabric.rdma and worker.interfaces == 0:
                yield Problem(
                    path=f"{worker.path}.rdma",
                    message=f"0 interfaces of {worker.fabric.name} for a disaggregated worker",
                    fix="leave `rdma` out for the GPUs' fair share, or say kvTransfer: tcp",
                )


@rule(
    "FAB006",
    "a pool with a fabric that ends at the zone is in one zone",
    consequence="instances launch in several zones and the fabric is split in silence",
    source="AWS facts A4; EC2 User Guide, Placement strategies; EFA does not cross zones",
)
def one_zone(context: Context) -> Iterator[Problem]:
    for pool in context.plan.pools:
        if pool.fabric.same_zone and len(pool.zones) > 1:
            yield Problem(
                path=f"{pool.path}.zones",
                message=f"{pool.fabric.name} does not cross zones, but the pool has "
                f"{', '.join(pool.zones)}",
                fix="name one zone; make a second pool for another zone",
            )


@rule(
    "FAB007",
    "workers may pin memory where the fabric needs it",
    consequence="fi_mr_reg of GPU memory fails and the engine falls back to host copies or stops",
    source="Dynamo, EFA on EKS: IPC_LOCK alone is insufficient",
)
def may_pin_memory(context: Context) -> Iterator[Problem]:
    for graph in context.plan.graphs:
        bare = [
            w.name for w in graph.workers if w.fabric.rdma and w.interfaces and w.security == "none"
        ]
        if bare:
            yield Problem(
                path=f"{graph.path}.security",
                message=f"{', '.join(bare)} use RDMA but may not pin memory",
                fix="use security: auto, privileged or ipc_lock",
            )


@rule(
    "FAB008",
    "a worker takes its whole node where the fabric asks for it",
    consequence="NCCL fails to start: a RoCE pod needs every GPU and every adapter of its node",
    source="GCP facts G18; GKE, custom AI-optimized cluster",
)
def takes_whole_node(context: Context) -> Iterator[Problem]:
    for graph in context.plan.graphs:
        for worker in graph.workers:
            pool = context.plan.pool(worker.pool)
            if pool is None or not worker.fabric.whole_node or not worker.gpus:
                continue
            if worker.gpus < pool.machine.gpus:
                yield Problem(
                    path=f"{worker.path}.gpus",
                    message=f"{worker.gpus} of the {pool.machine.gpus} GPUs of {pool.machine.name}"
                    f" over {worker.fabric.name}",
                    fix=f"use gpus: {pool.machine.gpus}, or kvTransfer: tcp",
                )
            elif worker.interfaces < pool.adapters:
                yield Problem(
                    path=f"{worker.path}.rdma",
                    message=f"{worker.interfaces} of the {pool.adapters} adapters of the node",
                    fix="leave `rdma` out",
                )


RULES = (
    machine_has_fabric,
    interfaces_fit,
    layout_exists,
    disaggregated_has_rdma,
    rdma_worker_asks,
    one_zone,
    may_pin_memory,
    takes_whole_node,
)
