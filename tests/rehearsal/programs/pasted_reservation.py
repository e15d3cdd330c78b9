"""Our program, but the reservation is made after the cluster, and its group's id pasted.

Nothing says then that the pool uses it, and destroy begins with the reservation.
"""

from asyncio import Future
from typing import Any
from unittest.mock import patch

import pulumi
from pulumi_azure_native import compute, containerservice

from rehearsal.workspace import run_program

reservation_made = compute.CapacityReservation.__init__
cluster_made = containerservice.ManagedCluster.__init__
pool_made = containerservice.AgentPool.__init__
the_cluster = Future[pulumi.Resource]()
reservations: list[compute.CapacityReservation] = []


def afterwards(
    self: compute.CapacityReservation, resource: str, *, opts: pulumi.ResourceOptions, **given: Any
) -> None:
    reservations.append(self)
    opts.depends_on = [the_cluster]
    reservation_made(self, resource, opts=opts, **given)


def before_its_reservation(
    self: containerservice.ManagedCluster,
    resource: str,
    *,
    opts: pulumi.ResourceOptions,
    **given: Any,
) -> None:
    assert isinstance(opts.depends_on, list)
    opts.depends_on = [it for it in opts.depends_on if it not in reservations]
    cluster_made(self, resource, opts=opts, **given)
    the_cluster.set_result(self)


def pasted(
    self: containerservice.AgentPool,
    resource: str,
    *,
    capacity_reservation_group_id: pulumi.Output[str],
    **given: Any,
) -> None:
    async def group() -> str | None:
        for reservation in reservations:
            await reservation.id.future()
        return await capacity_reservation_group_id.future()

    # An output that knows its value, and not where it is from.
    plain = pulumi.Output.from_input(group())
    pool_made(self, resource, capacity_reservation_group_id=plain, **given)


with (
    patch.object(compute.CapacityReservation, "__init__", afterwards),
    patch.object(containerservice.ManagedCluster, "__init__", before_its_reservation),
    patch.object(containerservice.AgentPool, "__init__", pasted),
):
    run_program()
