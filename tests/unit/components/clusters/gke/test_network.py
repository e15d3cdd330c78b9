"""The VPCs of a cluster."""

from __future__ import annotations

import pytest

from plan.subnets.gke import gpu_ranges
from tests.harness.recording import Recording

NETWORK = "gcp:compute/network:Network"
SUBNET = "gcp:compute/subnetwork:Subnetwork"
FIREWALL = "gcp:compute/firewall:Firewall"


def test_nodes_pods_and_services_have_ranges_of_one_subnet(mocker: Recording) -> None:
    network = mocker.one(NETWORK)
    assert network.get("autoCreateSubnetworks") is False
    subnet = mocker.one(SUBNET)
    assert subnet.get("ipCidrRange") == "10.60.0.0/20"
    assert {r["rangeName"]: r["ipCidrRange"] for r in subnet.get("secondaryIpRanges")} == {
        "pods": "10.64.0.0/14",
        "services": "10.61.0.0/20",
    }
    assert subnet.get("privateIpGoogleAccess") is True


def test_nodes_leave_by_nat(mocker: Recording) -> None:
    nat = mocker.one("gcp:compute/routerNat:RouterNat")
    router = mocker.one("gcp:compute/router:Router")
    assert nat.property_dependencies["router"] == {router.urn}
    assert nat.get("sourceSubnetworkIpRangesToNat") == "ALL_SUBNETWORKS_ALL_IP_RANGES"
    for pool in mocker.of_type("gcp:container/nodePool:NodePool"):
        assert nat.urn in mocker.before(pool)


def test_the_control_plane_reaches_webhooks_and_nothing_more(mocker: Recording) -> None:
    rule = mocker.one(FIREWALL)
    assert rule.get("sourceRanges") == ["10.62.0.0/28"]
    assert rule.get("allows") == [{"protocol": "tcp", "ports": ["9443"]}]
    assert rule.get("direction") == "INGRESS"


def test_gpus_with_rdma_have_two_networks_more(h200: Recording) -> None:
    networks = {network.name: network for network in h200.of_type(NETWORK)}
    assert set(networks) == {"cluster-network-vpc", "cluster-gpu-host", "cluster-gpu-rdma"}
    assert networks["cluster-gpu-host"].get("mtu") == 8896
    rdma = networks["cluster-gpu-rdma"]
    assert rdma.get("networkProfile") == (
        "https://www.googleapis.com/compute/beta/projects/your-project-id/global/networkProfiles/"
        "us-central1-b-vpc-roce"
    )
    # The profile has one of its own.
    assert rdma.get("mtu") is None
    assert not any(n.get("autoCreateSubnetworks") for n in networks.values())


def test_the_rdma_network_has_a_subnet_for_each_adapter(h200: Recording) -> None:
    rdma = h200.one(NETWORK, "cluster-gpu-rdma")
    subnets = [
        subnet
        for subnet in h200.of_type(SUBNET)
        if subnet.property_dependencies["network"] == {rdma.urn}
    ]
    assert {s.get("ipCidrRange") for s in subnets} == set(gpu_ranges("192.168.0.0/16", 8).rdma)
    assert {s.get("region") for s in subnets} == {"us-central1"}


def test_the_rdma_network_has_no_firewall_rules(h200: Recording) -> None:
    """It takes none but those of a policy (Google's own blueprint makes none)."""
    rdma = h200.one(NETWORK, "cluster-gpu-rdma")
    rules = h200.of_type(FIREWALL)
    assert len(rules) == 3
    assert not any(rdma.urn in rule.property_dependencies["network"] for rule in rules)
    host = h200.one(FIREWALL, "cluster-gpu-host")
    assert host.get("sourceRanges") == ["192.168.0.0/17"]


@pytest.mark.parametrize("stack", ["l4", "mocker"])
def test_others_have_one_network(request: pytest.FixtureRequest, stack: str) -> None:
    recording: Recording = request.getfixturevalue(stack)
    assert [network.name for network in recording.of_type(NETWORK)] == ["cluster-network-vpc"]
