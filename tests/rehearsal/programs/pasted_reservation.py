"""Our program, but the pool's reservation is a string, pasted in once it was there.

Nothing says then that the pool uses it, and destroy begins with the reservation.
"""

from typing import Any
from unittest.mock import patch

import pulumi
from pulumi_azure_native import compute, containerservice

from rehearsal.workspace import run_program

cluster_made = containerservice.ManagedCluster.__init__
pool_made = containerservice.AgentPool.__init__
reservations: list[compute.CapacityReservation] = []


def forgets(
    self: containerservice.ManagedCluster, resource: str, *, opts: pulumi.ResourceOptions, **given: Any
) -> None:
    before = opts.depends_on
    assert isinstance(before, list)
    reservations.extend(r for r in before if isinstance(r, compute.CapacityReservation))
    opts.depends_on = [r for r in before if not isinstance(r, compute.CapacityReservation)]
    cluster_made(self, resource, opts=opts, **given)


def pastes(
    self: containerservice.AgentPool,
    resource: str,
    *,
    capacity_reservation_group_id: pulumi.Output[str] | None,
    **given: Any,
) -> None:
    async def pasted() -> str | None:
        for reservation in reservations:
            await reservation.id.future()
        return capacity_reservation_group_id and await capacity_reservation_group_id.future()

    group = pulumi.Output.from_input(pasted())
    pool_made(self, resource, capacity_reservation_group_id=group, **given)


with (
    patch.object(containerservice.ManagedCluster, "__init__", forgets),
    patch.object(containerservice.AgentPool, "__init__", pastes),
):
    run_program()
