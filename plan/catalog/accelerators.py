"""Machine types: GPUs, CPUs, network, by cloud.

Left out of the table are machines whose GPU count or vCPUs no source gives (p6e-gb300) and those
with a fraction of a GPU, which a pod cannot ask for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from plan.catalog.table import rows


@dataclass(frozen=True, kw_only=True, slots=True)
class MachineType:
    """One machine type. Sizes are the cloud's own: memory in GiB, disks in decimal GB."""

    cloud: str
    name: str
    gpu_model: str | None
    gpus: int
    gpu_memory_gib: float
    """Memory of each GPU."""
    vcpus: int
    memory_gib: float
    arch: str
    """`x86_64` or `arm64`."""
    fabric: str
    """`efa`, `ib`, `tcpxo`, `gpudirect-tcpx`, `rdma-roce` or `none`."""
    fabric_nics: int
    fabric_gbps: int | None
    network_cards: int | None
    local_nvme_gb: int
    min_driver: str | None
    placement: str | None
    reservation_kinds: tuple[str, ...]
    spot: bool | None
    """None where no source says."""
    source: str


def find(cloud: str, name: str) -> MachineType | None:
    """The machine type `name` of `eks`, `aks` or `gke`."""
    return _machines().get((cloud, name))


def names(cloud: str) -> tuple[str, ...]:
    """Every machine type known for a cloud, sorted."""
    return tuple(sorted(name for owner, name in _machines() if owner == cloud))


def without_gpus(
    *, cloud: str, name: str, vcpus: int, memory_gib: float, arch: str, source: str
) -> MachineType:
    """A machine with CPUs alone, of the catalogue or as a stack file describes it."""
    return MachineType(
        cloud=cloud,
        name=name,
        gpu_model=None,
        gpus=0,
        gpu_memory_gib=0,
        vcpus=vcpus,
        memory_gib=memory_gib,
        arch=arch,
        fabric="none",
        fabric_nics=0,
        fabric_gbps=None,
        network_cards=None,
        local_nvme_gb=0,
        min_driver=None,
        placement=None,
        reservation_kinds=(),
        spot=None,
        source=source,
    )


@cache
def _machines() -> dict[tuple[str, str], MachineType]:
    machines = [_gpu_machine(row) for row in rows("accelerators.csv")]
    machines += [_cpu_machine(row) for row in rows("cpu_machines.csv")]
    return {(machine.cloud, machine.name): machine for machine in machines}


def _gpu_machine(row: dict[str, str]) -> MachineType:
    return MachineType(
        cloud=row["cloud"],
        name=row["machine_type"],
        gpu_model=row["gpu_model"],
        gpus=int(row["gpus"]),
        gpu_memory_gib=float(row["gpu_memory_gib"]),
        vcpus=int(row["vcpus"]),
        memory_gib=float(row["memory_gib"]),
        arch=row["arch"],
        fabric=row["fabric"],
        fabric_nics=int(row["fabric_nics"] or 0),
        fabric_gbps=_number(row["fabric_gbps"]),
        network_cards=_number(row["network_cards"]),
        local_nvme_gb=_number(row["local_nvme_gb"]) or 0,
        min_driver=row["min_driver"] or None,
        placement=row["placement"] or None,
        reservation_kinds=tuple(
            kind.strip() for kind in row["reservation_kinds"].split(";") if kind
        ),
        spot={"yes": True, "no": False}.get(row["spot"]),
        source=row["source"],
    )


def _cpu_machine(row: dict[str, str]) -> MachineType:
    return without_gpus(
        cloud=row["cloud"],
        name=row["machine_type"],
        vcpus=int(row["vcpus"]),
        memory_gib=float(row["memory_gib"]),
        arch=row["arch"],
        source=row["source"],
    )


def _number(text: str) -> int | None:
    return round(float(text)) if text else None
