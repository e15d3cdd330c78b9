"""What each domain type takes and refuses, in ASCII and to the last character."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from plan.settings.types import (
    AwsRegion,
    AwsZoneId,
    CapacityReservationId,
    CidrBlock,
    ComponentName,
    DnsLabel,
    KubernetesVersion,
    Quantity,
    ReleaseVersion,
    quantity_value,
)

GOOD: list[tuple[str, Any, Any]] = [
    ("quantity", Quantity, "64Gi"),
    ("quantity", Quantity, "0.5"),
    ("network", CidrBlock, "10.40.0.0/16"),
    ("kubernetes", KubernetesVersion, "1.34"),
    ("release", ReleaseVersion, "v0.1.0-alpha.8"),
    ("label", DnsLabel, "a" * 63),
    ("component", ComponentName, "VllmDecodeWorker"),
    ("zone", AwsZoneId, "use1-az4"),
    ("local zone", AwsZoneId, "usw2-lax1-az1"),
    ("region", AwsRegion, "ap-southeast-2"),
    ("government", AwsRegion, "us-gov-west-1"),
    ("block", CapacityReservationId, "cr-0123456789abcdef0"),
]
BAD: list[tuple[str, Any, Any]] = [
    ("zero", Quantity, "0"),
    ("below zero", Quantity, -1),
    ("unit nobody has", Quantity, "5GB"),
    ("exponent", Quantity, 1e30),
    ("not a number", Quantity, float("nan")),
    ("infinite", Quantity, float("inf")),
    ("boolean", Quantity, True),
    ("past 2^63", Quantity, "9Ei"),
    ("past a float", Quantity, "9" * 400),
    ("past what Python writes", Quantity, 10**5000),
    ("other digits", Quantity, "\u0663"),
    ("host bits", CidrBlock, "10.40.0.1/16"),
    ("long prefix", CidrBlock, "10.40.0.0/33"),
    ("IPv6", CidrBlock, "fd00::/8"),
    ("unquoted", KubernetesVersion, 1.34),
    ("patch", KubernetesVersion, "1.34.1"),
    ("other digits", KubernetesVersion, "1.\uff13\uff14"),
    ("word", ReleaseVersion, "latest"),
    ("capital", DnsLabel, "Dynamo"),
    ("too long", DnsLabel, "a" * 64),
    ("dash at the end", DnsLabel, "a-"),
    ("zone name", AwsZoneId, "us-east-1a"),
    ("other digits", AwsZoneId, "use1-az\u0664"),
    ("zone for a region", AwsRegion, "us-east-1a"),
    ("other digits", AwsRegion, "us-east-\u0661"),
    ("another id", CapacityReservationId, "crf-0123456789abcdef0"),
    ("capitals", CapacityReservationId, "cr-0123456789ABCDEF0"),
]


def accepted(kind: Any, value: Any) -> Any:
    return TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize(("kind", "value"), [row[1:] for row in GOOD], ids=[r[2] for r in GOOD])
def test_what_is_taken_stays_as_it_is(kind: Any, value: Any) -> None:
    assert accepted(kind, value) == value


@pytest.mark.parametrize(("kind", "value"), [row[1:] for row in BAD], ids=[r[0] for r in BAD])
def test_what_is_refused(kind: Any, value: Any) -> None:
    with pytest.raises(ValidationError):
        accepted(kind, value)


@pytest.mark.parametrize(("kind", "value"), [row[1:] for row in GOOD], ids=[r[2] for r in GOOD])
@pytest.mark.parametrize("around", ["{}\n", "\n{}", "{} ", " {}"])
def test_blanks_around_are_refused(kind: Any, value: str, around: str) -> None:
    with pytest.raises(ValidationError):
        accepted(kind, around.format(value))


@given(st.integers(1, 2**63 - 1))
def test_a_plain_number_is_a_quantity(amount: int) -> None:
    if float(amount) >= 2**63:  # the last few hundred round up to it
        return
    assert accepted(Quantity, amount) == str(amount)
    assert quantity_value(str(amount)) == float(amount)


@given(st.floats(0.001, 1e6).map(lambda amount: round(amount, 3)))
def test_a_fraction_is_a_quantity(amount: float) -> None:
    assert quantity_value(accepted(Quantity, amount)) == pytest.approx(amount)


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_a_network_is_taken_only_without_host_bits(
    address: ipaddress.IPv4Address, prefix: int
) -> None:
    network = ipaddress.IPv4Network((address, prefix), strict=False)
    assert accepted(CidrBlock, str(network)) == str(network)
    if network.network_address != address:
        with pytest.raises(ValidationError):
            accepted(CidrBlock, f"{address}/{prefix}")


@given(st.text(alphabet="0123456789abcdef", max_size=20))
def test_a_reservation_id_has_8_to_17_digits(digits: str) -> None:
    try:
        accepted(CapacityReservationId, f"cr-{digits}")
    except ValidationError:
        assert not 8 <= len(digits) <= 17
    else:
        assert 8 <= len(digits) <= 17


@given(st.integers(0, 200))
def test_a_kubernetes_version_has_two_digits(minor: int) -> None:
    try:
        accepted(KubernetesVersion, f"1.{minor}")
    except ValidationError:
        assert not 10 <= minor <= 99
    else:
        assert 10 <= minor <= 99
