"""What a recording says of a cluster, in words that no cloud has of its own.

Belongs here: what `docs/cluster-contract.md` asks of every cloud. How each cloud writes it down is
in the file of its name beside this one; what it has to be is in the tests.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from plan.model import DriverOwner
from tests.harness.recording import Recording, Registration

Urns = set[str]
Taint = tuple[str, str, str]
"""Key, value and effect, as Kubernetes writes them."""
CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
VOLUME = "kubernetes:core/v1:PersistentVolume"
_IS_DEFAULT = "storageclass.kubernetes.io/is-default-class"


@dataclass(frozen=True, kw_only=True, slots=True)
class Nodes:
    """A pool, as its cloud is asked for it."""

    resource: Registration
    """The cloud's own resource: a node group, an agent pool, or what it is a part of."""
    labels: Mapping[str, str]
    taints: frozenset[Taint]
    count: int
    zones: tuple[str, ...]
    reservation: str | None
    """What its machines are taken from, as people name it; None where no reservation is touched."""
    driver: DriverOwner | None
    """Who the cloud leaves the GPU driver to; None for nodes without GPUs."""
    adapters: int
    """Fabric adapters that a node has for pods, with all that the cloud has to know of before."""
    networks: frozenset[str]
    """Extended resources that the cluster's own objects make, without a layer of the platform."""
    public: bool
    """Whether a node may get an address that the internet reaches."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Api:
    """Who reaches the Kubernetes API."""

    cidrs: frozenset[str]
    """From outside, less what the nodes themselves come from."""
    nodes: bool
    """Whether the cluster's own nodes do, whatever `cidrs` say."""


class Cloud(Protocol):
    """One cloud's way to write these things down. Made of a recording, which it reads."""

    login: tuple[str, ...]
    """Commands that may stand in the kubeconfig in the place of a credential."""
    brings: frozenset[str]
    """Storage classes that come with its clusters."""
    mark: str
    """The tag that says which cluster a resource is for."""

    def __init__(self, recording: Recording) -> None: ...

    def control_plane(self) -> Registration:
        """The cluster itself, in the cloud."""
        ...

    def name(self) -> str:
        """What the cloud calls it."""
        ...

    def nodes(self) -> dict[str, Nodes]:
        """The pools that are made, by name."""
        ...

    def basis(self, without_gpus: Iterable[str]) -> Urns:
        """What pods need to run, to resolve names and to get disks; from names of pools."""
        ...

    def way_out(self) -> Urns:
        """What nodes reach registries and their API through."""
        ...

    def rights(self, pool: str) -> Urns:
        """Roles, reservations and rules that a pool's nodes need to the last."""
        ...

    def file_systems(self) -> dict[str, Registration]:
        """By storage class."""
        ...

    def goes_with_cluster(self, file_system: Registration) -> bool:
        """Whether the cloud deletes it with the cluster."""
        ...

    def api(self) -> Api:
        """Who reaches the Kubernetes API."""
        ...

    def tags(self, resource: Registration) -> Mapping[str, str] | None:
        """What a resource is marked with; None where its kind takes no marks."""
        ...

    def without_identity(self) -> list[str]:
        """What is missing for pods to have identities of their own. Nothing should be."""
        ...

    def locks(self) -> list[str]:
        """What the cloud would refuse to delete until another `up`."""
        ...


def default_classes(recording: Recording) -> set[str]:
    """Names of the classes that are made as the default."""
    return {
        str(made.get("metadata", "name"))
        for made in recording.of_type(CLASS)
        if (made.get("metadata", "annotations") or {}).get(_IS_DEFAULT) == "true"
    }


def made_from(recording: Recording, resource: Registration, field: str) -> list[Registration]:
    """The resources that an input was made from."""
    urns = resource.property_dependencies.get(field, frozenset())
    return [recording.resources[urn] for urn in sorted(urns)]


def urns(resources: Iterable[Registration]) -> Urns:
    """Of at least one resource: a search that finds nothing would make its test pass."""
    found = {resource.urn for resource in resources}
    assert found
    return found


def marks(resource: Registration, *fields: str) -> Mapping[str, str] | None:
    """The first of these fields that the resource's class has an argument for; None for none."""
    for field in fields:
        if field in _arguments(resource.type):
            head, *rest = field.split("_")
            return resource.get(head + "".join(word.title() for word in rest)) or {}
    return None


@cache
def _arguments(type_: str) -> frozenset[str]:
    package, module, kind = type_.split(":")
    place = "pulumi_" + package.replace("-", "_")
    if module != "index":
        place += "." + module.partition("/")[0]
    made: Any = getattr(importlib.import_module(place), kind)
    return frozenset(inspect.signature(made._internal_init).parameters)
