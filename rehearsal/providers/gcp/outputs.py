"""What the services add to a resource: links, addresses, defaults. Every value is simulated."""

from __future__ import annotations

import base64
import hashlib
import ipaddress

from rehearsal.providers.gcp import kinds, machines
from rehearsal.providers.gcp.paths import Place, last
from rehearsal.providers.values import Json, Props, get, items, mapping, text, texts

PROJECT_NUMBER = "000000000000"
_COMPUTE = "https://www.googleapis.com/compute/v1/"
_CONTAINER = "https://container.googleapis.com/v1/"
_REGIONAL = frozenset(
    {kinds.SUBNETWORK, kinds.ROUTER, kinds.ROUTER_NAT, kinds.ADDRESS, kinds.RESOURCE_POLICY}
)
_LINKED = _REGIONAL - {kinds.ROUTER_NAT} | {
    kinds.NETWORK,
    kinds.FIREWALL,
    kinds.FIREWALL_POLICY,
    kinds.GLOBAL_ADDRESS,
    kinds.RESERVATION,
}
_LOCATED = frozenset({kinds.CLUSTER, kinds.NODE_POOL, kinds.LUSTRE, kinds.FILESTORE})


def digest(*parts: str, length: int = 16) -> str:
    """A stable made-up identifier."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:length]


def address(*parts: str) -> str:
    """A stable made-up address out of 198.18.0.0/15, which is set aside for tests (RFC 2544)."""
    block = ipaddress.IPv4Network("198.18.0.0/15")
    return str(block[int(digest(*parts, length=8), 16) % (block.num_addresses - 2) + 1])


def servers(cluster: Props) -> tuple[str, ...]:
    """Where the API server of a cluster with these outputs answers: by address and by name."""
    name = text(cluster, "controlPlaneEndpointsConfig", "dnsEndpointConfig", "endpoint")
    return f"https://{text(cluster, 'endpoint')}", f"https://{name}"


def computed(
    type: str, id: str, inputs: Props, where: Place, default_labels: Props, version: str
) -> Props:
    """The outputs of a resource: its inputs and what the service adds.

    `version` is the control plane's, for a node pool that names none.
    """
    outputs = {key: item for key, item in inputs.items() if key != "__defaults"}
    if type not in (kinds.ACCOUNT_MEMBER, kinds.CONNECTION):
        outputs["project"] = where.project
    if type in _REGIONAL:
        outputs["region"] = where.region
    if type in _LOCATED:
        outputs["location"] = where.location
    if type in kinds.LABELS:
        labels: Props = {**default_labels, **mapping(inputs, kinds.LABELS[type])}
        outputs["pulumiLabels"] = labels
        outputs["effectiveLabels"] = {**labels, "goog-pulumi-provisioned": "true"}
    if type in _LINKED:
        outputs["selfLink"] = _COMPUTE + id
    outputs.update(_added(type, id, inputs, where, version))
    return outputs


def _added(type: str, id: str, inputs: Props, where: Place, version: str) -> Props:
    match type:
        case kinds.NETWORK:
            number = str(int(digest(id), 16))
            return {
                "numericId": number,
                "networkId": number,
                "mtu": get(inputs, "mtu") or (8896 if text(inputs, "networkProfile") else 1460),
                "routingMode": text(inputs, "routingMode") or "REGIONAL",
                "autoCreateSubnetworks": get(inputs, "autoCreateSubnetworks") is not False,
            }
        case kinds.SUBNETWORK:
            return {
                "gatewayAddress": _gateway(text(inputs, "ipCidrRange")),
                "fingerprint": digest(id),
                "stackType": text(inputs, "stackType") or "IPV4_ONLY",
                "purpose": text(inputs, "purpose") or "PRIVATE",
            }
        case kinds.FIREWALL_POLICY:
            return {
                "networkFirewallPolicyId": str(int(digest(id), 16)),
                "selfLinkWithId": _COMPUTE + id,
                "fingerprint": digest(id),
                "ruleTupleCount": 0,
            }
        case kinds.FIREWALL_POLICY_RULE:
            return {"kind": "compute#firewallPolicyRule", "ruleTupleCount": 1}
        case kinds.FIREWALL_POLICY_ASSOCIATION:
            return {"shortName": last(text(inputs, "firewallPolicy"))}
        case kinds.GLOBAL_ADDRESS | kinds.ADDRESS:
            return {
                "address": text(inputs, "address") or _reserved(id, get(inputs, "prefixLength")),
                "addressType": text(inputs, "addressType") or "EXTERNAL",
                "labelFingerprint": digest(id),
            }
        case kinds.RESERVATION:
            return {"status": "READY", "kind": "compute#reservation", "zone": where.zone}
        case kinds.CONNECTION:
            return {"peering": "servicenetworking-googleapis-com"}
        case kinds.CLUSTER:
            return _cluster(id, inputs, where)
        case kinds.NODE_POOL:
            return _node_pool(id, inputs, where, version)
        case kinds.ACCOUNT:
            email = last(id)
            return {
                "name": id,
                "email": email,
                "member": f"serviceAccount:{email}",
                "uniqueId": str(int(digest(id), 16)),
            }
        case kinds.ACCOUNT_MEMBER | kinds.PROJECT_MEMBER:
            return {"etag": digest(id)}
        case kinds.LUSTRE:
            return {
                "name": id,
                "mountPoint": f"{address(id)}@tcp:/{text(inputs, 'filesystem')}",
                "state": "ACTIVE",
                "uid": digest(id),
            }
        case kinds.FILESTORE:
            networks: list[Json] = [
                {
                    "connectMode": "DIRECT_PEERING",
                    **(network if isinstance(network, dict) else {}),
                    "ipAddresses": [address(id)],
                }
                for network in items(inputs, "networks")
            ]
            return {
                "networks": networks,
                "protocol": text(inputs, "protocol") or "NFS_V3",
                "etag": digest(id),
            }
        case _:
            return {}


def _cluster(id: str, inputs: Props, where: Place) -> Props:
    certificate = base64.b64encode(f"simulated certificate of {id}".encode()).decode()
    version = machines.resolved(text(inputs, "minMasterVersion"))
    name = f"gke-{digest(id, length=32)}-{PROJECT_NUMBER}.{where.region}.gke.goog"
    dns: Props = {
        "allowExternalTraffic": False,
        **mapping(inputs, "controlPlaneEndpointsConfig", "dnsEndpointConfig"),
        "endpoint": name,
    }
    private: Props = {
        **mapping(inputs, "privateClusterConfig"),
        "privateEndpoint": address(id, "private"),
        "publicEndpoint": address(id),
    }
    hidden = get(private, "enablePrivateEndpoint") is True
    return {
        "endpoint": address(id, "private") if hidden else address(id),
        "selfLink": _CONTAINER + id,
        "masterVersion": version,
        "nodeVersion": text(inputs, "nodeVersion") or version,
        "masterAuth": {**mapping(inputs, "masterAuth"), "clusterCaCertificate": certificate},
        "deletionProtection": get(inputs, "deletionProtection") is not False,
        "labelFingerprint": digest(id),
        "networkingMode": text(inputs, "networkingMode") or "VPC_NATIVE",
        "datapathProvider": text(inputs, "datapathProvider") or "LEGACY_DATAPATH",
        "enableShieldedNodes": get(inputs, "enableShieldedNodes") is not False,
        "privateClusterConfig": private,
        "controlPlaneEndpointsConfig": {
            "ipEndpointsConfig": {"enabled": True},
            **mapping(inputs, "controlPlaneEndpointsConfig"),
            "dnsEndpointConfig": dns,
        },
    }


def _node_pool(id: str, inputs: Props, where: Place, version: str) -> Props:
    zones = texts(inputs, "nodeLocations") or [where.location]
    managers: list[Json] = [
        f"{_COMPUTE}projects/{where.project}/zones/{zone}/instanceGroupManagers/"
        f"gke-{last(text(inputs, 'cluster'))}-{last(id)}-{digest(id, zone, length=8)}-grp"
        for zone in zones
    ]
    return {
        "version": text(inputs, "version") or version,
        "nodeLocations": get(inputs, "nodeLocations") or [where.location],
        "instanceGroupUrls": managers,
        "managedInstanceGroupUrls": managers,
    }


def _reserved(id: str, prefix_length: Json) -> str:
    """An address, or the first of a range."""
    if not isinstance(prefix_length, int):
        return address(id)
    return str(ipaddress.ip_interface(f"{address(id)}/{prefix_length}").network.network_address)


def _gateway(block: str) -> str:
    try:
        return str(ipaddress.ip_network(block)[1])
    except (ValueError, IndexError):
        return ""  # not known at preview; a bad block is refused when it is made
