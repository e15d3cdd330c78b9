"""Pods, wherever a Kubernetes resource holds them: workloads, and what operators make pods of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from pulumi_policy import ResourceValidationArgs
from pulumi_policy.proxy import UnknownValueError

from rules.props import Props, given, items, mapping

RELEASE = "kubernetes:helm.sh/v3:Release"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
# Kinds that are pods, or become pods. Of others an unknown part is hardly a container.
_MAKES_PODS = re.compile(
    r"kubernetes:(apps/|batch/|core/v1:Pod$|core/v1:ReplicationController|helm\.sh/v3:Release$"
    r"|nvidia\.com/|grove\.io/|leaderworkerset\.x-k8s\.io/)"
)
# What another resource is called is no part of a pod that anybody judges.
_NAME = re.compile(r"(\.|[a-z])[nN]ame(space)?$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A map or a text inside a resource, and the path to it."""

    path: str
    value: object

    @property
    def props(self) -> Props:
        return mapping(self.value)

    @property
    def key(self) -> str:
        """The last step of the path, less its place in a list."""
        return self.path.rpartition(".")[2].partition("[")[0]


def label(args: ResourceValidationArgs) -> str:
    """`Kind/name`, as kubectl says it."""
    name = mapping(args.props.get("metadata")).get("name") or args.name
    return f"{args.props.get('kind') or args.resource_type.rpartition(':')[2]}/{name}"


def parts(args: ResourceValidationArgs) -> Iterator[Part]:
    """Everything inside a Kubernetes resource that may be a pod, or part of one, or its settings.

    Raises UnknownValueError at the end where a part is unknown that could be one.
    """
    if not args.resource_type.startswith("kubernetes:"):
        return
    unknown: list[UnknownValueError] = []
    for field in ("spec", "template", "values", "data"):
        yield from _inside(partial(given, args.props, field), field, unknown)
    if unknown and (_MAKES_PODS.match(args.resource_type) or args.resource_type == CONFIG_MAP):
        raise unknown[0]


def _inside(
    read: Callable[[], object], path: str, unknown: list[UnknownValueError]
) -> Iterator[Part]:
    try:
        value = read()
    except UnknownValueError as error:
        if not _NAME.search(path):
            unknown.append(error)
        return
    children, entries = mapping(value), items(value)
    if children or isinstance(value, str):
        yield Part(path=path, value=value)
    for key in children:
        yield from _inside(partial(children.__getitem__, key), f"{path}.{key}", unknown)
    for index in range(len(entries)):
        yield from _inside(partial(entries.__getitem__, index), f"{path}[{index}]", unknown)
