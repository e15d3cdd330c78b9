"""From the caches of the graphs to claims, each made once, and weights to fetch into them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from plan.model import Cache, Claim, Graph, ModelDownload, Pool, StorageClass
from plan.scheduling import first_cpu_pool, tolerations_for
from plan.settings import GraphSettings
from plan.settings.graphs import CacheKind, CacheSettings

MODEL_CACHE_PATH = "/home/dynamo/.cache/huggingface"
_MOUNT_PATHS: dict[CacheKind, str | None] = {
    "model": MODEL_CACHE_PATH,
    # Where vLLM keeps what it compiled (Dynamo, EKS samples).
    "compilation": "/home/dynamo/.cache/vllm",
    "perf": None,
}


def caches_of(
    graph: GraphSettings, path: str, classes: Sequence[StorageClass]
) -> tuple[Cache, ...]:
    """The caches of one graph, each with its claim."""
    return tuple(
        _cache(graph.namespace, f"{path}.caches.{kind}", kind, cache, classes)
        for kind, cache in graph.caches.items()
    )


def all_claims(graphs: Iterable[Graph]) -> tuple[Claim, ...]:
    """Every claim once, with all its folders. The first graph that asks says how it is made."""
    found: dict[tuple[str, str], Claim] = {}
    for graph in graphs:
        for cache in graph.caches:
            claim = cache.claim
            first = found.setdefault((claim.namespace, claim.name), claim)
            folders = dict.fromkeys((*first.folders, *claim.folders))
            found[claim.namespace, claim.name] = replace(first, folders=tuple(folders))
    return tuple(found.values())


def all_downloads(graphs: Iterable[Graph], pools: Sequence[Pool]) -> tuple[ModelDownload, ...]:
    """Every model once for each place that holds it."""
    found: dict[tuple[str, str, str | None, str, str], ModelDownload] = {}
    for graph in graphs:
        settings = graph.settings.model_download
        cache = next((c for c in graph.caches if c.kind == "model"), None)
        if settings is None or cache is None:
            continue
        pool = first_cpu_pool(pools) or graph.frontend.pool
        taints = next((p.taints for p in pools if p.name == pool), ())
        model, claim = graph.settings.model, cache.claim
        found.setdefault(
            (claim.namespace, claim.name, cache.folder, model, settings.revision),
            ModelDownload(
                namespace=graph.namespace,
                model=model,
                settings=settings,
                cache=cache,
                pool=pool,
                token_secret=graph.token_secret,
                tolerations=tolerations_for(taints),
            ),
        )
    return tuple(found.values())


def _cache(
    namespace: str,
    path: str,
    kind: CacheKind,
    wish: CacheSettings,
    classes: Sequence[StorageClass],
) -> Cache:
    name = wish.claim or f"{kind}-cache"
    shared = next((c for c in classes if c.shared), classes[0])
    wanted = wish.storage_class or shared.name
    known = next((c for c in classes if c.name == wanted), None)
    in_folder = known is not None and known.file_system_gib is not None
    together = known is not None and known.one_claim
    claim_name = wanted if together else name
    claim = Claim(
        namespace=namespace,
        name=claim_name,
        path=path,
        size=f"{known.file_system_gib:.0f}Gi" if known and together else wish.size,
        access_mode=wish.access_mode,
        storage_class=wanted,
        volume=f"{namespace}-{claim_name}" if in_folder else None,
        folders=(name,) if in_folder else (),
    )
    return Cache(
        kind=kind,
        path=path,
        size=wish.size,
        claim=claim,
        folder=name if in_folder else None,
        mount_path=_MOUNT_PATHS[kind],
    )
