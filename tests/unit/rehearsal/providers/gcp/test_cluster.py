"""What GKE refuses of a cluster, and what is inside one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.providers.gcp import kinds
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import get, text

if TYPE_CHECKING:
    from rehearsal.providers.standin import Made
    from tests.unit.rehearsal.providers.gcp.conftest import Project

NETWORK = "kubernetes:networking.gke.io/v1:Network"
PARAMETERS = "kubernetes:networking.gke.io/v1:GKENetworkParamSet"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"name": "C"}, "Invalid value for field"),
        ({"name": "c" * 41}, "Invalid value for field"),
        ({"initialNodeCount": 0}, "initial_node_count must be greater than zero"),
        ({"networkPolicy": {"enabled": True}}, "DatapathProvider=ADVANCED_DATAPATH is not allowed"),
        (
            {"workloadIdentityConfig": {"workloadPool": "other.svc.id.goog"}},
            r"is not p\.svc\.id\.goog",
        ),
        (
            {"ipAllocationPolicy": {"clusterSecondaryRangeName": "nope"}},
            'Secondary range "nope" does not exist',
        ),
        ({"location": "us-east1"}, "not in the region of us-east1"),
        (
            {"privateClusterConfig": {"masterIpv4CidrBlock": "10.60.1.0/28"}},
            "conflicts with subnetwork projects/p/regions/us-central1/subnetworks/nodes",
        ),
        ({"resourceLabels": {"Owner": "x"}}, "Invalid value for label"),
    ],
)
def test_clusters_that_gke_refuses(
    project: Project, home: tuple[Made, Made], more: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refusal, match=reason):
        project.cluster(*home, **more)


def test_a_subnetwork_of_another_network(project: Project, home: tuple[Made, Made]) -> None:
    with pytest.raises(Refusal, match=r"nodes is not in network projects/p/global/networks/other"):
        project.cluster(project.network("other"), home[1])


def test_outputs_of_a_cluster(cluster: Made) -> None:
    assert cluster.id == "projects/p/locations/us-central1/clusters/c"
    assert text(cluster.outputs, "masterVersion").startswith("1.34.")
    assert text(cluster.outputs, "masterAuth", "clusterCaCertificate")
    assert get(cluster.outputs, "deletionProtection") is False


def test_multi_networking_is_decided_at_creation(project: Project, cluster: Made) -> None:
    with pytest.raises(Refusal, match="can only be set when it is created"):
        project.gcp.change(kinds.CLUSTER, cluster, enableMultiNetworking=False)
    project.gcp.change(kinds.CLUSTER, cluster, minMasterVersion="1.35")


def test_a_cluster_answers_at_its_address_and_its_name(project: Project, cluster: Made) -> None:
    project.inside(cluster).make(CONFIG_MAP, "m", metadata={"name": "m"})
    name = text(cluster.outputs, "controlPlaneEndpointsConfig", "dnsEndpointConfig", "endpoint")
    project.account.kubernetes(f"https://{name}").make(CONFIG_MAP, "m", metadata={"name": "m"})
    project.gcp.remove(kinds.CLUSTER, cluster)
    with pytest.raises(Refusal, match="connection refused"):
        project.inside(cluster).make(CONFIG_MAP, "m", metadata={"name": "m"})


def test_networks_inside_come_with_multi_networking(project: Project, cluster: Made) -> None:
    inside = project.inside(cluster)
    assert inside.make(NETWORK, "n", metadata={"name": "rdma-0"}).id == "rdma-0"
    assert inside.make(PARAMETERS, "p", metadata={"name": "rdma-0"}).id == "rdma-0"


def test_networks_inside_are_unknown_to_other_clusters(
    project: Project, home: tuple[Made, Made]
) -> None:
    inside = project.inside(project.cluster(*home, enableMultiNetworking=False))
    with pytest.raises(Refusal, match=r'no matches for kind "Network" in version "networking\.gke'):
        inside.make(NETWORK, "n", metadata={"name": "rdma-0"})


def test_a_service_that_is_not_enabled_beside_those_that_are(project: Project) -> None:
    for service in ("compute.googleapis.com", "servicenetworking.googleapis.com"):
        project.gcp.make(kinds.SERVICE, service, service=service)
    network = project.network()
    project.connection(network)
    with pytest.raises(Refusal, match=r"lustre\.googleapis\.com .*SERVICE_DISABLED"):
        project.lustre(network)
    lustre = project.gcp.make(kinds.SERVICE, "lustre", service="lustre.googleapis.com")
    project.gcp.remove(kinds.SERVICE, lustre)  # left enabled by default
    project.lustre(network)


def test_a_service_that_is_disabled_on_destroy_is_gone(project: Project) -> None:
    network = project.network()
    project.connection(network)
    project.gcp.make(kinds.SERVICE, "compute", service="compute.googleapis.com")
    made = project.gcp.make(
        kinds.SERVICE, "lustre", service="lustre.googleapis.com", disableOnDestroy=True
    )
    project.gcp.remove(kinds.SERVICE, made)
    with pytest.raises(Refusal, match="SERVICE_DISABLED"):
        project.lustre(network)
