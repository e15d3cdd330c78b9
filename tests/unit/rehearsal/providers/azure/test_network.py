"""What virtual networks refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rehearsal.providers.azure import kinds
from rehearsal.providers.standin import Refusal

if TYPE_CHECKING:
    from tests.unit.rehearsal.providers.azure.conftest import Subscription


@pytest.mark.parametrize(
    ("prefix", "code"),
    [
        ("10.50.0.128/25", "NetcfgSubnetRangesOverlap: .*net.*nodes"),
        ("10.51.0.0/24", "NetcfgSubnetRangeOutsideVnet"),
        ("10.50.9.0/30", "NetcfgInvalidSubnet"),
        ("10.50.9.1/24", "InvalidCIDRNotation"),
    ],
)
def test_a_subnet_needs_room(azure: Subscription, prefix: str, code: str) -> None:
    azure.network()
    azure.subnet("nodes", "10.50.0.0/20")
    with pytest.raises(Refusal, match=code):
        azure.subnet("more", prefix)


def test_a_subnet_may_change_where_it_is(azure: Subscription) -> None:
    azure.network()
    subnet = azure.subnet("nodes", "10.50.0.0/20")
    made = azure.azure.change(kinds.SUBNET, subnet, addressPrefix="10.50.0.0/19")
    assert made.outputs["addressPrefix"] == "10.50.0.0/19"
    with pytest.raises(Refusal, match="OutsideVnet"):
        azure.azure.change(kinds.SUBNET, subnet, addressPrefix="10.60.0.0/19")


def test_a_network_has_an_address_space_and_no_subnets_inside(azure: Subscription) -> None:
    with pytest.raises(Refusal, match="needs an address space"):
        azure.azure.make(kinds.VIRTUAL_NETWORK, "v", resourceGroupName="rg")
    with pytest.raises(Refusal, match="network:Subnet only"):
        azure.azure.make(
            kinds.VIRTUAL_NETWORK,
            "v",
            resourceGroupName="rg",
            addressSpace={"addressPrefixes": ["10.0.0.0/8"]},
            subnets=[{"name": "s"}],
        )


def test_a_nat_gateway_takes_standard_addresses_once(azure: Subscription) -> None:
    basic = azure.azure.make(kinds.PUBLIC_IP, "basic", resourceGroupName="rg")
    good = azure.azure.make(
        kinds.PUBLIC_IP, "good", resourceGroupName="rg", sku={"name": "Standard"}
    )

    def nat(name: str, address: str) -> None:
        azure.azure.make(
            kinds.NAT_GATEWAY,
            name,
            resourceGroupName="rg",
            natGatewayName=name,
            publicIpAddresses=[{"id": address}],
        )

    with pytest.raises(Refusal, match=r"basic.* is not of sku Standard"):
        nat("one", basic.id)
    nat("one", good.id)
    with pytest.raises(Refusal, match=r"already associated with .*natGateways/one"):
        nat("two", good.id)


def test_roles_are_given_once_and_not_changed(azure: Subscription) -> None:
    group, identity = f"{azure.identity().id}", azure.identity("two")
    role = azure.role(identity, group)
    with pytest.raises(Refusal, match="RoleAssignmentExists"):
        azure.azure.make(
            kinds.ROLE_ASSIGNMENT,
            "again",
            **{k: v for k, v in role.inputs.items() if k != "roleAssignmentName"},
        )
    with pytest.raises(Refusal, match="RoleAssignmentUpdateNotPermitted"):
        azure.azure.change(kinds.ROLE_ASSIGNMENT, role, roleDefinitionId="other")
