"""What is known of a stack's price, and what is not."""

from __future__ import annotations

import pytest

from plan.cost import NOT_COUNTED
from plan.model import Cost
from tests.harness.settings import MISSING, plan_of

GPU = "cluster.nodePools.gpu"
EXISTING = (
    (
        "cluster",
        {
            "cloud": "existing",
            "context": "kind",
            "kubernetesVersion": "1.34",
            "nodePools": {"gpu": {"machineType": "p5.48xlarge", "machineCloud": "eks", "nodes": 2}},
        },
    ),
)


def cost(pool: str, *changes: tuple[str, object]) -> Cost:
    return next(cost for cost in plan_of(*changes).costs if cost.pool == pool)


def test_every_pool_has_an_entry_in_its_order() -> None:
    plan = plan_of()
    assert [cost.pool for cost in plan.costs] == [pool.name for pool in plan.pools]
    assert [cost.nodes for cost in plan.costs] == [3, 2]


def test_nodes_times_the_price_of_the_region() -> None:
    found = cost("gpu", (f"{GPU}.reservation", MISSING), (f"{GPU}.nodes", 3))
    assert found.price is not None
    assert (found.price.region, found.price.basis) == ("us-east-1", "on-demand")
    assert found.price.source
    assert found.price.as_of
    assert found.usd_per_hour == pytest.approx(3 * found.price.usd_per_hour)
    assert found.note == ""


def test_a_missing_price_stays_missing() -> None:
    found = cost("system")
    assert (found.price, found.usd_per_hour) == (None, None)
    assert found.note == "no sourced price for m7i.4xlarge here"


def test_no_price_of_another_region_is_taken() -> None:
    zones = ["mxc1-az1", "mxc1-az2"]
    elsewhere = (
        ("cluster.region", "mx-central-1"),
        ("cluster.network.zones", zones),
        (f"{GPU}.reservation", MISSING),
    )
    plan = plan_of(*elsewhere)
    assert [cost.usd_per_hour for cost in plan.costs] == [None, None]
    assert plan.known_usd_per_hour == 0


def test_that_reserved_capacity_costs_otherwise_is_said() -> None:
    assert "a price of its own" in cost("gpu").note


def test_a_block_that_has_not_started_counts_in_full() -> None:
    waiting = cost("gpu", (f"{GPU}.reservation.active", False))
    assert waiting.usd_per_hour == cost("gpu").usd_per_hour


def test_the_sum_holds_what_is_known() -> None:
    plan = plan_of()
    known = [cost.usd_per_hour for cost in plan.costs if cost.usd_per_hour is not None]
    assert plan.known_usd_per_hour == pytest.approx(sum(known))
    assert known


def test_nodes_of_somebody_else_have_no_price() -> None:
    assert cost("gpu", *EXISTING).usd_per_hour is None


def test_what_is_not_counted_is_named() -> None:
    for thing in ("control plane", "NAT gateway", "volumes", "traffic"):
        assert thing in NOT_COUNTED
