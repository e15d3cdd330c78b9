"""What a simulated Azure answers: an id and outputs for each type, and the lookups of our program.

Ids are ARM's in shape alone. What Azure would refuse is the rehearsal's business.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import cast

Inputs = Mapping[str, object]
Outputs = dict[str, object]
_Made = tuple[str, Outputs]


def _resource(kind: str, name_key: str, **more: object) -> Callable[[str, str, Inputs], _Made]:
    """A resource whose id ends in its kind and its name: given, or made from the logical one."""

    def make(name: str, digits: str, inputs: Inputs) -> _Made:
        physical = str(inputs.get(name_key) or f"{name}{digits[:8]}")
        group = inputs.get("resourceGroupName", "")
        computed = {
            key: value.format(digits=digits) if isinstance(value, str) else value
            for key, value in more.items()
        }
        return f"/subscriptions/simulated/resourceGroups/{group}/{kind}/{physical}", {
            "name": physical,
            **computed,
        }

    return make


def _cluster(name: str, digits: str, inputs: Inputs) -> _Made:
    """A cluster tells its identities as a map, and takes them as a list."""
    plain = _resource("managedClusters", "resourceName", fqdn="c-{digits}.hcp.eastus.azmk8s.io")
    id_, outputs = plain(name, digits, inputs)
    given = cast("Outputs", inputs["identity"])
    identities = {identity: {} for identity in cast("list[str]", given["userAssignedIdentities"])}
    return id_, {**outputs, "identity": {**given, "userAssignedIdentities": identities}}


AZURE: dict[str, Callable[[str, str, Inputs], _Made]] = {
    "azure-native:resources:ResourceGroup": _resource("resourceGroups", "resourceGroupName"),
    "azure-native:resources:DeploymentAtSubscriptionScope": _resource(
        "deployments", "deploymentName"
    ),
    "azure-native:network:VirtualNetwork": _resource("virtualNetworks", "virtualNetworkName"),
    "azure-native:network:Subnet": _resource("subnets", "subnetName"),
    "azure-native:network:PublicIPAddress": _resource(
        "publicIPAddresses", "publicIpAddressName", ipAddress="198.51.100.7"
    ),
    "azure-native:network:NatGateway": _resource("natGateways", "natGatewayName"),
    "azure-native:managedidentity:UserAssignedIdentity": _resource(
        "userAssignedIdentities", "resourceName", principalId="principal-{digits}"
    ),
    "azure-native:authorization:RoleAssignment": _resource("roleAssignments", "roleAssignmentName"),
    "azure-native:compute:CapacityReservationGroup": _resource(
        "capacityReservationGroups", "capacityReservationGroupName"
    ),
    "azure-native:compute:CapacityReservation": _resource(
        "capacityReservations", "capacityReservationName"
    ),
    "azure-native:containerservice:ManagedCluster": _cluster,
    "azure-native:containerservice:AgentPool": _resource("agentPools", "agentPoolName"),
    "azure-native:storagecache:AmlFilesystem": _resource(
        "amlFilesystems", "amlFilesystemName", clientInfo={"mgsAddress": "10.50.252.4"}
    ),
}
RESHAPED: Mapping[str, tuple[str, ...]] = {
    "azure-native:containerservice:ManagedCluster": ("identity",)
}
"""Properties that come back in another shape than they were given; a preview knows none of them."""
# What `az aks get-credentials --format exec` writes for a cluster with Entra.
KUBELOGIN = {
    "apiVersion": "client.authentication.k8s.io/v1beta1",
    "command": "kubelogin",
    "args": [
        *("get-token", "--environment", "AzurePublicCloud"),
        *("--server-id", "6dae42f8-4368-4678-94ff-3960e28e3630"),
        *("--client-id", "80faf920-1908-4b52-b5ef-a8e7bedfc67a"),
        *("--tenant-id", "22222222-2222-2222-2222-222222222222"),
        *("--login", "devicecode"),
    ],
    "env": None,
    "provideClusterInfo": False,
}


def kubeconfig(user: Mapping[str, object]) -> str:
    """As Azure sends it: base64."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "aks",
        "clusters": [{"name": "aks", "cluster": {"server": "https://aks.simulated:443"}}],
        "contexts": [{"name": "aks", "context": {"cluster": "aks", "user": "clusterUser"}}],
        "users": [{"name": "clusterUser", "user": user}],
    }
    return base64.b64encode(json.dumps(config).encode()).decode()


LOOKUPS: dict[str, Outputs] = {
    "azure-native:containerservice:listManagedClusterUserCredentials": {
        "kubeconfigs": [{"name": "clusterUser", "value": kubeconfig({"exec": KUBELOGIN})}]
    },
    "azure-native:features:getSubscriptionFeatureRegistration": {
        "id": "simulated",
        "properties": {"state": "Registered"},
    },
}
