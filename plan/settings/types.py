"""Domain types of the stack file: each says once what a value may look like."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any

from packaging.version import InvalidVersion, Version
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic.alias_generators import to_camel

# Kubernetes resource.Quantity, positive: https://kubernetes.io/docs/reference/kubernetes-api
_QUANTITY = re.compile(r"^(\d+(?:\.\d+)?)(m|[kMGTPE]|[KMGTPE]i)?$")
_SCALE = {
    None: 1.0,
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "P": 1e15,
    "E": 1e18,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
    "Ti": 2.0**40,
    "Pi": 2.0**50,
    "Ei": 2.0**60,
}


class StackModel(BaseModel):
    """Base of every model of the stack file: frozen, camelCase keys, unknown keys refused."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        # YAML has real numbers and booleans; a quoted "2" for a count is a mistake worth naming.
        strict=True,
    )


def quantity_value(quantity: str) -> float:
    """The number a Kubernetes quantity stands for (`500m` is 0.5, `2Gi` is 2147483648)."""
    match = _QUANTITY.match(quantity)
    if match is None:
        raise ValueError(f"not a Kubernetes quantity: {quantity!r}")
    return float(match.group(1)) * _SCALE[match.group(2)]


def _quantity(value: object) -> object:
    # `cpu: 8` is what people write; bool is an int in Python and never a quantity.
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value


def _checked_quantity(value: str) -> str:
    if _QUANTITY.match(value) is None or quantity_value(value) <= 0:
        raise ValueError("must be a positive Kubernetes quantity such as 8, 500m, 64Gi")
    return value


Quantity = Annotated[
    str,
    BeforeValidator(_quantity, json_schema_input_type=str | int | float),
    AfterValidator(_checked_quantity),
    Field(examples=["8", "500m", "64Gi"]),
]


def _cidr(value: str) -> str:
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError as error:
        raise ValueError(f"must be an IPv4 network such as 10.40.0.0/16 ({error})") from None
    return str(network)


CidrBlock = Annotated[str, AfterValidator(_cidr), Field(examples=["10.40.0.0/16"])]


def _version(value: str) -> str:
    try:
        Version(value.removeprefix("v"))
    except InvalidVersion:
        raise ValueError("must be a version such as 1.2.0") from None
    return value


ReleaseVersion = Annotated[str, AfterValidator(_version), Field(examples=["1.2.0"])]


def _kubernetes_version(value: Any) -> Any:
    if isinstance(value, float | int):
        raise ValueError(f'must be quoted, such as "1.34" (YAML reads {value} as a number)')
    return value


def _kubernetes_minor(value: str) -> str:
    if not re.match(r"^1\.\d{2}$", value):
        raise ValueError('must be a Kubernetes minor version such as "1.34"')
    return value


KubernetesVersion = Annotated[
    str,
    BeforeValidator(_kubernetes_version, json_schema_input_type=str),
    AfterValidator(_kubernetes_minor),
    Field(examples=["1.34"]),
]

DnsLabel = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63),
    Field(description="lower-case letters, digits and dashes, at most 63 characters"),
]
# The graph CRD's own pattern for component names.
ComponentName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?$", max_length=63)
]
# Zone ids are the same in every account; zone names (us-east-2a) are shuffled per account.
AwsZoneId = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]{3,4}\d-([a-z]{3}\d-)?az\d$"),
    Field(description="availability zone id such as use2-az1 (not the zone name us-east-2a)"),
]
AwsRegion = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$"), Field(examples=["us-east-2"])
]
CapacityReservationId = Annotated[
    str,
    StringConstraints(pattern=r"^cr-[0-9a-f]{8,17}$"),
    Field(
        description="id of a capacity reservation or Capacity Block, such as cr-0123456789abcdef0"
    ),
]
Labels = dict[Annotated[str, Field(min_length=1)], str]
