"""What Azure adds to a resource. Every value here is simulated."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Final

from rehearsal.providers.azure import kinds
from rehearsal.providers.azure.aks_rules import POD_CIDR, SERVICE_CIDR
from rehearsal.providers.azure.arm import SHAPES, digest, group_of, made_up_uuid, tenant
from rehearsal.providers.azure.network_rules import subnet_prefixes
from rehearsal.providers.standin import Subject
from rehearsal.providers.values import Json, Props, flag, items, mapping, number, text
from rehearsal.providers.world import World

_LUSTRE_VERSION: Final = "2.15.5"


def computed(world: World, subject: Subject, id: str, inputs: Props) -> Props:
    """The outputs of a resource: its inputs less the parts of its id, and what Azure adds."""
    shape = SHAPES[subject.type]
    hidden = set(shape.parameters) - {"scope"}
    outputs = {k: v for k, v in inputs.items() if not k.startswith("__") and k not in hidden}
    outputs |= {
        "name": text(inputs, shape.parameters[-1]),
        "type": shape.type,
        "azureApiVersion": text(inputs, "azureApiVersion") or shape.version,
    }
    return {**outputs, **_added(world, subject, id, inputs)}


def node_group(id: str, inputs: Props) -> str:
    """The resource group AKS makes for the nodes of a cluster."""
    given = text(inputs, "nodeResourceGroup")
    name = f"MC_{group_of(id)}_{text(inputs, 'resourceName')}_{text(inputs, 'location')}"
    return given or name[:80]  # AKS cuts it at 80 characters


def server(outputs: Props) -> str:
    """The address of a cluster's API server, as its kubeconfig has it."""
    return f"https://{text(outputs, 'privateFQDN') or text(outputs, 'fqdn')}:443"


def _added(world: World, subject: Subject, id: str, inputs: Props) -> Props:
    done: Props = {"provisioningState": "Succeeded"}
    match subject.type:
        case kinds.RESOURCE_GROUP | kinds.DEPLOYMENT:
            return {"properties": {**mapping(inputs, "properties"), **done}}
        case kinds.PUBLIC_IP:
            # 198.51.100.0/24 is set aside for documentation (RFC 5737).
            return {**done, "ipAddress": f"198.51.100.{int(digest(id, length=4), 16) % 254 + 1}"}
        case kinds.IDENTITY:
            return {
                "clientId": made_up_uuid(id, "client"),
                "principalId": made_up_uuid(id, "principal"),
                "tenantId": tenant(subject.config),
            }
        case kinds.CLUSTER:
            return {**done, **_cluster(world, subject, id, inputs)}
        case kinds.AGENT_POOL:
            return {
                **done,
                **_pool(inputs),
                "type": text(inputs, "type") or "VirtualMachineScaleSets",
            }
        case kinds.LUSTRE:
            return {**done, **_lustre(world, inputs)}
        case kinds.ROLE_ASSIGNMENT | kinds.RESERVATION_GROUP | kinds.FEATURE:
            return {}
        case _:
            return done


def _pool(inputs: Props) -> Props:
    version = text(inputs, "orchestratorVersion")
    return {
        "powerState": {"code": "Running"},
        "currentOrchestratorVersion": version,
        "nodeImageVersion": "simulated",
    }


def _cluster(world: World, subject: Subject, id: str, inputs: Props) -> Props:
    name, location = text(inputs, "resourceName"), text(inputs, "location")
    host = f"{text(inputs, 'dnsPrefix') or name}-{digest(id)}"
    issuer = f"https://{location}.oic.prod-aks.azure.com/{tenant(subject.config)}/"
    nodes = node_group(id, inputs)
    private = flag(inputs, "apiServerAccessProfile", "enablePrivateCluster")
    outputs: Props = {
        "powerState": {"code": "Running"},
        "fqdn": f"{host}.hcp.{location}.azmk8s.io",
        "azurePortalFQDN": f"{host}.portal.hcp.{location}.azmk8s.io",
        "nodeResourceGroup": nodes,
        "currentKubernetesVersion": text(inputs, "kubernetesVersion"),
        "maxAgentPools": 100,
        "resourceUID": digest(id, "uid", length=24),
        "identity": _identity(world, subject, id, inputs),
        "identityProfile": {
            "kubeletidentity": {
                "resourceId": _in_nodes(id, nodes, f"{name}-agentpool"),
                "clientId": made_up_uuid(id, "kubelet client"),
                "objectId": made_up_uuid(id, "kubelet object"),
                **mapping(inputs, "identityProfile", "kubeletidentity"),
            }
        },
        "networkProfile": {
            "podCidr": POD_CIDR,
            "serviceCidr": SERVICE_CIDR,
            "dnsServiceIP": "10.0.0.10",
            "loadBalancerSku": "standard",
            "outboundType": "loadBalancer",
            **mapping(inputs, "networkProfile"),
        },
        "oidcIssuerProfile": mapping(inputs, "oidcIssuerProfile"),
        "agentPoolProfiles": [
            {**mapping(profile), **_pool(mapping(profile)), "provisioningState": "Succeeded"}
            for profile in items(inputs, "agentPoolProfiles")
        ],
    }
    if private:
        outputs["privateFQDN"] = f"{host}.{digest(id, 'zone')}.privatelink.{location}.azmk8s.io"
    if flag(inputs, "oidcIssuerProfile", "enabled"):
        url = f"{issuer}{made_up_uuid(id, 'issuer')}/"
        outputs["oidcIssuerProfile"] = {"enabled": True, "issuerURL": url}
    return outputs


def _in_nodes(id: str, nodes: str, name: str) -> str:
    subscription = id.partition("/resourceGroups/")[0]
    return (
        f"{subscription}/resourceGroups/{nodes}/providers/Microsoft.ManagedIdentity"
        f"/userAssignedIdentities/{name}"
    )


def _identity(world: World, subject: Subject, id: str, inputs: Props) -> Props:
    given = items(inputs, "identity", "userAssignedIdentities")
    if not given:
        return {
            **mapping(inputs, "identity"),
            "principalId": made_up_uuid(id, "principal"),
            "tenantId": tenant(subject.config),
        }
    known: dict[str, Json] = {}
    for identity in given:
        handle = identity if isinstance(identity, str) else ""
        record = world.find("azure-native", (kinds.IDENTITY,), handle)
        known[handle] = {
            "clientId": text(record.outputs, "clientId") if record else "",
            "principalId": text(record.outputs, "principalId") if record else "",
        }
    return {**mapping(inputs, "identity"), "userAssignedIdentities": known}


def _lustre(world: World, inputs: Props) -> Props:
    subnet = world.find("azure-native", (kinds.SUBNET,), text(inputs, "filesystemSubnet"))
    prefixes = subnet_prefixes(subnet.inputs) if subnet else []
    # The first address of a subnet that is not Azure's own.
    address = str(IPv4Network(prefixes[0])[4]) if prefixes else ""
    speed = text(inputs, "sku", "name").rpartition("-")[2]
    return {
        "clientInfo": {
            "mgsAddress": address,
            "mountCommand": f"mount -t lustre -o noatime,flock {address}@tcp:/lustrefs /lustre",
            "lustreVersion": _LUSTRE_VERSION,
            "containerStorageInterface": {},
        },
        "health": {"state": "Available", "statusCode": "", "statusDescription": "simulated"},
        "throughputProvisionedMBps": number(inputs, "storageCapacityTiB")
        * (int(speed) if speed.isdigit() else 0),
    }
