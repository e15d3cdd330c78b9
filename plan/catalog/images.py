"""Container images: tags by a table, never by a rule (1.2.1's EFA tag breaks every rule)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import TypeAdapter

from plan.catalog.table import document

Variant = Literal["default", "cuda13", "efa"]


class UnknownImage(LookupError):
    """There is no such image; the message says what exists."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """One image that exists. `cuda` and `min_driver` are None where it holds no CUDA."""

    repository: str
    tag: str
    cuda: str | None
    architectures: tuple[str, ...]
    min_driver: str | None

    @property
    def reference(self) -> str:
        return f"{self.repository}:{self.tag}"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tag:
    tag: str
    architectures: tuple[str, ...]
    cuda: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Release:
    source: str
    frontend: _Tag
    runtimes: dict[str, dict[Variant, _Tag]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Images:
    registry: str
    repositories: dict[str, str]
    frontend: str
    min_driver_by_cuda: dict[str, str]
    releases: dict[str, _Release]
    tools: dict[str, str]


def runtime(backend: str, release: str, variant: Variant = "default") -> Image:
    """The runtime image of a backend. Raises UnknownImage."""
    images = _images()
    variants = _release(release).runtimes.get(backend)
    if not variants:
        raise UnknownImage(f"Dynamo {release} has no runtime image for {backend}")
    tag = variants.get(variant)
    if tag is None:
        raise UnknownImage(
            f"Dynamo {release} has no {variant} image for {backend}; it has {', '.join(variants)}"
        )
    return _image(images.repositories[backend], tag)


def frontend(release: str) -> Image:
    """The frontend's image. Raises UnknownImage."""
    return _image(_images().frontend, _release(release).frontend)


def tool(name: str) -> str:
    """An image that our own Jobs and DaemonSets run, such as the official `kubectl`."""
    return _images().tools[name]


def releases() -> tuple[str, ...]:
    """Releases whose images are known."""
    return tuple(_images().releases)


def variants(backend: str, release: str) -> tuple[Variant, ...]:
    """The variants of a backend's image that exist."""
    return tuple(_release(release).runtimes.get(backend, {}))


def _image(name: str, tag: _Tag) -> Image:
    images = _images()
    return Image(
        repository=f"{images.registry}/{name}",
        tag=tag.tag,
        cuda=tag.cuda,
        architectures=tag.architectures,
        min_driver=images.min_driver_by_cuda[tag.cuda] if tag.cuda else None,
    )


def _release(release: str) -> _Release:
    known = _images().releases
    if release not in known:
        raise UnknownImage(f"no images of Dynamo {release} are known; known are {', '.join(known)}")
    return known[release]


@cache
def _images() -> _Images:
    return TypeAdapter(_Images).validate_python(document("images.yaml"))
