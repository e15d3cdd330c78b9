"""The resolved plan: every value the program needs, worked out, with nothing left to look up.

All types are plain and frozen. Quantities with a unit say so in their name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from plan.catalog.accelerators import MachineType
from plan.catalog.charts import Chart
from plan.catalog.host_images import HostImage
from plan.catalog.images import Image
from plan.catalog.network_cards import NetworkInterface
from plan.catalog.prices import Price
from plan.fabric import Fabric, SecurityMode, Separation
from plan.findings import Finding, errors
from plan.settings import (
    CapacityBlock,
    CapacityReservationGroup,
    GraphSettings,
    QueueSettings,
    Settings,
    SpecificReservation,
    WorkerRole,
)
from plan.settings.cluster import Taint
from plan.settings.graphs import CacheKind, ModelDownloadSettings, TolerationSettings

GPU_RESOURCE = "nvidia.com/gpu"
Reservation = CapacityBlock | CapacityReservationGroup | SpecificReservation


class DriverOwner(StrEnum):
    """Who puts the GPU driver on a pool's nodes. Exactly one does; a second breaks the first."""

    IMAGE = "image"
    """It is in the node image; the GPU Operator brings the device plugin."""
    OPERATOR = "operator"
    """The GPU Operator brings driver, container toolkit and device plugin."""
    CLOUD = "cloud"
    """The cloud brings driver and device plugin; no GPU Operator."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pool:
    """A node pool with its machine looked up."""

    name: str
    path: str
    """Where the stack file describes it, for findings."""
    machine: MachineType
    nodes: int
    """Nodes once the pool is up."""
    zones: tuple[str, ...]
    labels: Mapping[str, str]
    taints: tuple[Taint, ...]
    fabric: Fabric
    driver: DriverOwner
    interfaces: tuple[NetworkInterface, ...] = ()
    """Network interfaces of each node, where the fabric needs a layout of its own."""
    reservation: Reservation | None = None
    ami_type: str | None = None
    host_image: HostImage | None = None
    root_disk_gib: int = 0
    local_disks: bool = False
    price: Price | None = None
    shell_prelude: str = ""
    """What a GPU worker's shell runs before its engine on these nodes."""

    @property
    def has_gpus(self) -> bool:
        return self.machine.gpus > 0

    @property
    def starting_nodes(self) -> int:
        """Nodes to ask for now: none while a Capacity Block has not started."""
        return 0 if self.reservation and not self.reservation.active else self.nodes

    @property
    def adapters(self) -> int:
        """Fabric adapters of a node that pods may use."""
        return self.machine.fabric_nics if self.fabric.rdma else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Component:
    """One component of a graph: the frontend, or one kind of worker."""

    name: str
    path: str
    role: WorkerRole | None
    """None for the frontend."""
    replicas: int
    nodes: int
    """Nodes, and so pods, of one replica."""
    pool: str
    image: str
    command: tuple[str, ...]
    args: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    cpu: str
    memory: str
    shared_memory: str | None
    gpus: int
    """GPUs of one pod."""
    fabric: Fabric
    """What its pods talk over: the pool's, or TCP where the graph does without RDMA."""
    interfaces: int
    """Fabric interfaces of one pod."""
    security: SecurityMode
    tolerations: tuple[TolerationSettings, ...]

    @property
    def pods(self) -> int:
        return self.replicas * self.nodes

    @property
    def extended_resources(self) -> dict[str, int]:
        """What a pod asks for besides CPU and memory: resource name to count."""
        asked = {GPU_RESOURCE: self.gpus, **self.fabric.asks(self.interfaces)}
        return {name: count for name, count in asked.items() if count}

    @property
    def annotations(self) -> Mapping[str, str]:
        """Annotations of each pod."""
        return self.fabric.annotations(self.interfaces)


