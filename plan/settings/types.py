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
_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m|[kMGTPE]|[KMGTPE]i)?")
_TOO_LARGE = 2**63
_QUANTITY_WORDS = "must be a positive Kubernetes quantity such as 8, 500m, 64Gi, and below 2^63"
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


TOKEN_PREFIX = "hf_"
"""What every Hugging Face token starts with."""


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
    match = _QUANTITY.fullmatch(quantity)
    if match is None:
        raise ValueError(f"not a Kubernetes quantity: {quantity!r}")
    return float(match.group(1)) * _SCALE[match.group(2)]


def _quantity(value: object) -> object:
    # `cpu: 8` is what people write; bool is an int in Python and never a quantity.
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value
    if abs(value) >= _TOO_LARGE:
        raise ValueError(_QUANTITY_WORDS)
    return str(value)


def _checked_quantity(value: str) -> str:
    if _QUANTITY.fullmatch(value) is None or not 0 < quantity_value(value) < _TOO_LARGE:
        raise ValueError(_QUANTITY_WORDS)
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
    if value != value.strip():  # which `Version` overlooks, and Helm does not
        raise ValueError("must be a version such as 1.2.0, with no blanks around it")
    return value


ReleaseVersion = Annotated[str, AfterValidator(_version), Field(examples=["1.2.0"])]


def _kubernetes_version(value: Any) -> Any:
    if isinstance(value, float | int):
        raise ValueError(f'must be quoted, such as "1.34" (YAML reads {value} as a number)')
    return value


def _kubernetes_minor(value: str) -> str:
    if not re.fullmatch(r"1\.[0-9]{2}", value):
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
    StringConstraints(pattern=r"^[a-z]{3,4}[0-9]-([a-z]{3}[0-9]-)?az[0-9]$"),
    Field(description="availability zone id such as use2-az1 (not the zone name us-east-2a)"),
]
AwsRegion = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$"), Field(examples=["us-east-2"])
]
CapacityReservationId = Annotated[
    str,
    StringConstraints(pattern=r"^cr-[0-9a-f]{8,17}$"),
    Field(
        description="id of a capacity reservation or Capacity Block, such as cr-0123456789abcdef0"
    ),
]
# Uuids of Azure: subscriptions, Entra groups.
AzureUuid = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", to_lower=True
    ),
    Field(examples=["00000000-0000-0000-0000-000000000000"]),
]
AzureLocation = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]+[a-z0-9]*$"),
    Field(description="location in one word, such as eastus", examples=["eastus"]),
]
AzureZone = Annotated[str, StringConstraints(pattern=r"^[1-3]$"), Field(examples=["1"])]
# AKS: agent pool names are 1 to 12 lower-case letters and digits, a letter first.
AgentPoolName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9]{0,11}$"),
    Field(description="1 to 12 lower-case letters and digits, a letter first (AKS agent pools)"),
]
CapacityReservationGroupId = Annotated[
    str,
    StringConstraints(
        pattern=r"^/subscriptions/[0-9a-f-]{36}/resourceGroups/[-\w.()]+/providers/"
        r"Microsoft\.Compute/capacityReservationGroups/[-\w.]+$"
    ),
    Field(description="resource id of a capacity reservation group"),
]
GcpProject = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][-a-z0-9]{4,28}[a-z0-9]$"),
    Field(description="project id: 6 to 30 lower-case letters, digits and dashes"),
]
GcpRegion = Annotated[
    str, StringConstraints(pattern=r"^[a-z]+-[a-z]+[0-9]+$"), Field(examples=["us-central1"])
]
GcpZone = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]+-[a-z]+[0-9]+-[a-z]$"),
    Field(examples=["us-central1-a"]),
]
# GKE: node pool names have at most 40 characters.
GkeNodePoolName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$", max_length=40),
    Field(description="lower-case letters, digits and dashes, at most 40 characters"),
]
# RFC 1035, as Compute Engine wants names.
GcpName = Annotated[str, StringConstraints(pattern=r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$")]
Labels = dict[Annotated[str, Field(min_length=1)], str]
