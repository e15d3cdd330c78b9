"""What strands at a destroy, each with the name of the culprit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rehearsal.providers.azure import kinds
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import text

if TYPE_CHECKING:
    from rehearsal.providers.standin import Made
    from tests.unit.rehearsal.providers.azure.conftest import Subscription

GROUP = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
SERVICE = "kubernetes:core/v1:Service"
CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"


def _cluster(azure: Subscription) -> tuple[Made, Made, Made]:
    network = azure.network()
    subnet = azure.subnet("nodes", "10.50.0.0/20")
    return network, subnet, azure.cluster(subnet)


def test_a_network_stays_while_nodes_are_in_it(azure: Subscription) -> None:
    """ZD3"""
    network, subnet, cluster = _cluster(azure)
    for type, made, words in (
        (kinds.SUBNET, subnet, r"Subnet nodes is in use by .*/managedClusters/c and cannot be"),
        (kinds.VIRTUAL_NETWORK, network, r"CannotBeDeleted: .*managedClusters/c \(c\) still uses"),
    ):
        with pytest.raises(Refusal, match=words):
            azure.azure.remove(type, made)
    azure.azure.remove(kinds.CLUSTER, cluster)
    azure.azure.remove(kinds.VIRTUAL_NETWORK, network)
    assert azure.left() == {"rg"}, "the subnet goes with its network, the pool with its cluster"


def test_a_network_stays_while_a_file_system_is_in_it(azure: Subscription) -> None:
    """ZD11"""
    azure.network()
    subnet = azure.subnet("lustre", "10.50.32.0/27")
    made = azure.lustre(subnet)
    with pytest.raises(Refusal, match=r"InUseSubnetCannotBeDeleted: .*amlFilesystems/fs and"):
        azure.azure.remove(kinds.SUBNET, subnet)
    azure.azure.remove(kinds.LUSTRE, made)
    azure.azure.remove(kinds.SUBNET, subnet)


def test_a_nat_gateway_stays_while_subnets_use_it(azure: Subscription) -> None:
    address = azure.azure.make(
        kinds.PUBLIC_IP, "ip", resourceGroupName="rg", sku={"name": "Standard"}
    )
    gateway = azure.azure.make(
        kinds.NAT_GATEWAY, "nat", resourceGroupName="rg", publicIpAddresses=[{"id": address.id}]
    )
    azure.network()
    azure.subnet("nodes", "10.50.0.0/20", natGateway={"id": gateway.id})
    with pytest.raises(Refusal, match=r"CannotDeleteNatGatewayAssociatedToSubnet: .*subnets/nodes"):
        azure.azure.remove(kinds.NAT_GATEWAY, gateway)
    with pytest.raises(Refusal, match=r"PublicIPAddressCannotBeDeleted: .*natGateways/nat"):
        azure.azure.remove(kinds.PUBLIC_IP, address)


def test_pool_then_reservation_then_group(azure: Subscription) -> None:
    """ZD5"""
    azure.network()
    subnet, identity = azure.subnet("nodes", "10.50.0.0/20"), azure.identity()
    azure.role(identity, GROUP)
    reservation = azure.reservation()
    azure.cluster(subnet, identity)
    id = reservation.id.rpartition("/capacityReservations/")[0]
    pool = azure.pool(subnet, capacityReservationGroupID=id, availabilityZones=["1"])
    group = next(r for r in azure.world.all("azure-native", kinds.RESERVATION_GROUP))
    stand_in = azure.azure.stand_in

    def remove_group() -> None:
        stand_in.delete(azure.azure.subject(kinds.RESERVATION_GROUP, "crg"), group.key.id)

    with pytest.raises(Refusal, match=r"in use by the virtual machines of agent pool .*/gpu"):
        azure.azure.remove(kinds.RESERVATION, reservation)
    with pytest.raises(Refusal, match=r"Can not delete resource before nested .*\((held|gpu)\)"):
        remove_group()
    azure.azure.remove(kinds.AGENT_POOL, pool)
    with pytest.raises(Refusal, match=r"nested .*capacityReservations/held \(held\)"):
        remove_group()
    azure.azure.remove(kinds.RESERVATION, reservation)
    remove_group()


def test_a_cluster_needs_its_roles_to_the_end(azure: Subscription) -> None:
    """ZD8"""
    azure.network()
    subnet, identity = azure.subnet("nodes", "10.50.0.0/20"), azure.identity()
    role = azure.role(identity, subnet.id)
    cluster = azure.cluster(subnet, identity)
    azure.azure.remove(kinds.ROLE_ASSIGNMENT, role)
    with pytest.raises(Refusal, match=rf"linked scope\(s\) '{subnet.id}' .*role assignment"):
        azure.azure.remove(kinds.CLUSTER, cluster)
    azure.role(identity, subnet.id)
    azure.azure.remove(kinds.CLUSTER, cluster)


def test_a_cluster_needs_its_identity_to_the_end(azure: Subscription) -> None:
    """ZD8"""
    azure.network()
    identity = azure.identity()
    cluster = azure.cluster(azure.subnet("nodes", "10.50.0.0/20"), identity)
    azure.azure.remove(kinds.IDENTITY, identity)
    with pytest.raises(Refusal, match=r"runs with identity .*/id, which was deleted first"):
        azure.azure.remove(kinds.CLUSTER, cluster)


def test_the_last_system_pool_stays(azure: Subscription) -> None:
    """ZD13"""
    _, subnet, cluster = _cluster(azure)
    second = azure.pool(subnet, agentPoolName="second", mode="System")
    azure.azure.remove(kinds.AGENT_POOL, second)
    # Made as a pool of the cluster and known as a resource too, as after an import.
    inline = azure.pool(subnet, agentPoolName="system", mode="System")
    with pytest.raises(Refusal, match="at least one agent pool of mode System: system is the last"):
        azure.azure.remove(kinds.AGENT_POOL, inline)
    azure.azure.remove(kinds.CLUSTER, cluster)
    azure.azure.remove(kinds.AGENT_POOL, inline)


def test_a_cluster_takes_its_node_group_and_the_disks_along(azure: Subscription) -> None:
    """ZD1: what is in the node resource group goes; ZD4: what is in another one does not."""
    _, _, cluster = _cluster(azure)
    assert "MC_rg_c_eastus" in azure.left()
    inside = azure.account.kubernetes(f"https://{text(cluster.outputs, 'fqdn')}:443")
    inside.make(CLAIM, "disk", metadata={"name": "disk"}, spec={"storageClassName": "managed-csi"})
    inside.make(SERVICE, "web", metadata={"name": "web"}, spec={"type": "LoadBalancer"})
    inside.make(CLASS, "files", metadata={"name": "files"}, parameters={"resourceGroup": "other"})
    inside.make(CLAIM, "kept", metadata={"name": "kept"}, spec={"storageClassName": "files"})
    note = {"service.beta.kubernetes.io/azure-load-balancer-resource-group": "other"}
    inside.make(
        SERVICE,
        "far",
        metadata={"name": "far", "annotations": note},
        spec={"type": "LoadBalancer"},
    )
    azure.azure.remove(kinds.CLUSTER, cluster)
    leaked = {(h.type, h.name) for h in azure.world.inventory() if h.package == "cloud"}
    assert leaked == {("leaked volume", "kept"), ("leaked load balancer", "far")}
    assert "MC_rg_c_eastus" not in azure.left()
    with pytest.raises(Refusal, match="connection refused"):
        inside.make(SERVICE, "late", metadata={"name": "late"}, spec={})


def test_a_resource_group_takes_all_along(azure: Subscription) -> None:
    _, _, cluster = _cluster(azure)
    inside = azure.account.kubernetes(f"https://{text(cluster.outputs, 'fqdn')}:443")
    azure.azure.stand_in.delete(azure.azure.subject(kinds.RESOURCE_GROUP, "rg"), GROUP)
    assert azure.world.inventory() == []
    with pytest.raises(Refusal, match="connection refused"):
        inside.make(SERVICE, "late", metadata={"name": "late"}, spec={})


def test_an_assignment_goes_with_its_scope_and_not_with_its_principal(azure: Subscription) -> None:
    azure.network()
    subnet, identity = azure.subnet("nodes", "10.50.0.0/20"), azure.identity()
    azure.role(identity, subnet.id)
    azure.azure.remove(kinds.IDENTITY, identity)
    assert "role" in azure.left()
    azure.azure.remove(kinds.SUBNET, subnet)
    assert "role" not in azure.left()
