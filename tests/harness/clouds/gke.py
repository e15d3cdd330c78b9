"""GKE as it is asked for: node pools with their networks, and the objects that name those."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from plan.model import DriverOwner
from tests.harness.clouds.reading import Api, Nodes, Urns, made_from, marks, urns
from tests.harness.recording import Recording, Registration

CLUSTER = "gcp:container/cluster:Cluster"
POOL = "gcp:container/nodePool:NodePool"
VPC = "gcp:compute/network:Network"
NETWORK = "kubernetes:networking.gke.io/v1:Network"
PARAMETERS = "kubernetes:networking.gke.io/v1:GKENetworkParamSet"
_EFFECTS = {
    "NO_SCHEDULE": "NoSchedule",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
    "NO_EXECUTE": "NoExecute",
}
_DRIVERS = {
    "LATEST": DriverOwner.CLOUD,
    "DEFAULT": DriverOwner.CLOUD,
    "INSTALLATION_DISABLED": DriverOwner.OPERATOR,
}


class Gke:
    """`tests.harness.clouds.reading.Cloud` for Google Cloud."""

    login: tuple[str, ...] = ("gke-gcloud-auth-plugin",)
    brings = frozenset({"standard-rwo"})
    mark = "gpu-clusters-cluster"

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def control_plane(self) -> Registration:
        return self._recording.one(CLUSTER)

    def name(self) -> str:
        return self.control_plane().get("name")

    def nodes(self) -> dict[str, Nodes]:
        return {pool.get("name"): self._nodes(pool) for pool in self._recording.of_type(POOL)}

    def _nodes(self, pool: Registration) -> Nodes:
        zones = tuple(pool.get("nodeLocations"))
        accelerators = pool.get("nodeConfig", "guestAccelerators") or []
        drivers = {a["gpuDriverInstallationConfig"]["gpuDriverVersion"] for a in accelerators}
        return Nodes(
            resource=pool,
            labels=pool.get("nodeConfig", "labels"),
            taints=frozenset(
                (t["key"], t["value"], _EFFECTS[t["effect"]])
                for t in pool.get("nodeConfig", "taints")
            ),
            # GKE counts by the zone.
            count=pool.get("nodeCount") * len(zones),
            zones=zones,
            reservation=_reservation(pool),
            driver=_DRIVERS[drivers.pop()] if drivers else None,
            adapters=self._adapters(pool),
            networks=self._networks() if self._adapters(pool) else frozenset(),
            public=pool.get("networkConfig", "enablePrivateNodes") is not True,
        )

    def _adapters(self, pool: Registration) -> int:
        interfaces = pool.get("networkConfig", "additionalNodeNetworkConfigs") or []
        if not interfaces:
            return 0
        used = made_from(self._recording, pool, "networkConfig")
        rdma = [r for r in used if r.type == VPC and r.get("networkProfile")]
        hosts = [r for r in used if r.type == VPC and not r.get("networkProfile")]
        assert len(rdma) == len(hosts) == 1
        names = [interface["network"] for interface in interfaces]
        # The host's second interface comes first, as the machine has them; the rest are RDMA.
        assert len(set(names)) == 2
        assert names.count(names[0]) == 1
        return len(names) - 1

    def _networks(self) -> frozenset[str]:
        """Networks that pods may ask for by name, and that are RDMA."""
        modes = {
            p.get("metadata", "name"): p.get("spec", "deviceMode")
            for p in self._recording.of_type(PARAMETERS)
        }
        names = {
            n.get("metadata", "name"): n.get("spec", "parametersRef", "name")
            for n in self._recording.of_type(NETWORK)
        }
        return frozenset(
            f"networking.gke.io.networks/{name}"
            for name, parameters in names.items()
            if modes[parameters] == "RDMA"
        )

    def basis(self, without_gpus: Iterable[str]) -> Urns:
        nodes = self.nodes()
        return urns(nodes[name].resource for name in without_gpus)

    def way_out(self) -> Urns:
        return urns(self._recording.of_type("gcp:compute/routerNat:RouterNat"))

    def rights(self, pool: str) -> Urns:
        del pool  # one service account, and one rule, for all
        webhooks = [
            rule
            for rule in self._recording.of_type("gcp:compute/firewall:Firewall")
            if "webhooks" in rule.name
        ]
        return urns(webhooks) | urns(self._recording.of_type("gcp:projects/iAMMember:IAMMember"))

    def file_systems(self) -> dict[str, Registration]:
        types = {
            "lustre": "gcp:lustre/instance:Instance",
            "filestore": "gcp:filestore/instance:Instance",
        }
        return {
            name: found for name, type_ in types.items() for found in self._recording.of_type(type_)
        }

    def goes_with_cluster(self, file_system: Registration) -> bool:
        # GKE deletes only what its own drivers made: an instance of ours it does not know.
        return bool(file_system.deleted_with)

    def api(self) -> Api:
        cluster = self.control_plane()
        blocks = cluster.get("masterAuthorizedNetworksConfig", "cidrBlocks")
        private = cluster.get("privateClusterConfig", "enablePrivateNodes")
        return Api(
            cidrs=frozenset(block["cidrBlock"] for block in blocks)
            | (
                {"every Google Cloud address"}
                if cluster.get("masterAuthorizedNetworksConfig", "gcpPublicCidrsAccessEnabled")
                is not False
                else set()
            ),
            # Private nodes come by the control plane's private address.
            nodes=private is True,
        )

    def tags(self, resource: Registration) -> Mapping[str, str] | None:
        if resource.type == POOL:
            return resource.get("nodeConfig", "resourceLabels") or {}
        # Google's own `tags` are for policies.
        return marks(resource, "labels", "resource_labels")

    def without_identity(self) -> list[str]:
        found: list[str] = []
        if not self.control_plane().get("workloadIdentityConfig", "workloadPool"):
            found.append("a workload pool")
        for pool in self._recording.of_type(POOL):
            if pool.get("nodeConfig", "workloadMetadataConfig", "mode") != "GKE_METADATA":
                found.append(f"{pool.name}: pods see the node's account")
            if not made_from(self._recording, pool, "nodeConfig"):
                found.append(f"{pool.name}: nodes are editors of the project")
        return found

    def locks(self) -> list[str]:
        # Left out, it is true.
        locked = self.control_plane().get("deletionProtection") is not False
        return ["deletionProtection"] if locked else []


def _reservation(pool: Registration) -> str | None:
    affinity = pool.get("nodeConfig", "reservationAffinity") or {}
    match affinity.get("consumeReservationType"):
        case "NO_RESERVATION":
            return None
        case "SPECIFIC_RESERVATION":
            assert affinity["key"] == "compute.googleapis.com/reservation-name"
            (name,) = affinity["values"]
            return name.rpartition("/")[2]
        case _:
            return "any open one"
