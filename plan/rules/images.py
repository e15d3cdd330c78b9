"""Container images against the nodes that run them."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from plan.fabric import EFA
from plan.findings import Severity
from plan.model import Component, Graph, Pool
from plan.rules.rule import Context, Problem, rule


@rule(
    "IMG002",
    "the image exists for the node's processor",
    consequence="exec format error in every pod, on nodes that are paid for",
    source="Dynamo release artifacts 1.2.0: architectures by tag",
)
def architecture(context: Context) -> Iterator[Problem]:
    for graph, worker, pool in _workers(context):
        image = graph.image
        if image and pool.machine.arch not in image.architectures:
            yield Problem(
                path=f"{worker.path}",
                message=f"{image.reference} is built for {', '.join(image.architectures)}, "
                f"but {pool.machine.name} is {pool.machine.arch}",
                fix="choose another release or imageVariant, or another machine type",
            )


@rule(
    "IMG003",
    "the driver of the node is new enough for the image's CUDA and for the GPU",
    consequence="the engine exits at start: CUDA driver version is insufficient",
    source="Dynamo support matrix (CUDA 12.9: 575.51.03, 13.x: 580.00.03); minimum per GPU",
)
def driver(context: Context) -> Iterator[Problem]:
    for graph, worker, pool in _workers(context):
        has = pool.host_image.driver if pool.host_image else None
        if not worker.gpus or has is None:
            continue
        by_image = graph.image.min_driver if graph.image else None
        needs = [v for v in (by_image, pool.machine.min_driver) if v]
        minimum = max(needs, key=Version, default=None)
        if minimum and Version(has) < Version(minimum):
            yield Problem(
                path=f"{pool.path}.amiType",
                message=f"{pool.ami_type} ships driver {has}, but {worker.image} on "
                f"{pool.machine.gpu_model} needs {minimum}",
                fix="use a newer node image or an image with an older CUDA",
            )


@rule(
    "IMG004",
    "a graph on EFA runs an image that holds the EFA libraries",
    consequence="NIXL finds no LIBFABRIC provider and goes over TCP in silence",
    source="Dynamo, EFA on EKS: without the EFA image the build is silently a plain one",
)
def efa_image(context: Context) -> Iterator[Problem]:
    for graph in context.plan.graphs:
        uses_efa = any(w.fabric is EFA and w.interfaces for w in graph.workers)
        if uses_efa and graph.settings.image_variant in ("default", "cuda13"):
            yield Problem(
                path=f"{graph.path}.imageVariant",
                message=f"{graph.settings.image_variant!r} holds no EFA libraries",
                fix="use imageVariant: auto or efa",
            )


@rule(
    "IMG005",
    "an image of the user's own is their own to check",
    severity=Severity.NOTE,
    consequence="nothing here can tell its CUDA version, architecture or EFA libraries",
    source="the stack file",
)
def own_image(context: Context) -> Iterator[Problem]:
    for graph in context.plan.graphs:
        if graph.settings.image:
            yield Problem(
                path=f"{graph.path}.image",
                message=f"{graph.settings.image} is not in the catalogue: driver, processor and "
                "EFA libraries are not checked",
                fix="check them yourself",
            )


@rule(
    "IMG006",
    "the newest GPUs run a CUDA 13 image",
    consequence="the engine exits at start: no kernel image for this GPU",
    source="Dynamo support matrix: B300 and GB300 need CUDA 13",
)
def newest_gpus(context: Context) -> Iterator[Problem]:
    for graph, worker, pool in _workers(context):
        model = pool.machine.gpu_model or ""
        cuda = graph.image.cuda if graph.image else None
        if worker.gpus and "B300" in model and cuda and Version(cuda) < Version("13"):
            yield Problem(
                path=f"{graph.path}.imageVariant",
                message=f"{worker.image} is CUDA {cuda}, but {model} needs CUDA 13",
                fix="use imageVariant: cuda13, or the backend trtllm",
            )


def _workers(context: Context) -> Iterator[tuple[Graph, Component, Pool]]:
    for graph in context.plan.graphs:
        for worker in graph.workers:
            pool = context.plan.pool(worker.pool)
            if pool is not None:
                yield graph, worker, pool


RULES = (architecture, driver, efa_image, own_image, newest_gpus)
