"""What GKE refuses of a node pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.providers.gcp import kinds
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import get, text, texts

if TYPE_CHECKING:
    from rehearsal.providers.standin import Made
    from tests.unit.rehearsal.providers.gcp.conftest import Project

L4 = {"type": "nvidia-l4", "count": 1}


def test_an_ordinary_pool(project: Project, cluster: Made) -> None:
    pool = project.pool(cluster, node={"guestAccelerators": [L4]})
    assert pool.id == f"{cluster.id}/nodePools/gpu"
    assert get(pool.outputs, "version") == get(cluster.outputs, "masterVersion")
    assert (
        "zones/us-central1-b/instanceGroupManagers" in texts(pool.outputs, "instanceGroupUrls")[0]
    )


def test_a_pool_finds_its_cluster_by_name_and_place(project: Project, cluster: Made) -> None:
    pool = project.gcp.make(
        kinds.NODE_POOL, "n", name="n", cluster="c", location="us-central1", nodeCount=1
    )
    assert pool.id.startswith(cluster.id)
    with pytest.raises(Refusal, match="us-central1-a/clusters/c does not exist"):
        project.gcp.make(kinds.NODE_POOL, "n", name="m", cluster="c", location="us-central1-a")


def test_an_ultra_pool_with_all_its_networks(project: Project, cluster: Made) -> None:
    pool = project.ultra(cluster, project.gpu_networks())
    assert texts(pool.outputs, "nodeLocations") == ["us-central1-b"]


@pytest.mark.parametrize(
    ("machine", "more", "reason"),
    [
        ("e2-standard-8", {"name": "n" * 41}, "at most 40 characters"),  # G29
        ("e2-standard-8", {"node": {"resourceLabels": {"A": "b"}}}, "Invalid value for label"),
        ("e2-standard-8", {"initialNodeCount": 1}, "Cannot set both"),
        ("e2-standard-8", {"autoscaling": {"maxNodeCount": 2}}, "while the pool has autoscaling"),
        (
            "e2-standard-8",
            {"nodeCount": None, "autoscaling": {"maxNodeCount": 2, "totalMaxNodeCount": 3}},
            "exclude each other",
        ),
        (
            "e2-standard-8",
            {"upgradeSettings": {"maxSurge": 0, "maxUnavailable": 0}},
            "must be greater than 0",
        ),
        ("e2-standard-8", {"version": "1.35"}, "must not be newer than the control plane"),
        (
            "g2-standard-8",
            {"node": {"guestAccelerators": [{"type": "nvidia-l4", "count": 2}]}},
            "which has 1 x nvidia-l4",
        ),
        (
            "g2-standard-8",
            {"node": {"guestAccelerators": [{"type": "nvidia-h100-80gb", "count": 1}]}},
            "nvidia-h100-80gb with count 1 is not supported on machine type g2-standard-8",
        ),
        (
            "g2-standard-8",
            {"node": {"localNvmeSsdBlockConfig": {"localSsdCount": 2}}},
            "comes with 1 local SSDs",
        ),
        (
            "g2-standard-8",
            {
                "node": {
                    "localNvmeSsdBlockConfig": {"localSsdCount": 1},
                    "ephemeralStorageLocalSsdConfig": {"localSsdCount": 1},
                }
            },
            "not as both",
        ),
        (
            "g2-standard-8",
            {"node": {"imageType": "UBUNTU_CONTAINERD", "gvnic": {"enabled": True}}},
            "gVNIC needs the image type COS_CONTAINERD",
        ),
        (
            "g2-standard-8",
            {
                "node": {
                    "imageType": "UBUNTU_CONTAINERD",
                    "guestAccelerators": [
                        {**L4, "gpuDriverInstallationConfig": {"gpuDriverVersion": "LATEST"}}
                    ],
                }
            },
            "driver version LATEST needs the image type",
        ),
        ("g2-standard-8", {"node": {"fastSocket": {"enabled": True}}}, "requires gvnic"),
        (
            "g2-standard-8",
            {"placementPolicy": {"type": "COMPACT"}, "nodeLocations": ["a", "b"]},
            "exactly one zone",
        ),
        (
            "g2-standard-8",
            {
                "placementPolicy": {"type": "COMPACT"},
                "upgradeSettings": {"strategy": "BLUE_GREEN"},
            },
            "no blue-green upgrades",
        ),
        ("a3-megagpu-8g", {"nodeLocations": []}, "names no node_locations"),
    ],
)
def test_pools_that_gke_refuses(
    project: Project, cluster: Made, machine: str, more: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refusal, match=reason):
        project.pool(cluster, machine, **more)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"datapathProvider": "LEGACY_DATAPATH"}, "requires Dataplane V2"),
        ({"enableMultiNetworking": False}, "Multi-networking is not enabled on cluster"),
    ],
)
def test_extra_networks_need_a_cluster_that_was_made_for_them(
    project: Project, home: tuple[Made, Made], more: dict[str, Any], reason: str
) -> None:
    cluster = project.cluster(*home, **more)
    with pytest.raises(Refusal, match=reason):
        project.ultra(cluster, project.gpu_networks())


def test_the_number_of_networks_is_the_machines(project: Project, cluster: Made) -> None:
    networks = project.gpu_networks()
    for wrong, counts in ((networks[:-1], "1 and 7"), (networks[1:], "0 and 8")):
        with pytest.raises(Refusal, match=f"takes 1 additional networks and 8 RDMA.*{counts}"):
            project.ultra(cluster, wrong)
    twice = [*networks[:-1], networks[-2]]
    with pytest.raises(Refusal, match="1 and 7"):
        project.ultra(cluster, twice)


def test_a_ninth_network_on_a3_mega(project: Project, cluster: Made) -> None:
    network = project.network("extra")
    networks = [
        {
            "network": network.id,
            "subnetwork": project.subnetwork(network, f"10.90.{i}.0/24", f"s{i}").id,
        }
        for i in range(9)
    ]
    with pytest.raises(Refusal, match="7 of 8 GPUs would work"):
        project.pool(
            cluster,
            "a3-megagpu-8g",
            networkConfig={"additionalNodeNetworkConfigs": networks},
        )
    with pytest.raises(Refusal, match="a VPC network of its own"):
        project.pool(
            cluster,
            "a3-megagpu-8g",
            networkConfig={"additionalNodeNetworkConfigs": networks[:8]},
        )


def test_the_profile_and_the_pool_are_in_one_zone(project: Project, cluster: Made) -> None:
    networks = project.gpu_networks()
    with pytest.raises(
        Refusal, match=r"profile of zone us-central1-b, node pool gpu is in us-c.*-c"
    ):
        project.ultra(cluster, networks, nodeLocations=["us-central1-c"])


def test_extra_ranges_stay_clear_of_the_clusters(project: Project, home: tuple[Made, Made]) -> None:
    cluster = project.cluster(*home)
    host = project.network("host")
    bad = {"network": host.id, "subnetwork": project.subnetwork(host, "10.65.0.0/24", "bad").id}
    with pytest.raises(Refusal, match=r"subnetworks/bad overlaps with the pods range 10\.64\.0\.0"):
        project.pool(
            cluster, "e2-standard-8", networkConfig={"additionalNodeNetworkConfigs": [bad]}
        )


def test_rdma_needs_its_version_image_and_no_fast_socket(
    project: Project, home: tuple[Made, Made]
) -> None:
    networks = project.gpu_networks()
    cluster = project.cluster(*home, minMasterVersion="1.31.4-gke.1182999")
    with pytest.raises(
        Refusal, match=r"GPUDirect on a3-ultragpu-8g needs GKE 1\.31\.4-gke\.1183000"
    ):
        project.ultra(cluster, networks)
    project.gcp.change(kinds.CLUSTER, cluster, minMasterVersion="1.34")
    with pytest.raises(Refusal, match="GPUDirect needs the image type COS_CONTAINERD"):
        project.ultra(cluster, networks, node={"imageType": "UBUNTU_CONTAINERD"})
    both = {"gvnic": {"enabled": True}, "fastSocket": {"enabled": True}}
    with pytest.raises(Refusal, match="cannot be combined with GPUDirect"):
        project.ultra(cluster, networks, node=both)


def test_dranet_and_networks_exclude_each_other(project: Project, cluster: Made) -> None:
    config = {
        "acceleratorNetworkProfile": "auto",
        "additionalNodeNetworkConfigs": project.gpu_networks(),
    }
    with pytest.raises(Refusal, match="cannot be combined with additional node networks"):
        project.ultra(cluster, [], networkConfig=config)


def test_an_update_is_judged_like_a_create(project: Project, cluster: Made) -> None:
    pool = project.pool(cluster)
    assert text(project.gcp.change(kinds.NODE_POOL, pool, nodeCount=3).outputs, "version")
    with pytest.raises(Refusal, match="must be greater than 0"):
        project.gcp.change(
            kinds.NODE_POOL, pool, upgradeSettings={"maxSurge": 0, "maxUnavailable": 0}
        )
