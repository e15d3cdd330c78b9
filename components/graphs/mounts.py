"""How the pods of a graph mount its caches: the part both versions of the resource share."""

from __future__ import annotations

from components.graphs.scheduling import Manifest
from plan.caches import MODEL_CACHE_PATH
from plan.model import Component, Graph


def cache_mounts(graph: Graph) -> list[Manifest]:
    """Mounts of every pod. Caches that share a file system are mounted by their own folder."""
    return [
        {
            "name": cache.claim.name,
            "mountPath": cache.mount_path,
            **({"subPath": cache.folder} if cache.folder else {}),
        }
        for cache in graph.caches
        if cache.mount_path
    ]


def cache_volumes(graph: Graph) -> list[Manifest]:
    """The volumes behind `cache_mounts`."""
    mounted = dict.fromkeys(cache.claim.name for cache in graph.caches if cache.mount_path)
    return [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in mounted]


def environment_of(graph: Graph, component: Component) -> dict[str, str]:
    """The component's variables, and where the hub's library finds the model cache."""
    environment = dict(component.environment)
    if any(cache.kind == "model" for cache in graph.caches):
        environment.setdefault("HF_HOME", MODEL_CACHE_PATH)
    return environment
