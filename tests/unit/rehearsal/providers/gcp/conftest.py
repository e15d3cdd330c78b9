"""A simulated project with a short way to make things in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.providers.gcp import Gcp, kinds
from rehearsal.providers.values import Props, text
from rehearsal.providers.world import Reservation, Seed, World

if TYPE_CHECKING:
    from rehearsal.providers.standin import Made
    from tests.unit.rehearsal.providers.conftest import Account, Package

PROJECT, REGION, ZONE = "p", "us-central1", "us-central1-b"
ULTRA = "a3-ultragpu-8g"
PROFILE = f"projects/{PROJECT}/global/networkProfiles/{ZONE}-vpc-roce"
MINE = Reservation(
    name="mine", project=PROJECT, zone=ZONE, machine_type=ULTRA, count=2, specific=True
)


@dataclass
class Project:
    """Google Cloud with the usual networks, cluster and pools on request."""

    world: World
    gcp: Package
    account: Account

    def network(self, name: str = "net", **more: object) -> Made:
        given: dict[str, object] = {"name": name, "autoCreateSubnetworks": False}
        return self.gcp.make(kinds.NETWORK, name, **{**given, **more})

    def subnetwork(self, network: Made, block: str, name: str = "nodes", **more: object) -> Made:
        given: dict[str, object] = {
            "name": name,
            "network": network.id,
            "ipCidrRange": block,
            "region": REGION,
        }
        return self.gcp.make(kinds.SUBNETWORK, name, **{**given, **more})

    def home(self) -> tuple[Made, Made]:
        network = self.network()
        ranges = [
            {"rangeName": "pods", "ipCidrRange": "10.64.0.0/14"},
            {"rangeName": "services", "ipCidrRange": "10.61.0.0/20"},
        ]
        return network, self.subnetwork(network, "10.60.0.0/20", secondaryIpRanges=ranges)

    def cluster(self, network: Made, subnetwork: Made, **more: Any) -> Made:
        given: dict[str, Any] = {
            "name": "c",
            "location": REGION,
            "network": network.id,
            "subnetwork": subnetwork.id,
            "initialNodeCount": 1,
            "removeDefaultNodePool": True,
            "minMasterVersion": "1.34",
            "datapathProvider": "ADVANCED_DATAPATH",
            "enableMultiNetworking": True,
            "deletionProtection": False,
            "ipAllocationPolicy": {
                "clusterSecondaryRangeName": "pods",
                "servicesSecondaryRangeName": "services",
            },
            "workloadIdentityConfig": {"workloadPool": f"{PROJECT}.svc.id.goog"},
        }
        return self.gcp.make(kinds.CLUSTER, "c", **{**given, **more})

    def pool(self, cluster: Made, machine_type: str = "g2-standard-8", /, **more: Any) -> Made:
        node = {"machineType": machine_type, **more.pop("node", {})}
        given: dict[str, Any] = {
            "name": "gpu",
            "cluster": cluster.id,
            "nodeLocations": [ZONE],
            "nodeCount": 1,
            "nodeConfig": node,
        }
        return self.gcp.make(kinds.NODE_POOL, "gpu", **{**given, **more})

    def gpu_networks(self, subnets: int = 8, **rdma: object) -> list[dict[str, str]]:
        """A second host network and the RDMA network, as a pool names them."""
        host = self.network("host", mtu=8896)
        found = [(host, self.subnetwork(host, "192.168.255.0/24", "host"))]
        fabric = self.network("rdma", **{"networkProfile": PROFILE, **rdma})
        for index in range(subnets):
            block = f"192.168.{index}.0/24"
            found.append((fabric, self.subnetwork(fabric, block, f"rdma-{index}")))
        return [{"network": n.id, "subnetwork": s.id} for n, s in found]

    def ultra(self, cluster: Made, networks: list[dict[str, str]], /, **more: Any) -> Made:
        node = {"reservationAffinity": specific("mine"), **more.pop("node", {})}
        given: dict[str, Any] = {
            "networkConfig": {"additionalNodeNetworkConfigs": networks},
            "nodeCount": 2,
        }
        return self.pool(cluster, ULTRA, node=node, **{**given, **more})

    def connection(self, network: Made, /, prefix: int = 20, **more: object) -> Made:
        self.gcp.make(
            kinds.GLOBAL_ADDRESS,
            "range",
            name="range",
            purpose="VPC_PEERING",
            addressType="INTERNAL",
            prefixLength=prefix,
            network=network.id,
        )
        return self.gcp.make(
            kinds.CONNECTION,
            "psa",
            network=network.id,
            service="servicenetworking.googleapis.com",
            reservedPeeringRanges=["range"],
            **more,
        )

    def lustre(self, network: Made, /, **more: object) -> Made:
        given: dict[str, object] = {
            "instanceId": "fs",
            "location": ZONE,
            "network": network.id,
            "filesystem": "dynamo",
            "capacityGib": "9000",
            "perUnitStorageThroughput": "1000",
        }
        return self.gcp.make(kinds.LUSTRE, "fs", **{**given, **more})

    def inside(self, cluster: Made) -> Package:
        return self.account.kubernetes(f"https://{text(cluster.outputs, 'endpoint')}")

    def invoke(self, token: str, **args: object) -> Props:
        return self.gcp.stand_in.invoke(self.gcp.config, token, dict(args))  # type: ignore[arg-type]

    def left(self) -> set[str]:
        return {held.name for held in self.world.inventory()}


def specific(*names: str) -> dict[str, object]:
    return {
        "consumeReservationType": "SPECIFIC_RESERVATION",
        "key": "compute.googleapis.com/reservation-name",
        "values": [f"projects/{PROJECT}/reservations/{name}" for name in names],
    }


@pytest.fixture
def project(account: Account) -> Project:
    """An empty project that holds one reservation of two A3 Ultra machines."""
    late = Reservation(
        name="late",
        project=PROJECT,
        zone=ZONE,
        machine_type=ULTRA,
        count=2,
        specific=True,
        active=False,
    )
    shared = Reservation(
        name="open", project=PROJECT, zone=ZONE, machine_type=ULTRA, count=2, specific=False
    )
    world = World(Seed(reservations=(MINE, late, shared)))
    config: Props = {"project": PROJECT, "region": REGION}
    return Project(world, type(account.aws)(Gcp(world), config), type(account)(world, account.aws))


@pytest.fixture
def home(project: Project) -> tuple[Made, Made]:
    """The cluster's network and subnetwork."""
    return project.home()


@pytest.fixture
def cluster(project: Project, home: tuple[Made, Made]) -> Made:
    """A cluster with multi-networking."""
    return project.cluster(*home)
