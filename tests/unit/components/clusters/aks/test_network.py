"""The virtual network: which subnet is whose, and which way out it has."""

from __future__ import annotations

from tests.harness.aks import CLUSTER, LUSTRE, POOL, SUBNET
from tests.harness.recording import Recording

NAT = "azure-native:network:NatGateway"
ADDRESS = "azure-native:network:PublicIPAddress"


def test_nodes_and_file_system_have_a_subnet_each(h100: Recording) -> None:
    blocks = {s.get("subnetName"): s.get("addressPrefix") for s in h100.of_type(SUBNET)}
    assert blocks == {"nodes": "10.50.0.0/17", "lustre": "10.50.252.0/22"}
    nodes, lustre = (h100.one(SUBNET, f"cluster-network-{kind}") for kind in ("nodes", "lustre"))
    (profile,) = h100.one(CLUSTER).get("agentPoolProfiles")
    used = {profile["vnetSubnetID"], *(p.get("vnetSubnetID") for p in h100.of_type(POOL))}
    assert len(used) == 1
    assert h100.one(POOL).property_dependencies["vnetSubnetID"] == {nodes.urn}
    file_system = h100.one(LUSTRE)
    assert file_system.property_dependencies["filesystemSubnet"] == {lustre.urn}
    assert file_system.get("filesystemSubnet") not in used
    # A virtual network takes one change at a time.
    assert nodes.urn in lustre.dependencies


def test_without_a_file_system_there_is_no_subnet_for_one(mocker: Recording) -> None:
    assert [s.get("subnetName") for s in mocker.of_type(SUBNET)] == ["nodes"]
    assert mocker.of_type(LUSTRE) == []


def test_every_subnet_leaves_through_the_one_address(h100: Recording) -> None:
    gateway, address = h100.one(NAT), h100.one(ADDRESS)
    assert gateway.property_dependencies["publicIpAddresses"] == {address.urn}
    assert (address.get("sku", "name"), address.get("publicIPAllocationMethod")) == (
        "Standard",
        "Static",
    )
    subnets = h100.of_type(SUBNET)
    assert len(subnets) == 2
    for subnet in subnets:
        assert subnet.property_dependencies["natGateway"] == {gateway.urn}
        assert subnet.get("defaultOutboundAccess") is False
    assert h100.one(CLUSTER).get("networkProfile", "outboundType") == "userAssignedNATGateway"
