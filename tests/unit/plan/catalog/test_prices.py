"""Prices: dated, sourced, and never a neighbour's."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.catalog import prices
from plan.catalog.table import rows

ROWS = rows("prices.csv")
KNOWN_REGIONS = {(row["cloud"], row["machine_type"], row["region"]) for row in ROWS}


def test_no_price_stands_twice() -> None:
    keys = Counter((row["cloud"], row["machine_type"], row["region"]) for row in ROWS)
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_price_is_positive_dated_and_sourced() -> None:
    for row in ROWS:
        assert row["cloud"] in {"eks", "aks", "gke"}, row
        assert float(row["on_demand"]) > 0, row
        # Spot is not always below: that of some GCP rows equals the on-demand price.
        assert not row["spot"] or 0 < float(row["spot"]) <= float(row["on_demand"]), row
        assert date.fromisoformat(row["as_of"]).year >= 2026, row
        assert row["source"], row


def test_a_price_says_when_and_from_where() -> None:
    found = prices.price("eks", "p5.48xlarge", "us-east-1")
    assert found is not None
    assert (found.usd_per_hour, found.region, found.basis) == (55.04, "us-east-1", "on-demand")
    assert (found.as_of, "karpenter" in found.source) == ("2026-07-20", True)


def test_spot_is_another_price() -> None:
    on_demand = prices.price("gke", "a3-highgpu-8g", "us-central1")
    spot = prices.price("gke", "a3-highgpu-8g", "us-central1", "spot")
    assert on_demand is not None
    assert spot is not None
    assert (on_demand.basis, spot.basis) == ("on-demand", "spot")
    assert spot.usd_per_hour < on_demand.usd_per_hour


@pytest.mark.parametrize(
    ("cloud", "machine", "region", "basis"),
    [
        ("eks", "p5.48xlarge", "us-east-2", "on-demand"),  # only us-east-1 is sourced
        ("eks", "p5.48xlarge", "us-east-1", "spot"),  # no spot price is sourced for AWS
        ("eks", "m7i.4xlarge", "us-east-1", "on-demand"),
        ("gke", "p5.48xlarge", "us-east-1", "on-demand"),
    ],
)
def test_no_source_no_price(cloud: str, machine: str, region: str, basis: prices.Basis) -> None:
    assert prices.price(cloud, machine, region, basis) is None


@given(
    st.sampled_from(sorted({(cloud, machine) for cloud, machine, _ in KNOWN_REGIONS})),
    st.sampled_from(sorted({region for _, _, region in KNOWN_REGIONS})),
)
def test_a_price_is_of_exactly_that_region(machine: tuple[str, str], region: str) -> None:
    found = prices.price(*machine, region)
    assert (found is not None) == ((*machine, region) in KNOWN_REGIONS)
    assert found is None or found.region == region


def test_regions_with_a_price_are_those_of_that_machine() -> None:
    found = prices.priced_regions("aks", "Standard_ND96isr_H100_v5")
    assert "eastus" in found
    assert list(found) == sorted(
        row["region"]
        for row in ROWS
        if (row["cloud"], row["machine_type"]) == ("aks", "Standard_ND96isr_H100_v5")
    )
    assert prices.priced_regions("gke", "a3-ultragpu-8g") == ()
