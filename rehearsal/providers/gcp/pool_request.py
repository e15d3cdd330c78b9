"""A node pool as it is asked for, with what it refers to looked up: what all its rules judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rehearsal.providers.gcp import kinds, machines
from rehearsal.providers.gcp.machines import Machine
from rehearsal.providers.gcp.network_rules import Range, cluster_ranges, profile_zone
from rehearsal.providers.gcp.paths import Place, is_zone
from rehearsal.providers.gcp.references import named
from rehearsal.providers.values import Props, flag, items, mapping, number, text, texts
from rehearsal.providers.world import Record, World


@dataclass(frozen=True, kw_only=True, slots=True)
class Attached:
    """One network that the nodes have beside the cluster's own."""

    network: Record
    subnetwork: Record

    @property
    def profile_zone(self) -> str:
        """The zone of its RDMA profile; empty for an ordinary VPC."""
        return profile_zone(self.network.inputs)


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolRequest:
    """A node pool as it is asked for, with what it refers to looked up."""

    name: str
    inputs: Props
    node: Props
    machine_type: str
    machine: Machine | None
    cluster: Record
    zones: tuple[str, ...]
    attached: tuple[Attached, ...]
    cluster_ranges: tuple[Range, ...]

    @property
    def nodes(self) -> int:
        """How many nodes it starts with, in all zones."""
        scaling = mapping(self.inputs, "autoscaling")
        total = number(scaling, "totalMinNodeCount")
        for_zone = (
            number(self.inputs, "nodeCount")
            or number(self.inputs, "initialNodeCount")
            or number(scaling, "minNodeCount")
        )
        return total or for_zone * max(len(self.zones), 1)

    @property
    def flexible(self) -> bool:
        """Whether it waits for capacity instead of taking it on demand."""
        return flag(self.node, "flexStart") or flag(self.inputs, "queuedProvisioning", "enabled")

    @property
    def spot(self) -> bool:
        return flag(self.node, "spot") or flag(self.node, "preemptible")

    @property
    def affinity(self) -> str:
        """How it consumes reservations."""
        return text(self.node, "reservationAffinity", "consumeReservationType")

    @property
    def compact(self) -> bool:
        return text(self.inputs, "placementPolicy", "type") == "COMPACT"


def request(world: World, inputs: Props, cluster: Record, where: Place) -> PoolRequest:
    """The pool these inputs ask for."""
    zones = texts(inputs, "nodeLocations") or texts(cluster.inputs, "nodeLocations")
    located = text(cluster.outputs, "location")
    if not zones and is_zone(located):
        zones = [located]
    node = mapping(inputs, "nodeConfig")
    machine_type = text(node, "machineType") or "e2-medium"  # what GKE takes when none is given
    return PoolRequest(
        name=text(inputs, "name"),
        inputs=inputs,
        node=node,
        machine_type=machine_type,
        machine=machines.MACHINES.get(machine_type),
        cluster=cluster,
        zones=tuple(zones),
        attached=tuple(_attached(world, inputs, where)),
        cluster_ranges=cluster_ranges(world, cluster, where),
    )


def _attached(world: World, inputs: Props, where: Place) -> Iterator[Attached]:
    for given in items(inputs, "networkConfig", "additionalNodeNetworkConfigs"):
        network = named(world, kinds.NETWORK, text(given, "network"), inputs, where)
        subnetwork = named(world, kinds.SUBNETWORK, text(given, "subnetwork"), inputs, where)
        if network is not None and subnetwork is not None:
            yield Attached(network=network, subnetwork=subnetwork)
