"""The simulated account: what exists, what refers to what, and what that forbids."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Props


class Key(NamedTuple):
    """Where a record stands: ids are unique within a type and, in Kubernetes, within a cluster."""

    package: str
    type: str
    id: str
    cluster: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One thing that exists in the simulated account.

    `handles` are the names others know it by (id, arn, name); `refs` what it needs; `unique` the
    names nobody else may take; `owner` the thing it disappears with. `outlives` says what it leaves
    in the cloud when its cluster is deleted under it.
    """

    key: Key
    name: str
    inputs: Props
    outputs: Props
    refs: frozenset[Key] = frozenset()
    handles: frozenset[str] = frozenset()
    unique: frozenset[str] = frozenset()
    owner: Key | None = None
    note: str = ""
    outlives: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """One line of the inventory: something that is still there."""

    package: str
    type: str
    id: str
    name: str
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CapacityBlock:
    """A Capacity Block that the account holds already."""

    id: str
    instance_type: str
    zone_id: str
    count: int
    state: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CapacityGroup:
    """An Azure capacity reservation group that exists, and the one reservation in it."""

    id: str
    machine_type: str
    zone: str
    nodes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Reservation:
    """A Compute Engine reservation: machines in a zone, consumed by name where it is `specific`."""

    name: str
    project: str
    zone: str
    machine_type: str
    count: int
    specific: bool
    active: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingNode:
    """A ready node. `taints` are keys of those that keep pods off."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    taints: tuple[str, ...] = ()
    gpus: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingRelease:
    """A Helm release of somebody else's; of another stack of ours, where `stack` says so."""

    name: str
    namespace: str
    chart: str
    version: str
    stack: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExistingCluster:
    """A Kubernetes cluster that somebody else made."""

    version: str
    nodes: tuple[ExistingNode, ...] = ()
    storage_classes: tuple[str, ...] = ()
    releases: tuple[ExistingRelease, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Seed:
    """What is there before the program runs. `features` are states by `namespace/feature`."""

    capacity_blocks: tuple[CapacityBlock, ...] = ()
    capacity_groups: tuple[CapacityGroup, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    features: Mapping[str, str] = field(default_factory=dict[str, str])
    existing: ExistingCluster | None = None


@dataclass
class World:
    """All records, behind one lock that callers hold while they look and then act."""

    seed: Seed = field(default_factory=Seed)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _records: dict[Key, Record] = field(default_factory=dict[Key, Record])
    _unique: dict[str, Key] = field(default_factory=dict[str, Key])
    _leaked: list[Held] = field(default_factory=list[Held])
    _servers: set[str] = field(default_factory=set[str])
    _foreign: set[Key] = field(default_factory=set[Key])

    def get(self, key: Key) -> Record | None:
        """The record at `key`."""
        with self.lock:
            return self._records.get(key)

    def all(self, package: str, *types: str, cluster: str = "") -> list[Record]:
        """The records of these types (of every type, where none is named)."""
        with self.lock:
            return [
                record
                for key, record in self._records.items()
                if key.package == package
                and key.cluster == cluster
                and (not types or key.type in types)
            ]

    def find(self, package: str, types: Iterable[str], handle: str) -> Record | None:
        """The record of one of these types that is known as `handle`."""
        return next(
            (r for r in self.all(package, *types) if handle == r.key.id or handle in r.handles),
            None,
        )

    def referrers(self, key: Key) -> list[Record]:
        """What needs the record at `key`."""
        with self.lock:
            return [record for record in self._records.values() if key in record.refs]

    def create(self, record: Record, *, taken: str = "") -> None:
        """Add a record; `taken` is what the service says when one of its names is in use."""
        with self.lock:
            self._must_exist(record)
            if record.key in self._records:
                raise Refusal(taken or f"AlreadyExists: {record.key.id} already exists")
            self._claim(record, taken)
            self._records[record.key] = record

    def update(self, record: Record, *, taken: str = "") -> None:
        """Put `record` in the place of the one with its key."""
        with self.lock:
            old = self._records.get(record.key)
            if old is None:
                raise Refusal(f"NotFound: {record.key.id} does not exist")
            self._must_exist(record)
            self._claim(record, taken)
            for name in old.unique - record.unique:
                del self._unique[name]
            self._records[record.key] = record

    def delete(self, key: Key, *, code: str = "DependencyViolation") -> list[Record]:
        """Remove a record and what goes with it, unless something else still needs any of them.

        The answer is all that went, the record itself first.
        """
        with self.lock:
            going = self.with_owned(key)
            for gone in going:
                for user in self.referrers(gone):
                    if user.key not in going:
                        raise Refusal(
                            f"{code}: {key.id} has a dependent object and cannot be deleted: "
                            f"{user.key.type} {user.key.id} ({user.name}) still uses {gone.id}"
                        )
            gone = [self._records[key] for key in going]
            self.forget(going)
            return gone

    def with_owned(self, key: Key) -> list[Key]:
        """`key` and all that disappears with it; empty if it is not there."""
        with self.lock:
            if key not in self._records:
                return []
            going = [key]
            for parent in going:
                going += [k for k, record in self._records.items() if record.owner == parent]
            return going

    def forget(self, keys: Iterable[Key]) -> None:
        """Drop records without asking who needs them."""
        with self.lock:
            for key in keys:
                record = self._records.pop(key)
                for name in record.unique:
                    del self._unique[name]

    def start_cluster(self, server: str) -> None:
        """A Kubernetes API server answers at this address from now on."""
        with self.lock:
            self._servers.add(server)

    def answers(self, server: str) -> bool:
        """Whether a Kubernetes API server is at this address."""
        with self.lock:
            return server in self._servers

    def end_cluster(
        self, cluster: str, leaves: Callable[[Record], bool] = lambda record: True
    ) -> None:
        """A Kubernetes cluster is gone, and all in it; what it made in the cloud now leaks.

        `leaves` tells for what outlives a cluster whether this cloud leaves it behind.
        """
        with self.lock:
            self._servers.discard(cluster)
            inside = [record for key, record in self._records.items() if key.cluster == cluster]
            leaking = [record for record in inside if record.outlives and leaves(record)]
            self.forget(record.key for record in inside)
            self._leaked += [
                Held(
                    package="cloud",
                    type=f"leaked {record.outlives}",
                    id=record.key.id,
                    name=record.name,
                    note=f"made for {record.key.type}; its cluster was deleted first",
                )
                for record in leaking
            ]

    def foreign(self) -> None:
        """All that is there now is somebody else's, and not to be counted as left behind."""
        with self.lock:
            self._foreign.update(self._records)

    def inventory(self) -> list[Held]:
        """What is still there: every record that the program made, caused or leaked."""
        with self.lock:
            return [
                Held(
                    package=key.package,
                    type=key.type,
                    id=key.id,
                    name=record.name,
                    note=record.note,
                )
                for key, record in self._records.items()
                if key not in self._foreign
            ] + list(self._leaked)

    def _must_exist(self, record: Record) -> None:
        for key in record.refs:
            if key not in self._records:
                raise Refusal(f"NotFound: {key.type} {key.id} does not exist")

    def _claim(self, record: Record, taken: str) -> None:
        for name in record.unique:
            holder = self._unique.get(name)
            if holder is not None and holder != record.key:
                raise Refusal(taken or f"AlreadyExists: {name} is in use by {holder.id}")
        for name in record.unique:
            self._unique[name] = record.key
