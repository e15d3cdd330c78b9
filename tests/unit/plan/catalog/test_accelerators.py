"""Machine types: every row is whole, unique, sourced and in the words that rules compare."""

from __future__ import annotations

from collections import Counter

import pytest
from packaging.version import Version

from plan.catalog import accelerators, network_cards
from plan.catalog.accelerators import MachineType
from plan.catalog.table import rows

CLOUDS = ("eks", "aks", "gke")
MACHINES = [
    machine
    for cloud in CLOUDS
    for name in accelerators.names(cloud)
    if (machine := accelerators.find(cloud, name))
]


def _id(machine: MachineType) -> str:
    return f"{machine.cloud}-{machine.name}"


def test_no_machine_stands_twice() -> None:
    written = [
        (row["cloud"], row["machine_type"])
        for row in rows("accelerators.csv") + rows("cpu_machines.csv")
    ]
    assert [key for key, count in Counter(written).items() if count > 1] == []
    assert len(MACHINES) == len(written)


def test_every_cloud_has_machines_with_gpus() -> None:
    assert {machine.cloud for machine in MACHINES if machine.gpus} == set(CLOUDS)


@pytest.mark.parametrize("machine", MACHINES, ids=_id)
def test_a_machine_is_whole(machine: MachineType) -> None:
    assert machine.cloud in CLOUDS
    assert machine.vcpus > 0
    assert machine.memory_gib > 0
    assert machine.arch in {"x86_64", "arm64"}
    assert machine.local_nvme_gb >= 0
    assert machine.source
    assert bool(machine.gpus) == bool(machine.gpu_model) == bool(machine.gpu_memory_gib)
    if machine.min_driver:
        assert Version(machine.min_driver) >= Version("450")


@pytest.mark.parametrize("machine", MACHINES, ids=_id)
def test_a_fabric_is_one_that_the_cloud_has(machine: MachineType) -> None:
    of_cloud = {
        "eks": {"efa"},
        "aks": {"ib"},
        "gke": {"tcpxo", "gpudirect-tcpx", "rdma-roce"},
    }
    assert machine.fabric in of_cloud[machine.cloud] | {"none"}
    if machine.fabric == "none":
        assert machine.fabric_nics == 0
        assert machine.fabric_gbps is None


@pytest.mark.parametrize("machine", MACHINES, ids=_id)
def test_efa_machines_and_network_cards_agree(machine: MachineType) -> None:
    has_cards = machine.cloud == "eks" and machine.name in network_cards.machine_types()
    assert (machine.fabric == "efa") == has_cards
    if has_cards:
        assert machine.fabric_nics == network_cards.efa_interfaces(machine.name)
        assert machine.network_cards == len(network_cards.cards(machine.name))


def test_p5_is_what_the_ec2_api_says() -> None:
    machine = accelerators.find("eks", "p5.48xlarge")
    assert machine is not None
    assert (machine.gpus, machine.gpu_memory_gib, machine.vcpus) == (8, 80, 192)
    assert (machine.fabric, machine.fabric_nics, machine.fabric_gbps) == ("efa", 32, 3200)
    assert "capacity-block" in machine.reservation_kinds
    assert machine.spot is True


def test_a_cpu_machine_has_no_gpu_and_no_fabric() -> None:
    machine = accelerators.find("eks", "m7i.4xlarge")
    assert machine is not None
    assert (machine.gpus, machine.fabric, machine.vcpus, machine.memory_gib) == (0, "none", 16, 64)


@pytest.mark.parametrize(
    ("cloud", "name"),
    [
        ("eks", "p6e-gb300.36xlarge"),  # no source gives its GPUs
        ("eks", "g6f.large"),  # an eighth of a GPU
        ("gke", "g4-standard-6"),
        ("aks", "p5.48xlarge"),  # another cloud's
        ("nowhere", "p5.48xlarge"),
    ],
)
def test_what_is_not_known_is_none(cloud: str, name: str) -> None:
    assert accelerators.find(cloud, name) is None


def test_names_are_sorted_and_found() -> None:
    names = accelerators.names("eks")
    assert list(names) == sorted(names)
    assert {"p5.48xlarge", "m7i.4xlarge"} <= set(names)
    assert accelerators.names("nowhere") == ()
