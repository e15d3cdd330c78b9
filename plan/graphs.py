"""From the graphs of the stack file to resolved graphs: images, commands, scheduling facts."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence

from plan.caches import caches_of
from plan.catalog import images
from plan.catalog.images import Image, UnknownImage, Variant
from plan.engines import engine_arguments
from plan.fabric import TCP, Fabric, SecurityMode, Separation
from plan.findings import Finding, Severity
from plan.model import Component, Graph, Pool, StorageClass
from plan.scheduling import first_cpu_pool, tolerations_for
from plan.settings import GraphSettings, PlatformSettings, Settings, WorkerSettings


def resolve_graphs(
    settings: Settings, pools: Sequence[Pool], classes: Sequence[StorageClass]
) -> Iterator[Graph | Finding]:
    """Each graph resolved, or the finding that says why it cannot be.

    A graph on a pool that is not there, or could not be resolved, yields what is wrong instead.
    """
    by_name = {pool.name: pool for pool in pools}
    for name, graph in settings.graphs.items():
        yield from _graph(name, graph, settings, by_name, classes)


def _graph(
    name: str,
    graph: GraphSettings,
    settings: Settings,
    pools: Mapping[str, Pool],
    classes: Sequence[StorageClass],
) -> Iterator[Graph | Finding]:
    path = f"graphs.{name}"
    frontend_pool = graph.frontend.pool or first_cpu_pool(pools.values()) or graph.pool
    wanted = {"pool": graph.pool, "frontend.pool": frontend_pool}
    missing = [
        _missing_pool(f"{path}.{key}", pool, settings)
        for key, pool in wanted.items()
        if pool not in settings.cluster.node_pools
    ]
    if missing:
        yield from missing
        return
    if graph.pool not in pools or frontend_pool not in pools:
        return  # the pool's own finding says why
    pool = pools[graph.pool]
    # A mocker moves no KV cache.
    fabric = pool.fabric if graph.kv_transfer == "rdma" and graph.backend != "mocker" else TCP
    try:
        image = _image(graph, settings.platform, fabric)
        front_image = images.frontend(settings.platform.versions.dynamo).reference
    except UnknownImage as error:
        yield Finding(
            rule="IMG001",
            severity=Severity.ERROR,
            path=f"{path}.image",
            message=str(error),
            fix="choose another platform.versions.dynamo or imageVariant, or give your own image",
            consequence="every worker stays in ImagePullBackOff on nodes that are paid for",
        )
        return
    token = settings.platform.hugging_face
    reference = image.reference if image else str(graph.image)
    workers = tuple(
        _worker(graph, worker_name, worker, pool, fabric, reference, path)
        for worker_name, worker in graph.workers.items()
    )
    yield Graph(
        name=name,
        path=path,
        settings=graph,
        namespace=graph.namespace,
        queue=graph.queue,
        image=image,
        frontend=_frontend(graph, pools[frontend_pool], front_image, path),
        workers=workers,
        same_zone=fabric.same_zone,
        separation=_separation(graph, fabric, pool),
        caches=caches_of(graph, path, classes),
        token_secret=token.secret_name if token else None,
    )


def _image(graph: GraphSettings, platform: PlatformSettings, fabric: Fabric) -> Image | None:
    if graph.image:
        return None
    release = platform.versions.dynamo
    if graph.image_variant != "auto":
        return images.runtime(graph.backend, release, graph.image_variant)
    variant: Variant = fabric.image_variant
    if variant == "default" and variant not in images.variants(graph.backend, release):
        # TensorRT-LLM has no plain tag from 1.2.0 on: its only CUDA is 13.
        variant = "cuda13"
    return images.runtime(graph.backend, release, variant)


def _frontend(graph: GraphSettings, pool: Pool, image: str, path: str) -> Component:
    return Component(
        name="Frontend",
        path=f"{path}.frontend",
        role=None,
        replicas=graph.frontend.replicas,
        nodes=1,
        pool=pool.name,
        image=image,
        command=(),  # the operator starts `python3 -m dynamo.frontend` itself
        args=(),
        environment=(("DYN_ROUTER_MODE", graph.frontend.router),),
        cpu=graph.frontend.cpu,
        memory=graph.frontend.memory,
        shared_memory=None,
        gpus=0,
        fabric=TCP,
        interfaces=0,
        security="none",
        tolerations=tolerations_for(pool.taints),
    )


def _worker(
    graph: GraphSettings,
    name: str,
    worker: WorkerSettings,
    pool: Pool,
    fabric: Fabric,
    image: str,
    graph_path: str,
) -> Component:
    prelude = [text for text in (worker.gpus and pool.shell_prelude, fabric.shell_prelude) if text]
    command, args = _shell(engine_arguments(graph, graph.role(name), worker, fabric), prelude)
    environment = {
        **dict(fabric.environment),
        **dict(fabric.engine_environment.get(graph.backend, ())),
        **worker.env,
    }
    own = fabric.interfaces(worker.gpus, pool.machine.gpus, pool.adapters)
    interfaces = own if worker.rdma is None else worker.rdma
    tolerations = tolerations_for(pool.taints) if worker.tolerations is None else worker.tolerations
    return Component(
        name=name,
        path=f"{graph_path}.workers.{name}",
        role=graph.role(name),
        replicas=worker.replicas,
        nodes=worker.nodes,
        pool=pool.name,
        image=image,
        command=command,
        args=args,
        environment=tuple(environment.items()),
        cpu=worker.cpu,
        memory=worker.memory,
        shared_memory=worker.shared_memory if worker.gpus else None,
        gpus=worker.gpus,
        fabric=fabric,
        interfaces=interfaces,
        security=_security(graph, fabric, interfaces),
        tolerations=tolerations,
    )


def _shell(
    argv: tuple[str, ...], prelude: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Command and arguments of the container; through a shell only where something needs one."""
    if not prelude:
        return argv[:3], argv[3:]  # `python3 -m dynamo.<engine>`, then its flags
    return ("/bin/bash", "-c"), ("\n".join((*prelude, f"exec {shlex.join(argv)}")),)


def _security(graph: GraphSettings, fabric: Fabric, interfaces: int) -> SecurityMode:
    if graph.security != "auto":
        return graph.security
    return fabric.security if interfaces else "none"


def _separation(graph: GraphSettings, fabric: Fabric, pool: Pool) -> Separation:
    if not graph.disaggregated:
        return "none"
    if graph.separate_hosts != "auto":
        return graph.separate_hosts
    largest = max(worker.gpus for worker in graph.workers.values())
    return fabric.separation(largest, pool.machine.gpus)


def _missing_pool(path: str, pool: str, settings: Settings) -> Finding:
    known = ", ".join(settings.cluster.node_pools)
    return Finding(
        rule="GRF001",
        severity=Severity.ERROR,
        path=path,
        message=f"there is no node pool {pool!r}",
        fix=f"the pools are: {known}",
        consequence="every pod of the graph stays Pending",
    )
