"""AKS as it is asked for: the cluster with its system pool, agent pools beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from plan.catalog import accelerators
from plan.model import DriverOwner
from tests.harness.clouds.reading import Api, Nodes, Urns, made_from, marks, urns
from tests.harness.recording import Recording, Registration

CLUSTER = "azure-native:containerservice:ManagedCluster"
POOL = "azure-native:containerservice:AgentPool"
SUBNET = "azure-native:network:Subnet"
ROLE = "azure-native:authorization:RoleAssignment"
GROUP = "azure-native:compute:CapacityReservationGroup"
RESERVATION = "azure-native:compute:CapacityReservation"
FEATURE = "azure-native:resources:DeploymentAtSubscriptionScope"
LUSTRE = "azure-native:storagecache:AmlFilesystem"
_DRIVERS = {"None": DriverOwner.OPERATOR, "Install": DriverOwner.CLOUD}


class Aks:
    """`tests.harness.clouds.reading.Cloud` for Azure."""

    login: tuple[str, ...] = ("kubelogin",)
    brings = frozenset({"managed-csi", "azurefile-csi"})
    mark = "gpu-clusters-cluster"

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def control_plane(self) -> Registration:
        return self._recording.one(CLUSTER)

    def name(self) -> str:
        return self.control_plane().get("resourceName")

    def nodes(self) -> dict[str, Nodes]:
        cluster = self.control_plane()
        (system,) = cluster.get("agentPoolProfiles")
        pools = {p.get("agentPoolName"): p for p in self._recording.of_type(POOL)}
        return {
            system["name"]: self._nodes(cluster, system),
            **{name: self._nodes(pool, pool.inputs.values) for name, pool in pools.items()},
        }

    def _nodes(self, resource: Registration, shape: Mapping[str, Any]) -> Nodes:
        assert shape["type"] == "VirtualMachineScaleSets"
        machine = accelerators.find("aks", shape["vmSize"])
        assert machine is not None
        profile = shape.get("gpuProfile")
        before = self._recording.before(resource)
        # Without the feature a pool's machines are on several networks (Azure facts Z1).
        joined = any(r.urn in before for r in self._recording.of_type(FEATURE))
        (subnet,) = [s for s in self._recording.of_type(SUBNET) if s.get("subnetName") == "nodes"]
        assert subnet.urn in before
        taints = [taint.partition("=") for taint in shape["nodeTaints"]]
        return Nodes(
            resource=resource,
            labels=shape["nodeLabels"],
            taints=frozenset((key, *rest.rpartition(":")[::2]) for key, _, rest in taints),
            count=shape["count"],
            zones=tuple(shape.get("availabilityZones") or ()),
            reservation=self._reservation(shape),
            driver=_DRIVERS[profile["driver"]] if profile else None,
            # They come with the machine.
            adapters=machine.fabric_nics if joined else 0,
            networks=frozenset(),
            public=bool(shape.get("enableNodePublicIP"))
            or subnet.get("defaultOutboundAccess") is not False,
        )

    def _reservation(self, shape: Mapping[str, Any]) -> str | None:
        used = shape.get("capacityReservationGroupID")
        if used is None:
            return None
        made = {r.get("capacityReservationGroupName"): r for r in self._recording.of_type(GROUP)}
        group = made.get(used.rpartition("/")[2])
        if group is None:
            return used
        (held,) = [
            reservation
            for reservation in self._recording.of_type(RESERVATION)
            if group in made_from(self._recording, reservation, "capacityReservationGroupName")
        ]
        assert held.get("sku") == {"name": shape["vmSize"], "capacity": shape["count"]}
        assert held.get("zones") == group.get("zones") == shape["availabilityZones"]
        return "made by this stack"

    def basis(self, without_gpus: Iterable[str]) -> Urns:
        nodes = self.nodes()
        # With the system pool come DNS, the drivers of disks and their classes.
        system = {name for name in without_gpus if nodes[name].resource.type == CLUSTER}
        return urns(nodes[name].resource for name in system)

    def way_out(self) -> Urns:
        return urns(self._recording.of_type("azure-native:network:NatGateway")) | urns(
            subnet
            for subnet in self._recording.of_type(SUBNET)
            if subnet.get("subnetName") == "nodes" and subnet.get("natGateway")
        )

    def rights(self, pool: str) -> Urns:
        del pool  # AKS works with its identity's roles for every pool
        roles = self._recording.of_type(ROLE)
        return urns([*roles, *self._recording.of_type(RESERVATION)])

    def file_systems(self) -> dict[str, Registration]:
        made = self._recording.of_type(LUSTRE)
        return dict(zip(["azurelustre-static"] * len(made), made, strict=True))

    def goes_with_cluster(self, file_system: Registration) -> bool:
        nodes = self.control_plane().get("nodeResourceGroup")
        assert nodes
        return file_system.get("resourceGroupName") == nodes or bool(file_system.deleted_with)

    def api(self) -> Api:
        ranges = self.control_plane().get("apiServerAccessProfile", "authorizedIPRanges")
        (address,) = self._recording.of_type("azure-native:network:PublicIPAddress")
        depends = self.control_plane().property_dependencies["apiServerAccessProfile"]
        # The mock's NAT gateway; AKS adds its own load balancer's address, and no other.
        own = {"198.51.100.7/32"} if address.urn in depends else set()
        return Api(cidrs=frozenset(set(ranges) - own), nodes=bool(own & set(ranges)))

    def tags(self, resource: Registration) -> Mapping[str, str] | None:
        return marks(resource, "tags")

    def without_identity(self) -> list[str]:
        cluster = self.control_plane()
        wanted = {
            "an OIDC issuer": cluster.get("oidcIssuerProfile", "enabled"),
            "workload identity": cluster.get("securityProfile", "workloadIdentity", "enabled"),
        }
        return [name for name, there in wanted.items() if there is not True]

    def locks(self) -> list[str]:
        return [
            r.urn
            for r in self._recording
            if r.type.endswith(("ManagementLockByScope", "AtResource"))
        ]
