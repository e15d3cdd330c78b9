"""What a fabric answers."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.fabric import EFA, FABRICS, INFINIBAND, ROCE, TCP, Fabric, fabric_for
from plan.resolve import resolve
from plan.settings import load_stack_file


@pytest.mark.parametrize(
    ("gpus", "node_gpus", "adapters", "share"),
    [(2, 8, 32, 8), (8, 8, 32, 32), (1, 8, 16, 2), (1, 8, 4, 0), (4, 8, 4, 2), (0, 8, 32, 0)],
)
def test_a_workers_share_of_the_adapters(
    gpus: int, node_gpus: int, adapters: int, share: int
) -> None:
    assert EFA.interfaces(gpus, node_gpus, adapters) == share


@given(gpus=st.integers(0, 8), adapters=st.integers(0, 32), fabric=st.sampled_from(FABRICS))
def test_what_workers_ask_for_fits_their_node(gpus: int, adapters: int, fabric: Fabric) -> None:
    workers = 1 if fabric.whole_node else 8 // gpus if gpus else 0
    asked = fabric.asks(fabric.interfaces(gpus, 8, adapters))
    offered = fabric.offers(adapters)
    for resource, count in asked.items():
        assert count * workers <= offered.get(resource, 0)


@given(gpus=st.integers(1, 8), adapters=st.integers(8, 32), fabric=st.sampled_from(FABRICS))
def test_rdma_is_asked_for_where_there_is_some(gpus: int, adapters: int, fabric: Fabric) -> None:
    """A pod that asks for nothing falls back to TCP, and nobody says so."""
    assert bool(fabric.asks(fabric.interfaces(gpus, 8, adapters))) == fabric.rdma


def test_tcp_asks_for_nothing() -> None:
    assert TCP.interfaces(8, 8, 32) == 0
    assert (TCP.offers(32), TCP.host_layers, TCP.security, TCP.rdma) == ({}, (), "none", False)


def test_one_slot_of_infiniband_opens_every_adapter() -> None:
    assert INFINIBAND.asks(INFINIBAND.interfaces(8, 8, 8)) == {"rdma/hca_shared_devices_a": 1}


def test_a_roce_pod_takes_every_network_of_its_node() -> None:
    interfaces = ROCE.interfaces(8, 8, 8)
    assert ROCE.asks(interfaces) == {f"networking.gke.io.networks/rdma-{i}": 1 for i in range(8)}
    annotations = ROCE.annotations(interfaces)
    networks = json.loads(annotations["networking.gke.io/interfaces"])
    assert networks[0] == {"interfaceName": "eth0", "network": "default"}
    assert networks[8] == {"interfaceName": "rdma7", "network": "rdma-7"}
    assert ROCE.annotations(0) == {}


def test_prefill_and_decode_are_kept_apart_as_far_as_they_can_be() -> None:
    assert EFA.separation(8, 8) == "required"
    assert EFA.separation(2, 8) == "preferred", "four such workers have to share a node"
    assert TCP.separation(8, 8) == "none"


@pytest.mark.parametrize(
    ("machine", "wanted", "fabric"),
    [
        ("efa", "auto", EFA),
        ("ib", "auto", INFINIBAND),
        ("rdma-roce", "auto", ROCE),
        ("tcpxo", "auto", TCP),
        ("none", "auto", TCP),
        ("efa", "tcp", TCP),
        ("none", "efa", EFA),
    ],
)
def test_the_fabric_of_a_pool(machine: str, wanted: str, fabric: object) -> None:
    assert fabric_for(machine, wanted) is fabric


@pytest.mark.parametrize("fabric", FABRICS, ids=lambda fabric: fabric.name)
def test_only_rdma_is_secured_announced_and_watched(fabric: Fabric) -> None:
    """A fall back to TCP is silent unless somebody counts what RDMA moved."""
    assert (fabric.security != "none") == fabric.rdma
    assert (("NIXL_TELEMETRY_ENABLE", "y") in fabric.environment) == fabric.rdma


def test_host_layers_are_layers_we_make() -> None:
    for stack, fabric in (("eks-h100", EFA), ("aks-h100", INFINIBAND), ("gke-h200", ROCE)):
        made = [layer.name for layer in resolve(load_stack_file(stack).settings, stack).layers]
        assert [name for name in made if name in fabric.host_layers] == list(fabric.host_layers)
