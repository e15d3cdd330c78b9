"""How a node pool takes its capacity: a specific reservation, compact placement, or neither."""

from __future__ import annotations

import pulumi_gcp as gcp

from plan.model import Pool
from plan.settings import SpecificReservation

_KEY = "compute.googleapis.com/reservation-name"


def reservation_affinity(
    pool: Pool, project: str
) -> gcp.container.NodePoolNodeConfigReservationAffinityArgs:
    """The pool's own reservation by name, and never anybody else's.

    Without one GKE would take any open reservation of the project that fits.
    """
    if not isinstance(pool.reservation, SpecificReservation):
        return gcp.container.NodePoolNodeConfigReservationAffinityArgs(
            consume_reservation_type="NO_RESERVATION"
        )
    owner = pool.reservation.project or project
    return gcp.container.NodePoolNodeConfigReservationAffinityArgs(
        consume_reservation_type="SPECIFIC_RESERVATION",
        key=_KEY,
        values=[f"projects/{owner}/reservations/{pool.reservation.name}"],
    )


def needs_compact_placement(pool: Pool) -> bool:
    """RDMA wants its nodes close. Reserved machines are placed already, by their reservation.

    Google's own A3 Ultra blueprint asks for no placement beside a reservation (cluster-toolkit,
    examples/gke-a3-ultragpu).
    """
    return pool.fabric.rdma and pool.reservation is None
