"""How Azure Resource Manager and pulumi-azure-native name things: paths, versions, names.

The paths and the API versions are those of pulumi-azure-native 3.29.0 (its documentation says the
version of each resource). How a name is made up is the package's `AutoNamer`: random for what
stands in a resource group or above, the resource's own name for what stands in another resource, a
uuid for role assignments.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass
from typing import Literal

from rehearsal.providers.azure import kinds
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Props, text

# No tenant is asked for in a rehearsal, so there is one of ours.
TENANT = "00000000-0000-0000-0000-0000000000aa"
_PARAMETER = re.compile(r"{(\w+)}")
_SUBSCRIPTION = "/subscriptions/{subscriptionId}"
_GROUP = _SUBSCRIPTION + "/resourceGroups/{resourceGroupName}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """Where resources of a type stand in ARM. `located`: they have a location of their own."""

    path: str
    version: str
    located: bool = True

    @property
    def parameters(self) -> tuple[str, ...]:
        """The properties that make the id, less the subscription; the last is the name."""
        return tuple(p for p in _PARAMETER.findall(self.path) if p != "subscriptionId")

    @property
    def type(self) -> str:
        """ARM's name of the type, such as `Microsoft.Network/virtualNetworks/subnets`."""
        if "/providers/" not in self.path:
            return "Microsoft.Resources/resourceGroups"
        provider, *steps = self.path.rpartition("/providers/")[2].split("/")
        return "/".join((provider, *(step for step in steps if not step.startswith("{"))))

    @property
    def naming(self) -> Literal["random", "copy", "uuid"]:
        """How a name is made up where the program gives none."""
        if self.parameters[-1] == "roleAssignmentName":
            return "uuid"
        inside = self.path.lower().rpartition("microsoft.")[2]
        return "random" if inside == self.path.lower() or inside.count("{") == 1 else "copy"


def _network(path: str, *, located: bool = True) -> Shape:
    full = f"{_GROUP}/providers/Microsoft.Network/{path}"
    return Shape(path=full, version="2024-05-01", located=located)


def _compute(path: str) -> Shape:
    return Shape(path=f"{_GROUP}/providers/Microsoft.Compute/{path}", version="2024-11-01")


def _containers(path: str, *, located: bool = True) -> Shape:
    full = f"{_GROUP}/providers/Microsoft.ContainerService/{path}"
    return Shape(path=full, version="2025-09-01", located=located)


SHAPES: dict[str, Shape] = {
    kinds.RESOURCE_GROUP: Shape(path=_GROUP, version="2024-03-01"),
    kinds.DEPLOYMENT: Shape(
        path=f"{_SUBSCRIPTION}/providers/Microsoft.Resources/deployments/{{deploymentName}}",
        version="2024-03-01",
    ),
    kinds.VIRTUAL_NETWORK: _network("virtualNetworks/{virtualNetworkName}"),
    kinds.SUBNET: _network(
        "virtualNetworks/{virtualNetworkName}/subnets/{subnetName}", located=False
    ),
    kinds.NAT_GATEWAY: _network("natGateways/{natGatewayName}"),
    kinds.PUBLIC_IP: _network("publicIPAddresses/{publicIpAddressName}"),
    kinds.SECURITY_GROUP: _network("networkSecurityGroups/{networkSecurityGroupName}"),
    kinds.IDENTITY: Shape(
        path=f"{_GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{{resourceName}}",
        version="2023-01-31",
    ),
    kinds.ROLE_ASSIGNMENT: Shape(
        path="/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
        version="2022-04-01",
        located=False,
    ),
    kinds.CLUSTER: _containers("managedClusters/{resourceName}"),
    kinds.AGENT_POOL: _containers(
        "managedClusters/{resourceName}/agentPools/{agentPoolName}", located=False
    ),
    kinds.RESERVATION_GROUP: _compute("capacityReservationGroups/{capacityReservationGroupName}"),
    kinds.RESERVATION: _compute(
        "capacityReservationGroups/{capacityReservationGroupName}"
        "/capacityReservations/{capacityReservationName}"
    ),
    kinds.LUSTRE: Shape(
        path=f"{_GROUP}/providers/Microsoft.StorageCache/amlFilesystems/{{amlFilesystemName}}",
        version="2024-03-01",
    ),
    kinds.FEATURE: Shape(
        path=f"{_SUBSCRIPTION}/providers/Microsoft.Features/featureProviders/{{providerNamespace}}"
        "/subscriptionFeatureRegistrations/{featureName}",
        version="2021-07-01",
        located=False,
    ),
}


def subscription(config: Props) -> str:
    """The subscription a provider works in: a rehearsal takes none from its surroundings."""
    found = text(config, "subscriptionId")
    if not found:
        raise Refusal(
            "simulated: the azure-native provider has no subscriptionId, and the rehearsal reads "
            "no ambient one",
            "subscriptionId",
        )
    return found


def tenant(config: Props) -> str:
    """The tenant a provider works in."""
    return text(config, "tenantId") or TENANT


def id_of(type: str, inputs: Props, config: Props) -> str:
    """The ARM id of a resource of `type` that these properties name."""
    known = {"subscriptionId": subscription(config)}
    for parameter in SHAPES[type].parameters:
        known[parameter] = text(inputs, parameter).strip("/")
    return SHAPES[type].path.format_map(known)


def group_of(id: str) -> str:
    """The name of the resource group in an ARM id; empty where it is in none."""
    _, _, after = id.partition("/resourceGroups/")
    return after.partition("/")[0]


def digest(*parts: str, length: int = 8) -> str:
    """A stable made-up identifier."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:length]


def made_up_uuid(*parts: str) -> str:
    """A stable made-up uuid."""
    return str(uuid.UUID(digest(*parts, length=32), version=4))
