"""Capacity reservation groups: the ones this stack makes, and the right to use any of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import compute, resources

from components.clusters.aks.identity import Role, assign_role
from plan.model import Pool
from plan.settings import CapacityReservationGroup


@dataclass(frozen=True, kw_only=True)
class ReservationsArgs:
    """`pools` are those on a reservation; `principal_id` is the cluster's identity."""

    cluster_name: str
    subscription_id: str
    pools: Sequence[Pool]
    principal_id: pulumi.Input[str]
    tags: Mapping[str, str]


class Reservations(pulumi.ComponentResource):
    """Groups with their reservations, and the cluster's role on them.

    All of it stands before the cluster: where there is no capacity, that shows in a minute. And it
    outlives the cluster: a reservation in use cannot be deleted, and without the role AKS makes the
    pool outside the group with only a warning, so that both are billed (Azure facts Z10, ZD5, ZD8).
    """

    def __init__(
        self, name: str, args: ReservationsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {"pools": [pool.name for pool in args.pools]}
        super().__init__("gpuclusters:aks:Reservations", name, props, opts)
        self._name = name
        self._args = args
        self.groups: dict[str, pulumi.Input[str]] = {}
        """Id of the group by pool."""
        self.before_cluster: list[pulumi.Resource] = []
        reserved = {pool.name: _reservation(pool) for pool in args.pools}
        self._make({pool: asked for pool, asked in reserved.items() if asked.group is None})
        self._use({pool: asked.group for pool, asked in reserved.items() if asked.group})
        self.register_outputs({"groups": self.groups})

    def _make(self, asked: Mapping[str, CapacityReservationGroup]) -> None:
        if not asked:
            return
        args, mine = self._args, pulumi.ResourceOptions(parent=self)
        # Of its own: AKS wants Contributor on the group's resource group, and the cluster's
        # identity has no business with network and file system.
        home = resources.ResourceGroup(
            f"{self._name}-home",
            resource_group_name=f"{args.cluster_name}-reservations",
            tags=args.tags,
            opts=mine,
        )
        self._allow("own", home.id, args.subscription_id)
        for pool, wanted in asked.items():
            # Azure changes neither size nor zone of a reservation. A new name is a new resource:
            # the pool moves over to it, and then the old one goes.
            name = f"{pool}-{wanted.zone}-{wanted.machine_type}"
            group = compute.CapacityReservationGroup(
                f"{self._name}-{name}",
                resource_group_name=home.name,
                capacity_reservation_group_name=name,
                zones=[wanted.zone],
                tags=args.tags,
                opts=mine,
            )
            reservation = compute.CapacityReservation(
                f"{self._name}-{name}",
                resource_group_name=home.name,
                capacity_reservation_group_name=group.name,
                capacity_reservation_name=pool,
                sku=compute.SkuArgs(name=wanted.machine_type, capacity=wanted.nodes),
                zones=[wanted.zone],
                tags=args.tags,
                opts=mine,
            )
            self.groups[pool] = group.id
            self.before_cluster.append(reservation)

    def _use(self, groups: Mapping[str, str]) -> None:
        self.groups |= groups
        homes = {resource_group_of(group) for group in groups.values()}
        for home in sorted(homes):
            _, _, subscription, _, group = home.split("/")
            self._allow(group, home, subscription)

    def _allow(self, name: str, scope: pulumi.Input[str], subscription_id: str) -> None:
        self.before_cluster.append(
            assign_role(
                f"{self._name}-{name}-role",
                Role.CONTRIBUTOR,
                principal_id=self._args.principal_id,
                scope=scope,
                subscription_id=subscription_id,
                opts=pulumi.ResourceOptions(parent=self),
            )
        )


def resource_group_of(id: str) -> str:
    """The id of the resource group that a resource is in."""
    return "/".join(id.split("/")[:5])


def _reservation(pool: Pool) -> CapacityReservationGroup:
    if not isinstance(pool.reservation, CapacityReservationGroup):
        raise TypeError(f"{pool.path}: not a reservation of Azure: {pool.reservation!r}")
    return pool.reservation
