"""What a fabric answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.fabric import EFA, TCP, fabric_for
from plan.platform import efa_device_plugin


@pytest.mark.parametrize(
    ("gpus", "node_gpus", "interfaces", "share"),
    [(2, 8, 32, 8), (8, 8, 32, 32), (1, 8, 16, 2), (1, 8, 4, 0), (4, 8, 4, 2), (0, 8, 32, 0)],
)
def test_a_workers_share_of_the_interfaces(
    gpus: int, node_gpus: int, interfaces: int, share: int
) -> None:
    assert EFA.interfaces_per_worker(gpus, node_gpus, interfaces) == share


@given(gpus=st.integers(0, 8), interfaces=st.integers(0, 32))
def test_shares_never_exceed_the_node(gpus: int, interfaces: int) -> None:
    workers = 8 // gpus if gpus else 0
    assert EFA.interfaces_per_worker(gpus, 8, interfaces) * workers <= interfaces


def test_tcp_asks_for_nothing() -> None:
    assert TCP.interfaces_per_worker(8, 8, 32) == 0
    assert (TCP.resource, TCP.device_plugin, TCP.security, TCP.rdma) == (None, None, "none", False)


def test_prefill_and_decode_are_kept_apart_as_far_as_they_can_be() -> None:
    assert EFA.separation(8, 8) == "required"
    assert EFA.separation(2, 8) == "preferred", "four such workers have to share a node"
    assert TCP.separation(8, 8) == "none"


@pytest.mark.parametrize(
    ("machine", "wanted", "fabric"),
    [("efa", "auto", EFA), ("efa", "tcp", TCP), ("none", "auto", TCP), ("none", "efa", EFA)],
)
def test_the_fabric_of_a_pool(machine: str, wanted: str, fabric: object) -> None:
    assert fabric_for(machine, wanted) is fabric


def test_the_device_plugin_is_one_we_install() -> None:
    assert EFA.device_plugin == efa_device_plugin.NAME
