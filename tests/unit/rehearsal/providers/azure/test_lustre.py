"""Azure Managed Lustre: sizes, subnets, what cannot change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rehearsal.providers.azure import kinds
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import text

if TYPE_CHECKING:
    from tests.unit.rehearsal.providers.azure.conftest import Subscription

SIZE = "azure-native:storagecache:getRequiredAmlFSSubnetsSize"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        # Z21
        ({"storageCapacityTiB": 4}, "storageCapacityTiB 4 is not valid .*: 8 to 128 in steps of 8"),
        ({"storageCapacityTiB": 12}, "in steps of 8"),
        ({"storageCapacityTiB": 136}, "8 to 128"),
        ({"sku": {"name": "AMLFS-Durable-Premium-9000"}}, "sku AMLFS-Durable-Premium-9000 is not"),
        # Z22
        ({"zones": ["1", "2"]}, "exactly one zone, 2 are given"),
        ({"zones": None}, "exactly one zone, 0"),
        ({"storageCapacityTiB": 24}, "subnet lustre has 27 addresses, .* 24 TiB needs 59"),
    ],
)
def test_file_systems_that_are_refused(
    azure: Subscription, given: dict[str, object], says: str
) -> None:
    azure.network()
    subnet = azure.subnet("lustre", "10.50.32.0/27")
    with pytest.raises(Refusal, match=says):
        azure.lustre(subnet, **given)


def test_a_file_system_says_where_to_mount_it(azure: Subscription) -> None:
    azure.network()
    made = azure.lustre(azure.subnet("lustre", "10.50.32.0/27"))
    assert text(made.outputs, "clientInfo", "mgsAddress") == "10.50.32.4"
    assert made.outputs["throughputProvisionedMBps"] == 2000


def test_a_subnet_is_shared_with_nobody(azure: Subscription) -> None:
    """Z22, from either side."""
    azure.network()
    nodes, own = azure.subnet("nodes", "10.50.0.0/20"), azure.subnet("lustre", "10.50.32.0/27")
    azure.cluster(nodes)
    with pytest.raises(Refusal, match=r"subnet nodes is in use by .*managedClusters/c: "):
        azure.lustre(nodes)
    azure.lustre(own)
    with pytest.raises(Refusal, match=r"belongs to file system .*/amlFilesystems/fs"):
        azure.pool(own)


@pytest.mark.parametrize(
    "part",
    [{"storageCapacityTiB": 16}, {"zones": ["2"]}, {"sku": {"name": "AMLFS-Durable-Premium-500"}}],
)
def test_what_a_file_system_keeps(azure: Subscription, part: dict[str, object]) -> None:
    azure.network()
    made = azure.lustre(azure.subnet("lustre", "10.50.32.0/27"))
    with pytest.raises(Refusal, match=f"{next(iter(part))} of file system fs cannot be changed"):
        azure.azure.change(kinds.LUSTRE, made, **part)
    azure.azure.change(kinds.LUSTRE, made, tags={"a": "b"})


@pytest.mark.parametrize(("capacity", "free"), [(16, 27), (20, 59), (96, 251), (768, 1019)])
def test_how_many_addresses_a_file_system_needs(
    azure: Subscription, capacity: int, free: int
) -> None:
    answer = azure.invoke(SIZE, sku={"name": "x"}, storageCapacityTiB=capacity)
    assert answer == {"filesystemSubnetSize": free}
