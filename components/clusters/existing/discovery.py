"""What stands in a cluster that somebody else made: looked at, never touched.

Belongs here: what is asked, and the answers as plain data. Does not: how to ask, and what may go
wrong (`api_server`), what it means for a plan (`adoption`).
"""

from __future__ import annotations

import base64
import binascii
import gzip
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from components.clusters.existing.api_server import ApiServer, CannotLook
from plan.clouds.common import STACK_LABEL
from plan.model import GPU_RESOURCE

_RELEASE_TYPE = "helm.sh/release.v1"
# Only the newest revision of a release is neither; one that was uninstalled may keep its history.
_GONE = ("superseded", "uninstalled")


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """A Helm release as it stands. `stack` is whose it says it is, in its description."""

    name: str
    namespace: str
    chart: str
    version: str
    status: str
    revision: int
    stack: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A node. `repels` are keys of its taints that keep pods off."""

    name: str
    labels: Mapping[str, str]
    repels: frozenset[str]
    ready: bool
    gpus: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What stands in a cluster, as far as a plan may meet it."""

    kubernetes_version: str
    """Its minor version, such as 1.34."""
    namespaces: Mapping[str, str | None]
    """Each with the stack that made it; None where no stack of ours did."""
    releases: tuple[Release, ...]
    custom_resources: frozenset[str]
    """Names of CRDs, such as queues.scheduling.run.ai."""
    storage_classes: frozenset[str]
    nodes: tuple[Node, ...]


# What the API server answers, as far as we read it. Everything else is ignored. ----------------


def _some(value: object) -> object:
    """Kubernetes writes nothing, or null, for an empty map or list."""
    return {} if value is None else value


_Words = Annotated[dict[str, str], BeforeValidator(_some)]


class _Metadata(BaseModel):
    name: str
    namespace: str = ""
    labels: _Words = {}


class _Object(BaseModel):
    metadata: _Metadata


class _Secret(_Object):
    type: str = ""
    data: _Words = {}


class _Taint(BaseModel):
    key: str
    effect: str


class _Condition(BaseModel):
    type: str
    status: str


class _NodeSpec(BaseModel):
    taints: list[_Taint] = []
    unschedulable: bool = False


class _NodeStatus(BaseModel):
    conditions: list[_Condition] = []
    allocatable: _Words = {}


class _Node(_Object):
    spec: _NodeSpec = _NodeSpec()
    status: _NodeStatus = _NodeStatus()


class _Version(BaseModel):
    major: str
    minor: str


class _ChartMetadata(BaseModel):
    name: str
    version: str


class _Chart(BaseModel):
    metadata: _ChartMetadata


class _Info(BaseModel):
    description: str = ""


class _HelmRelease(BaseModel):
    chart: _Chart
    info: _Info = Field(default=_Info())


def releases_in(secrets: Iterable[Mapping[str, object]]) -> tuple[Release, ...]:
    """The releases behind Helm's secrets: of each its newest revision, if it still stands.

    Helm writes a secret for each revision (pkg/storage/driver/secrets.go).
    """
    newest: dict[tuple[str, str], Release] = {}
    for secret in secrets:
        release = _release(_Secret.model_validate(secret))
        if release is None:
            continue
        place = (release.namespace, release.name)
        if place not in newest or newest[place].revision < release.revision:
            newest[place] = release
    return tuple(newest[place] for place in sorted(newest) if newest[place].status not in _GONE)


def _release(secret: _Secret) -> Release | None:
    labels, written = secret.metadata.labels, secret.data.get("release")
    if secret.type != _RELEASE_TYPE or written is None:
        return None
    try:
        # Once by Kubernetes, once by Helm.
        packed = base64.b64decode(base64.b64decode(written))
        told = _HelmRelease.model_validate_json(gzip.decompress(packed))
    except (binascii.Error, OSError, EOFError, zlib.error, ValidationError):
        # `from None`: a release holds its values, and they hold passwords.
        raise CannotLook(
            f"the Helm release in secret {secret.metadata.namespace}/{secret.metadata.name} "
            "cannot be read; see `helm list --all-namespaces`"
        ) from None
    _, _, stack = told.info.description.partition(f"{STACK_LABEL}=")
    return Release(
        name=labels.get("name", secret.metadata.name),
        namespace=secret.metadata.namespace,
        chart=told.chart.metadata.name,
        version=told.chart.metadata.version,
        status=labels.get("status", "unknown"),
        revision=int(labels.get("version", "0")),
        stack=stack or None,
    )


def node_in(written: Mapping[str, object]) -> Node:
    """A node of a list of nodes."""
    node = _Node.model_validate(written)
    ready = any(c.type == "Ready" and c.status == "True" for c in node.status.conditions)
    return Node(
        name=node.metadata.name,
        labels=node.metadata.labels,
        repels=frozenset(t.key for t in node.spec.taints if t.effect != "PreferNoSchedule"),
        ready=ready and not node.spec.unschedulable,
        gpus=int(node.status.allocatable.get(GPU_RESOURCE, "0")),
    )


def minor_in(written: Mapping[str, object]) -> str:
    """`1.34` from what a server says of itself; clouds say `34+`."""
    version = _Version.model_validate(written)
    return f"{version.major}.{version.minor.rstrip('+')}"


def owners_in(namespaces: Iterable[Mapping[str, object]]) -> dict[str, str | None]:
    """Namespaces by name, each with the stack that made it."""
    found = [_Object.model_validate(namespace).metadata for namespace in namespaces]
    return {each.name: each.labels.get(STACK_LABEL) for each in found}


def names_in(objects: Iterable[Mapping[str, object]]) -> frozenset[str]:
    """The names of objects."""
    return frozenset(_Object.model_validate(each).metadata.name for each in objects)


def look_into(kubeconfig: Path, context: str) -> Standing:
    """What stands in the cluster of a context. Reads only; raises `CannotLook`."""
    # A large package, wanted on existing clusters alone.
    from kubernetes import client

    with ApiServer.of(kubeconfig, context) as server:
        core = client.CoreV1Api(server.client)
        storage = client.StorageV1Api(server.client)
        extensions = client.ApiextensionsV1Api(server.client)
        return Standing(
            kubernetes_version=server.one(
                "version", client.VersionApi(server.client).get_code, minor_in
            ),
            namespaces=server.all("namespaces", core.list_namespace, owners_in),
            nodes=server.all("nodes", core.list_node, lambda nodes: tuple(map(node_in, nodes))),
            storage_classes=server.all("storageclasses", storage.list_storage_class, names_in),
            custom_resources=server.all(
                "customresourcedefinitions", extensions.list_custom_resource_definition, names_in
            ),
            releases=server.all(
                "secrets",
                core.list_secret_for_all_namespaces,
                releases_in,
                label_selector="owner=helm,status!=superseded",
                field_selector=f"type={_RELEASE_TYPE}",
            ),
        )
