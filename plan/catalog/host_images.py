"""Node images of EKS and what they ship."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pydantic import TypeAdapter

from plan.catalog.table import document


@dataclass(frozen=True, kw_only=True, slots=True)
class HostImage:
    """One AMI type. `driver` and `efa` are versions, None where none is shipped or known."""

    arch: str
    nvidia: bool
    driver: str | None = None
    efa: str | None = None
    kubernetes_max: str | None = None
    """The last Kubernetes minor it is made for; None where no end is known."""
    source: str


def for_ami_type(ami_type: str) -> HostImage | None:
    """The image of an AMI type (EKS API, AMITypes); None where nothing is known."""
    return _images().get(ami_type)


@cache
def _images() -> dict[str, HostImage]:
    return TypeAdapter(dict[str, HostImage]).validate_python(document("host_images.yaml"))
