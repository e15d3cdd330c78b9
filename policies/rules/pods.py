"""Pods, wherever a Kubernetes resource holds them: workloads, and what operators make pods of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pulumi_policy.proxy import UnknownValueError

from rules.props import Props, items, mapping

_POD_FIELDS = ("containers", "initContainers", "ephemeralContainers")
RELEASE = "kubernetes:helm.sh/v3:Release"


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A part of a resource, and the path to it."""

    path: str
    value: Props


def maps(value: object, path: str = "") -> Iterator[Found]:
    """Every map inside a value, outermost first.

    Raises UnknownValueError at the end where a part is unknown and could hold more.
    """
    unknown: list[UnknownValueError] = []
    yield from _maps(value, path, unknown)
    if unknown:
        raise unknown[0]


def _maps(value: object, path: str, unknown: list[UnknownValueError]) -> Iterator[Found]:
    inside = mapping(value)
    if inside:
        yield Found(path=path, value=inside)
    keys = [(f"{path}.{key}" if path else key, key) for key in inside]
    for step, key in keys:
        try:
            child = inside[key]
        except UnknownValueError as error:
            unknown.append(error)
            continue
        yield from _maps(child, step, unknown)
    entries = items(value)
    for index in range(len(entries)):
        try:
            child = entries[index]
        except UnknownValueError as error:
            unknown.append(error)
            continue
        yield from _maps(child, f"{path}[{index}]", unknown)