@dataclass(frozen=True, kw_only=True, slots=True)
class StorageClass:
    """A storage class of the cluster, as far as claims care."""

    name: str
    path: str
    """Where the stack file asks for it; the cluster block where it comes with the cluster."""
    shared: bool
    """Whether many nodes may mount one volume (ReadWriteMany)."""
    file_system_gib: float | None = None
    """Size of the one file system that all its claims share; None where each claim gets its own.

    Claims on such a class are bound to volumes that the cluster's folder makes (`Claim.volume`).
    """
    one_claim: bool = False
    """Whether a node mounts that file system once: all caches of a namespace are then folders of
    one claim, named like the class."""
    protected: bool = False
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A persistent volume claim for a cache, made once, however many graphs share it."""

    namespace: str
    name: str
    path: str
    """Where the first graph asks for it."""
    size: str
    access_mode: str
    storage_class: str
    volume: str | None
    """Name of the persistent volume made for it, where its class shares one file system."""
    folders: tuple[str, ...] = ()
    """What pods mount of it, where it has a volume. A Job prepares them: the root of a new file
    system belongs to root, and engines do not run as root."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cache:
    """A cache of a graph: which claim, and where workers mount it."""

    kind: CacheKind
    path: str
    """Where the graph asks for it."""
    size: str
    claim: Claim
    folder: str | None
    """The folder of the claim that is mounted; None for all of it."""
    mount_path: str | None
    """None where workers do not mount it: benchmarks do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelDownload:
    """Weights to fetch into a claim before the graphs that read them start."""

    namespace: str
    model: str
    settings: ModelDownloadSettings
    cache: Cache
    pool: str
    """A pool without GPUs where there is one: the Job needs none."""
    token_secret: str | None
    tolerations: tuple[TolerationSettings, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Graph:
    """One inference graph, ready to be written as a DynamoGraphDeployment."""

    name: str
    path: str
    settings: GraphSettings
    namespace: str
    queue: str
    image: Image | None
    """The runtime image's catalogue entry; None for an image of the user's own."""
    frontend: Component
    workers: tuple[Component, ...]
    same_zone: bool
    separation: Separation
    caches: tuple[Cache, ...]
    token_secret: str | None
    """Secret with the Hugging Face token, in the graph's namespace; None where none is used."""

    @property
    def components(self) -> tuple[Component, ...]:
        return (self.frontend, *self.workers)


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """One layer of the platform: data; `components.platform` makes it."""

    name: str
    chart: Chart | None
    """None for a layer of plain objects."""
    values: Mapping[str, object] = field(default_factory=dict[str, object])
    requires: tuple[str, ...] = ()
    """Layers that have to stand before this one."""
    objects: tuple[Mapping[str, object], ...] = ()
    """Kubernetes objects of the layer, each made after the one before it."""
    keeps_cloud_resources: bool = False
    """It holds volumes or load balancers: never skip its deletion when the cluster goes too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PodPlacement:
    """Pods of one component on one node. Nodes of a pool are numbered from 0."""

    graph: str
    component: str
    pool: str
    node: int
    pods: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """Money of one pool an hour. `usd_per_hour` is None where no price is known."""

    pool: str
    nodes: int
    usd_per_hour: float | None
    price: Price | None
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Everything that follows from one stack file."""

    stack: str
    name: str
    """Name of the cluster."""
    settings: Settings
    pools: tuple[Pool, ...]
    storage_class: str
    """The cluster's default storage class."""
    storage_classes: tuple[StorageClass, ...]
    """Every class that a claim may name."""
    claims: tuple[Claim, ...]
    downloads: tuple[ModelDownload, ...]
    layers: tuple[Layer, ...]
    """In an order in which each stands after what it requires."""
    queues: Mapping[str, QueueSettings]
    """KAI queues that are ours to make."""
    token_namespaces: tuple[str, ...]
    graphs: tuple[Graph, ...]
    placements: tuple[PodPlacement, ...]
    costs: tuple[Cost, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        return errors(self.findings)

    def pool(self, name: str) -> Pool | None:
        """The pool of that name, or None where it is missing or could not be resolved."""
        return next((pool for pool in self.pools if pool.name == name), None)

    @property
    def gpu_pools(self) -> tuple[Pool, ...]:
        return tuple(pool for pool in self.pools if pool.has_gpus)

    @property
    def known_usd_per_hour(self) -> float:
        """The sum of the prices we know; `costs` says which are missing."""
        return sum(cost.usd_per_hour or 0.0 for cost in self.costs)
