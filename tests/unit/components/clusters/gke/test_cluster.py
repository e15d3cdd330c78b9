"""The control plane, and who gets in."""

from __future__ import annotations

import json

import pytest

from components.clusters.gke.cluster import gke_cluster, kubeconfig
from tests.harness.gcp_answers import CERTIFICATE
from tests.harness.recording import Recording
from tests.harness.settings import plan_of as eks_plan

CLUSTER = "gcp:container/cluster:Cluster"


def test_the_control_plane_is_the_regions(h200: Recording) -> None:
    cluster = h200.one(CLUSTER)
    assert cluster.get("name") == "gke-h200"
    assert cluster.get("location") == "us-central1"
    assert cluster.get("nodeLocations") == ["us-central1-b"]
    assert cluster.get("minMasterVersion") == "1.34"
    assert cluster.get("releaseChannel") == {"channel": "REGULAR"}
    assert cluster.delete_before_replace


@pytest.mark.parametrize(("stack", "several"), [("h200", True), ("l4", False), ("mocker", False)])
def test_several_networks_only_where_a_pool_needs_them(
    request: pytest.FixtureRequest, stack: str, several: bool
) -> None:
    recording: Recording = request.getfixturevalue(stack)
    cluster = recording.one(CLUSTER)
    assert cluster.get("enableMultiNetworking") is several
    assert cluster.get("datapathProvider") == "ADVANCED_DATAPATH"


def test_nodes_are_private_and_the_api_is_for_those_named(mocker: Recording) -> None:
    cluster = mocker.one(CLUSTER)
    assert cluster.get("privateClusterConfig") == {
        "enablePrivateNodes": True,
        "enablePrivateEndpoint": False,
        "masterIpv4CidrBlock": "10.62.0.0/28",
    }
    assert cluster.get("masterAuthorizedNetworksConfig") == {
        "cidrBlocks": [{"cidrBlock": "203.0.113.0/24"}],
        "gcpPublicCidrsAccessEnabled": False,
    }
    assert cluster.get("workloadIdentityConfig") == {"workloadPool": "your-project-id.svc.id.goog"}
    assert cluster.get("enableShieldedNodes") is True


def test_destroy_is_not_refused(mocker: Recording) -> None:
    cluster = mocker.one(CLUSTER)
    assert cluster.get("deletionProtection") is False
    assert not cluster.protect


def test_the_pool_that_gke_makes_by_itself_goes(mocker: Recording) -> None:
    cluster = mocker.one(CLUSTER)
    assert cluster.get("removeDefaultNodePool") is True
    assert cluster.get("initialNodeCount") == 1
    assert cluster.get("nodeConfig")["serviceAccount"].startswith("gke-mocker-nodes@")
    # GKE forgets it with the pool: a difference for ever, and one that makes the cluster anew.
    assert cluster.ignore_changes == ("nodeConfig",)


def test_one_provider_of_the_stacks_own_project(h200: Recording) -> None:
    provider = h200.one("pulumi:providers:gcp")
    assert provider.get("project") == "your-project-id"
    assert provider.get("region") == "us-central1"
    resources = [r for r in h200 if r.package == "gcp"]
    assert len(resources) > 20
    assert {r.provider for r in resources} == {provider.urn}


def test_the_kubeconfig_logs_in_as_whoever_runs_it() -> None:
    config = json.loads(kubeconfig("c", "203.0.113.9", CERTIFICATE))
    assert config["clusters"][0]["cluster"] == {
        "server": "https://203.0.113.9",
        "certificate-authority-data": CERTIFICATE,
    }
    assert config["users"][0]["user"]["exec"]["command"] == "gke-gcloud-auth-plugin"
    assert config["current-context"] == config["contexts"][0]["name"] == "c"


def test_file_systems_do_not_wait_for_the_control_plane(h200: Recording) -> None:
    """Each takes half an hour of its own."""
    lustre = h200.one("gcp:lustre/instance:Instance")
    assert h200.one(CLUSTER).urn not in h200.before(lustre)


def test_the_platform_does_not_wait_for_gpus(h200: Recording) -> None:
    gpus = h200.one("gcp:container/nodePool:NodePool", "cluster-gpu-pool")
    releases = h200.of_type("kubernetes:helm.sh/v3:Release")
    assert releases
    assert not any(gpus.urn in h200.before(release) for release in releases)


def test_settings_of_another_cloud_are_refused() -> None:
    with pytest.raises(TypeError, match="not the settings of a GKE cluster: EksSettings"):
        gke_cluster(eks_plan())
