"""Node pools as GKE is asked for them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from components.clusters.gke import node_pools
from components.clusters.gke.node_pools import local_ssds
from plan.catalog import accelerators
from plan.fabric.roce import network_names
from plan.model import Pool
from tests.harness.custom_resources import faults
from tests.harness.recording import Recording

POOL = "gcp:container/nodePool:NodePool"
NETWORK = "kubernetes:networking.gke.io/v1:Network"
PARAMETERS = "kubernetes:networking.gke.io/v1:GKENetworkParamSet"
# Compute Engine docs, "Accelerator-optimized machine family"; cluster-toolkit, gke-node-pool.
SSDS = {
    "a3-highgpu-8g": 16,
    "a3-megagpu-8g": 16,
    "a3-ultragpu-8g": 32,
    "a4-highgpu-8g": 32,
    "a2-highgpu-8g": None,
    "a2-ultragpu-1g": 1,
    "a2-ultragpu-2g": 2,
    "a2-ultragpu-4g": 4,
    "a2-ultragpu-8g": 8,
    "g2-standard-4": 1,
    "g2-standard-24": 2,
    "g2-standard-48": 4,
    "g2-standard-96": 8,
    "n2-standard-8": None,
}
Changed = Callable[[str, Callable[[dict[str, Any]], None]], Recording]


@pytest.mark.parametrize("name", SSDS)
def test_local_disks_are_those_the_machine_comes_with(gpu_pool: Pool, name: str) -> None:
    machine = accelerators.find("gke", name)
    assert machine is not None
    pool = dataclasses.replace(gpu_pool, machine=machine, local_disks=machine.local_nvme_gb > 0)
    assert local_ssds(pool) == SSDS[name]


def test_every_gpu_machine_has_an_accelerator_type() -> None:
    machines = [accelerators.find("gke", name) for name in accelerators.names("gke")]
    # Arm machines are refused by the plan.
    usable = [m for m in machines if m and m.gpus and m.arch == "x86_64"]
    assert len(usable) > 20
    families = {"-".join(machine.name.split("-")[:2]) for machine in usable}
    assert families == node_pools._ACCELERATORS.keys()  # pyright: ignore[reportPrivateUsage]


def test_a_gpu_pool(h200: Recording) -> None:
    pool = h200.one(POOL, "cluster-gpu-pool")
    assert pool.get("name") == "gpu"
    assert pool.get("nodeLocations") == ["us-central1-b"]
    assert pool.get("nodeCount") == 2
    assert pool.get("autoscaling") is None
    # A node more is nowhere to be had.
    assert pool.get("upgradeSettings") == {
        "strategy": "SURGE",
        "maxSurge": 0,
        "maxUnavailable": 1,
    }
    # A release channel takes nothing else.
    assert pool.get("management") == {"autoRepair": True, "autoUpgrade": True}
    assert pool.get("nodeDrainConfigs") == [{"respectPdbDuringNodePoolDeletion": False}]
    assert pool.delete_before_replace
    assert pool.timeouts.create == "60m"
    node = pool.get("nodeConfig")
    assert node["machineType"] == "a3-ultragpu-8g"
    assert node["imageType"] == "COS_CONTAINERD"
    assert node["guestAccelerators"] == [
        {
            "type": "nvidia-h200-141gb",
            "count": 8,
            "gpuDriverInstallationConfig": {"gpuDriverVersion": "LATEST"},
        }
    ]
    assert node["ephemeralStorageLocalSsdConfig"] == {"localSsdCount": 32}
    assert node["gvnic"] == {"enabled": True}
    assert node["workloadMetadataConfig"] == {"mode": "GKE_METADATA"}
    assert node["labels"] == {"gpu-clusters/pool": "gpu"}
    assert node["taints"] == [
        {"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}
    ]
    assert node["reservationAffinity"]["consumeReservationType"] == "SPECIFIC_RESERVATION"
    assert node["serviceAccount"].startswith("gke-h200-nodes@")


def test_a_pool_without_gpus(mocker: Recording) -> None:
    pool = mocker.one(POOL)
    # Three nodes over three zones: GKE counts by the zone.
    assert pool.get("nodeLocations") == ["us-central1-a", "us-central1-b", "us-central1-c"]
    assert pool.get("nodeCount") == 1
    assert pool.get("upgradeSettings", "maxSurge") == 1
    assert pool.get("placementPolicy") is None
    assert pool.get("networkConfig") == {"enablePrivateNodes": True}
    node = pool.get("nodeConfig")
    for absent in ("guestAccelerators", "ephemeralStorageLocalSsdConfig", "diskType"):
        assert absent not in node
    assert node["taints"] == []


def test_a_reservation_that_has_not_started(changed: Changed) -> None:
    def wait(blocks: dict[str, Any]) -> None:
        blocks["cluster"]["nodePools"]["gpu"]["reservation"]["active"] = False

    pool = changed("gke-h200", wait).one(POOL, "cluster-gpu-pool")
    assert pool.get("nodeCount") == 0
    assert pool.get("nodeLocations") == ["us-central1-b"]


def test_nodes_with_lustre_and_no_gpus_load_its_modules(h200: Recording, l4: Recording) -> None:
    def secure_boot(recording: Recording) -> dict[str, bool]:
        return {
            pool.get("name"): pool.get("nodeConfig", "shieldedInstanceConfig", "enableSecureBoot")
            for pool in recording.of_type(POOL)
        }

    assert secure_boot(h200) == {"system": False, "gpu": True}
    assert secure_boot(l4) == {"system": True, "gpu": True}


def test_rdma_nodes_have_the_host_network_first_and_then_every_rdma_subnet(h200: Recording) -> None:
    pool = h200.one(POOL, "cluster-gpu-pool")
    interfaces = pool.get("networkConfig", "additionalNodeNetworkConfigs")
    assert [i["network"].rpartition("-")[0] for i in interfaces] == (
        ["cluster-gpu-host"] + ["cluster-gpu-rdma"] * 8
    )
    assert [i["subnetwork"].rpartition("-")[0] for i in interfaces] == (
        ["cluster-gpu-host"] + [f"cluster-gpu-rdma-{n}" for n in range(8)]
    )
    assert h200.one(POOL, "cluster-system-pool").get("networkConfig") == {
        "enablePrivateNodes": True
    }


def test_the_cluster_knows_the_networks_that_pods_ask_for(h200: Recording) -> None:
    networks = {n.get("metadata", "name"): n for n in h200.of_type(NETWORK)}
    parameters = {p.get("metadata", "name"): p for p in h200.of_type(PARAMETERS)}
    assert set(networks) == set(parameters) == {"gvnic-1", *network_names(8)}
    subnets = {
        name: p.get("spec", "vpcSubnet").rpartition("-")[0] for name, p in parameters.items()
    }
    assert subnets == {
        "gvnic-1": "cluster-gpu-host",
        **{f"rdma-{n}": f"cluster-gpu-rdma-{n}" for n in range(8)},
    }
    modes = {name: p.get("spec", "deviceMode") for name, p in parameters.items()}
    assert modes == {"gvnic-1": "NetDevice", **dict.fromkeys(network_names(8), "RDMA")}
    for name, network in networks.items():
        assert network.get("spec", "parametersRef", "name") == name
        assert faults("networks.networking.gke.io", "v1", network.get("spec")) == []
        assert (
            faults("gkenetworkparamsets.networking.gke.io", "v1", parameters[name].get("spec"))
            == []
        )


def test_network_objects_go_before_what_they_are_of(h200: Recording) -> None:
    pool = h200.one(POOL, "cluster-gpu-pool")
    networks = h200.of_type(NETWORK)
    assert len(networks) == 9
    for network in networks:
        (own,) = [
            p
            for p in h200.of_type(PARAMETERS)
            if p.get("metadata", "name") == network.get("metadata", "name")
        ]
        assert {own.urn, pool.urn} <= h200.before(network)
        # Skipped with the cluster, they would keep nodes from going.
        assert not network.deleted_with


def test_graphs_wait_for_the_networks(h200: Recording) -> None:
    component = h200.one("gpuclusters:gke:NodePool", "cluster-gpu")
    graph = h200.one("kubernetes:nvidia.com/v1beta1:DynamoGraphDeployment")
    assert {n.parent for n in h200.of_type(NETWORK)} == {component.urn}
    # Waiting for a component is waiting for everything in it.
    networks = {n.urn for n in h200.of_type(NETWORK)}
    assert networks <= h200.before(graph)


def test_a_second_pool_with_rdma_shares_the_networks(changed: Changed) -> None:
    def two(blocks: dict[str, Any]) -> None:
        pools = blocks["cluster"]["nodePools"]
        pools["more"] = {**pools["gpu"], "reservation": {**pools["gpu"]["reservation"]}}
        pools["more"]["reservation"]["name"] = "another-reservation"

    recording = changed("gke-h200", two)
    assert len(recording.of_type(NETWORK)) == 9
    assert len(recording.of_type("gcp:compute/network:Network")) == 3
    second = recording.one(POOL, "cluster-more-pool")
    assert len(second.get("networkConfig", "additionalNodeNetworkConfigs")) == 9
    assert {n.urn for n in recording.of_type(NETWORK)} <= recording.before(second)


def test_the_machines_of_a_pool_have_the_stacks_labels(changed: Changed) -> None:
    def tag(blocks: dict[str, Any]) -> None:
        blocks["cluster"]["tags"] = {"team": "inference"}

    recording = changed("gke-l4", tag)
    expected = {"team": "inference", "gpu-clusters-cluster": "gke-l4"}
    for pool in recording.of_type(POOL):
        assert pool.get("nodeConfig", "resourceLabels") == expected
    assert recording.one("gcp:container/cluster:Cluster").get("resourceLabels") == expected
    assert recording.one("gcp:filestore/instance:Instance").get("labels") == expected
