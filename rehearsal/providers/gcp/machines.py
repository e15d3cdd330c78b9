"""What Compute Engine and GKE know of GPU machine types, as far as they refuse a pool for it.

Sources: Compute Engine docs "Accelerator-optimized machine family" and "Networking and GPU
machines"; AI Hypercomputer docs "Consumption options"; GoogleCloudPlatform/cluster-toolkit,
modules/compute/gke-node-pool.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Version = tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """One machine type. Zero or empty where nothing is known or nothing is asked.

    `networks` are the VPCs that a pool takes beside the cluster's own, `rdma_subnets` those of the
    RDMA network among them. `minimum` are the lowest GKE versions of GPUDirect, one for a minor.
    """

    accelerators: tuple[str, ...]
    gpus: int
    local_ssds: int = 0
    networks: tuple[int, ...] = ()
    rdma_subnets: int = 0
    on_demand: bool = True
    reservable: bool = True
    container_optimized_os: bool = False
    minimum: tuple[Version, ...] = ()

    @property
    def gpudirect(self) -> bool:
        """Whether its GPUs talk over networks of their own."""
        return bool(self.networks)


_TCPX = ((1, 27, 16, 2874000), (1, 28, 15, 3163000), (1, 29, 15, 2467000))
_TCPXO = (
    (1, 28, 15, 3163000),
    (1, 29, 15, 2467000),
    (1, 30, 14, 1922000),
    (1, 31, 14, 1243000),
    (1, 32, 11, 1174000),
)
_A100, _H100 = ("nvidia-tesla-a100",), ("nvidia-h100-80gb",)
# The documents do not agree on one.
_A100_80 = ("nvidia-a100-80gb", "nvidia-tesla-a100")
_L4, _RTX = ("nvidia-l4",), ("nvidia-rtx-pro-6000",)

MACHINES: dict[str, Machine] = {
    "a4x-highgpu-4g": Machine(
        accelerators=("nvidia-gb200",),
        gpus=4,
        networks=(1, 2),  # "2 regular": read with and without the cluster's own
        rdma_subnets=4,
        on_demand=False,
    ),
    "a4-highgpu-8g": Machine(
        accelerators=("nvidia-b200",),
        gpus=8,
        local_ssds=32,
        networks=(1,),
        rdma_subnets=8,
        on_demand=False,
        container_optimized_os=True,
        minimum=((1, 32, 2, 1475000),),
    ),
    "a3-ultragpu-8g": Machine(
        accelerators=("nvidia-h200-141gb",),
        gpus=8,
        local_ssds=32,
        networks=(1,),
        rdma_subnets=8,
        on_demand=False,
        container_optimized_os=True,
        minimum=((1, 31, 4, 1183000),),
    ),
    "a3-megagpu-8g": Machine(
        accelerators=("nvidia-h100-mega-80gb",),
        gpus=8,
        local_ssds=16,
        networks=(8,),
        container_optimized_os=True,
        minimum=_TCPXO,
    ),
    "a3-highgpu-8g": Machine(
        accelerators=_H100,
        gpus=8,
        local_ssds=16,
        networks=(4,),
        container_optimized_os=True,
        minimum=_TCPX,
    ),
    "a3-edgegpu-8g": Machine(accelerators=_H100, gpus=8),  # its networks in GKE are not known
    "a3-highgpu-4g": Machine(accelerators=_H100, gpus=4, on_demand=False, reservable=False),
    "a3-highgpu-2g": Machine(accelerators=_H100, gpus=2, on_demand=False, reservable=False),
    "a3-highgpu-1g": Machine(accelerators=_H100, gpus=1, on_demand=False, reservable=False),
    "a2-megagpu-16g": Machine(accelerators=_A100, gpus=16),
    "a2-ultragpu-8g": Machine(accelerators=_A100_80, gpus=8, local_ssds=8),
    "a2-ultragpu-4g": Machine(accelerators=_A100_80, gpus=4, local_ssds=4),
    "a2-ultragpu-2g": Machine(accelerators=_A100_80, gpus=2, local_ssds=2),
    "a2-ultragpu-1g": Machine(accelerators=_A100_80, gpus=1, local_ssds=1),
    "a2-highgpu-8g": Machine(accelerators=_A100, gpus=8),
    "a2-highgpu-4g": Machine(accelerators=_A100, gpus=4),
    "a2-highgpu-2g": Machine(accelerators=_A100, gpus=2),
    "a2-highgpu-1g": Machine(accelerators=_A100, gpus=1),
    "g4-standard-384": Machine(accelerators=_RTX, gpus=8),
    "g4-standard-192": Machine(accelerators=_RTX, gpus=4),
    "g4-standard-96": Machine(accelerators=_RTX, gpus=2),
    "g4-standard-48": Machine(accelerators=_RTX, gpus=1),
    "g2-standard-96": Machine(accelerators=_L4, gpus=8, local_ssds=8),
    "g2-standard-48": Machine(accelerators=_L4, gpus=4, local_ssds=4),
    "g2-standard-32": Machine(accelerators=_L4, gpus=1, local_ssds=1),
    "g2-standard-24": Machine(accelerators=_L4, gpus=2, local_ssds=2),
    "g2-standard-16": Machine(accelerators=_L4, gpus=1, local_ssds=1),
    "g2-standard-12": Machine(accelerators=_L4, gpus=1, local_ssds=1),
    "g2-standard-8": Machine(accelerators=_L4, gpus=1, local_ssds=1),
    "g2-standard-4": Machine(accelerators=_L4, gpus=1, local_ssds=1),
}

FLEX_START: tuple[Version, ...] = ((1, 32, 2, 1652000),)
MANAGED_DRANET: tuple[Version, ...] = ((1, 34, 1, 1829001),)
_DEFAULT_MINOR = "1.35"
"""What the toolkit's examples for A3 Ultra and A4 pin; any minor would do."""


def resolved(version: str) -> str:
    """The version that GKE makes of a request: a minor stands for its newest patch.

    Which patch that is changes weekly: what comes back is one that cannot be taken for real.
    """
    asked = version.removesuffix(".") or _DEFAULT_MINOR
    if asked.count(".") == 1:
        return f"{asked}.99-gke.9999999"
    return asked if "-gke." in asked else f"{asked}-gke.9999999"


def parse(version: str) -> Version | None:
    """A full GKE version, comparable; None where it is not one."""
    match = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)-gke\.(\d+)", version)
    if match is None:
        return None
    major, minor, patch, build = (int(part) for part in match.groups())
    return major, minor, patch, build


def below(version: str, minimum: tuple[Version, ...]) -> Version | None:
    """The minimum that `version` misses: that of its minor, else the lowest of all."""
    parsed = parse(version)
    if parsed is None or not minimum:
        return None
    asked = next((row for row in minimum if row[:2] == parsed[:2]), minimum[0])
    return asked if parsed < asked else None


def shown(version: Version) -> str:
    """A version as GKE writes it."""
    return "{}.{}.{}-gke.{}".format(*version)
