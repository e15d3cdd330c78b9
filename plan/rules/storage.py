"""Caches against the storage they are to be made on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from plan.engines import COMPILING_BACKENDS
from plan.findings import Severity
from plan.rules.rule import Context, Problem, rule
from plan.settings import ExistingSettings
from plan.settings.types import quantity_value

_GIB = 2**30


@rule(
    "STO001",
    "a claim for many nodes is on a file system that many nodes mount",
    consequence="the claim stays Pending, or the second node's pods cannot mount it",
    source="AWS EBS, Azure Disk, Persistent Disk: a volume is attached to one node",
)
def claim_fits_class(context: Context) -> Iterator[Problem]:
    classes = {item.name: item for item in context.plan.storage_classes}
    shared = ", ".join(name for name, item in classes.items() if item.shared)
    # What a class of somebody else's cluster can do, nobody told us.
    unknown = isinstance(context.plan.settings.cluster, ExistingSettings)
    for claim in context.plan.claims:
        found = classes.get(claim.storage_class)
        if found and not found.shared and claim.access_mode == "ReadWriteMany" and not unknown:
            yield Problem(
                path=f"{claim.path}.accessMode",
                message=f"ReadWriteMany on {found.name}, which is block storage of one node",
                fix=f"use storageClass: {shared}"
                if shared
                else "ask for a shared file system under cluster.storage, or leave the cache out: "
                "each worker then downloads to its node's own disks",
            )


@rule(
    "STO002",
    "a claim that one node mounts is used by pods of one node",
    consequence="pods on every other node stay in ContainerCreating",
    source="Kubernetes, persistent volumes: ReadWriteOnce",
)
def one_node(context: Context) -> Iterator[Problem]:
    for graph in context.plan.graphs:
        workers = {worker.name for worker in graph.workers}
        nodes = {
            (p.pool, p.node)
            for p in context.plan.placements
            if p.graph == graph.name and p.component in workers
        }
        for cache in graph.caches:
            mounted = cache.mount_path and cache.claim.access_mode == "ReadWriteOnce"
            if mounted and len(nodes) > 1:
                yield Problem(
                    path=f"{graph.path}.caches.{cache.kind}.accessMode",
                    message=f"ReadWriteOnce, but the graph's workers are on {len(nodes)} nodes",
                    fix="use ReadWriteMany on a shared file system's class",
                )


@rule(
    "STO003",
    "a claim names a storage class that the cluster has",
    consequence="the claim stays Pending, and every pod that mounts it",
    source="Kubernetes, storage classes",
)
def class_exists(context: Context) -> Iterator[Problem]:
    if isinstance(context.plan.settings.cluster, ExistingSettings):
        return  # it may well have more than the stack file names
    names = [item.name for item in context.plan.storage_classes]
    for claim in context.plan.claims:
        if claim.storage_class not in names:
            yield Problem(
                path=f"{claim.path}.storageClass",
                message=f"there is no storage class {claim.storage_class!r}",
                fix=f"the cluster will have {', '.join(names)}",
            )


@rule(
    "STO004",
    "caches on one file system fit into it",
    consequence="the caches fill the file system, and every graph on it stops with ENOSPC",
    source="static provisioning: the size of a claim is not enforced by a file system",
)
def caches_fit(context: Context) -> Iterator[Problem]:
    asked: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
    for graph in context.plan.graphs:
        for cache in graph.caches:
            place = (graph.namespace, cache.folder or cache.claim.name)
            asked[cache.claim.storage_class][place] = quantity_value(cache.size) / _GIB
    for item in context.plan.storage_classes:
        total = sum(asked[item.name].values())
        if item.file_system_gib is not None and total > item.file_system_gib:
            yield Problem(
                path=item.path,
                message=f"{total:.0f} GiB of caches on a file system of "
                f"{item.file_system_gib:.0f} GiB",
                fix="ask for a larger one, or for smaller caches",
            )


@rule(
    "STO005",
    "graphs that share a claim ask for the same one",
    consequence="the claim is made as the first graph says, and the others' wishes are lost",
    source="Kubernetes: one claim of a name in a namespace",
)
def one_wish(context: Context) -> Iterator[Problem]:
    made = {(claim.namespace, claim.name): claim for claim in context.plan.claims}
    for graph in context.plan.graphs:
        for cache in graph.caches:
            claim, first = cache.claim, made[cache.claim.namespace, cache.claim.name]
            if (claim.size, claim.access_mode, claim.storage_class) != (
                first.size,
                first.access_mode,
                first.storage_class,
            ):
                yield Problem(
                    path=claim.path,
                    message=f"claim {claim.name} is asked for differently in {first.path}",
                    fix="use the same size, accessMode and storageClass, or another claim name",
                )


@rule(
    "STO006",
    "a compilation cache serves an engine that uses one",
    severity=Severity.WARNING,
    consequence="the claim is paid for and stays empty",
    source="Dynamo, v1beta1 compilationCache: vLLM's path",
)
def engine_compiles(context: Context) -> Iterator[Problem]:
    for graph in context.plan.graphs:
        kinds = {cache.kind for cache in graph.caches}
        if "compilation" in kinds and graph.settings.backend not in COMPILING_BACKENDS:
            yield Problem(
                path=f"{graph.path}.caches.compilation",
                message=f"{graph.settings.backend} keeps no compiled kernels there",
                fix=f"leave it out; it serves {', '.join(COMPILING_BACKENDS)}",
            )


RULES = (claim_fits_class, one_node, class_exists, caches_fit, one_wish, engine_compiles)
