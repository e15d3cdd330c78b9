"""What the services add to a resource: arns, endpoints, defaults. Every value here is simulated."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from rehearsal.providers.aws import kinds
from rehearsal.providers.aws.zones import zone_id, zone_name
from rehearsal.providers.values import Json, Props, get, items, mapping, number, text

ACCOUNT = "000000000000"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a resource is made, and with which tags the provider adds."""

    region: str
    default_tags: Props


def digest(*parts: str, length: int = 17) -> str:
    """A stable made-up identifier."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:length]


def arn(service: str, path: str, *, region: str = "") -> str:
    """An arn of the simulated account."""
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{path}"


def endpoint(region: str, cluster: str) -> str:
    """The Kubernetes API address of a simulated EKS cluster."""
    return f"https://{digest(region, cluster, length=32).upper()}.gr7.{region}.eks.amazonaws.com"


def issuer(region: str, cluster: str) -> str:
    """The OIDC issuer of a simulated EKS cluster."""
    return (
        f"https://oidc.eks.{region}.amazonaws.com/id/{digest(region, cluster, length=32).upper()}"
    )


def cluster_group_id(cluster: str) -> str:
    """The security group that EKS makes for a cluster."""
    return f"sg-{digest('cluster group', cluster)}"


def group_name(cluster: str, node_group: str) -> str:
    """The Auto Scaling group that EKS makes for a node group."""
    return f"eks-{node_group}-{digest(cluster, node_group, length=8)}"


def computed(type: str, id: str, inputs: Props, place: Place, *, version: int = 1) -> Props:
    """The outputs of a resource: its inputs and what the service adds."""
    outputs = {key: item for key, item in inputs.items() if key != "__defaults"}
    region = place.region
    if kinds.KINDS[type].tagged:
        outputs["tagsAll"] = {**place.default_tags, **mapping(inputs, "tags")}
    outputs.update(_added(type, id, inputs, region, version))
    if "region" not in outputs and not type.startswith("aws:iam/"):
        outputs["region"] = region
    return outputs


def _added(type: str, id: str, inputs: Props, region: str, version: int) -> Props:
    name = text(inputs, kinds.KINDS[type].name) if kinds.KINDS[type].name else ""
    cluster = text(inputs, "clusterName")
    match type:
        case kinds.VPC:
            return {
                "arn": arn("ec2", f"vpc/{id}", region=region),
                "ownerId": ACCOUNT,
                "defaultSecurityGroupId": f"sg-{digest('default', id)}",
                "mainRouteTableId": f"rtb-{digest('main', id)}",
                "instanceTenancy": text(inputs, "instanceTenancy") or "default",
            }
        case kinds.SUBNET:
            given = text(inputs, "availabilityZoneId")
            named = text(inputs, "availabilityZone") or (given and zone_name(region, given))
            named = named or f"{region}a"
            return {
                "arn": arn("ec2", f"subnet/{id}", region=region),
                "ownerId": ACCOUNT,
                "availabilityZone": named,
                "availabilityZoneId": given or zone_id(region, named),
            }
        case kinds.EIP:
            return {
                "allocationId": id,
                "arn": arn("ec2", f"elastic-ip/{id}", region=region),
                # 192.0.2.0/24 is set aside for documentation (RFC 5737).
                "publicIp": f"192.0.2.{int(digest(id, length=4), 16) % 254 + 1}",
            }
        case kinds.NAT_GATEWAY:
            return {
                "publicIp": "192.0.2.1",
                "networkInterfaceId": f"eni-{digest(id)}",
                "connectivityType": text(inputs, "connectivityType") or "public",
            }
        case kinds.ROUTE:
            return {"origin": "CreateRoute", "state": "active"}
        case kinds.VPC_ENDPOINT:
            return {
                "arn": arn("ec2", f"vpc-endpoint/{id}", region=region),
                "state": "available",
                "vpcEndpointType": text(inputs, "vpcEndpointType") or "Gateway",
            }
        case kinds.INGRESS_RULE | kinds.EGRESS_RULE:
            return {
                "arn": arn("ec2", f"security-group-rule/{id}", region=region),
                "securityGroupRuleId": id,
            }
        case kinds.SECURITY_GROUP_RULE:
            return {"securityGroupRuleId": f"sgr-{digest(id)}"}
        case kinds.SECURITY_GROUP:
            return {
                "arn": arn("ec2", f"security-group/{id}", region=region),
                "ownerId": ACCOUNT,
                "description": text(inputs, "description") or "Managed by Pulumi",
            }
        case kinds.LAUNCH_TEMPLATE:
            return {
                "arn": arn("ec2", f"launch-template/{id}", region=region),
                "latestVersion": version,
                "defaultVersion": version if get(inputs, "updateDefaultVersion") else 1,
            }
        case kinds.PLACEMENT_GROUP:
            return {
                "arn": arn("ec2", f"placement-group/{id}", region=region),
                "placementGroupId": f"pg-{digest(id)}",
            }
        case kinds.CAPACITY_RESERVATION:
            return {
                "arn": arn("ec2", f"capacity-reservation/{id}", region=region),
                "ownerId": ACCOUNT,
            }
        case kinds.ROLE:
            return {
                "arn": arn("iam", f"role{text(inputs, 'path') or '/'}{name}"),
                "uniqueId": f"AROA{digest(name).upper()}",
            }
        case kinds.POLICY:
            return {
                "arn": arn("iam", f"policy{text(inputs, 'path') or '/'}{name}"),
                "policyId": f"ANPA{digest(name).upper()}",
            }
        case kinds.INSTANCE_PROFILE:
            return {"arn": arn("iam", f"instance-profile/{name}"), "uniqueId": digest(name)}
        case kinds.OIDC_PROVIDER:
            url = text(inputs, "url").removeprefix("https://")
            return {"arn": arn("iam", f"oidc-provider/{url}")}
        case kinds.CLUSTER:
            return _cluster(name, inputs, region)
        case kinds.NODE_GROUP:
            group: Json = {"name": group_name(cluster, name)}
            return {
                "arn": arn("eks", f"nodegroup/{cluster}/{name}/{digest(id)}", region=region),
                "status": "ACTIVE",
                "amiType": text(inputs, "amiType") or "AL2023_x86_64_STANDARD",
                "capacityType": text(inputs, "capacityType") or "ON_DEMAND",
                "resources": [{"autoscalingGroups": [group], "remoteAccessSecurityGroupId": ""}],
            }
        case kinds.ADDON:
            addon = text(inputs, "addonName")
            return {
                "arn": arn("eks", f"addon/{cluster}/{addon}/{digest(id)}", region=region),
                "addonVersion": text(inputs, "addonVersion") or "v0.0.0-simulated.1",
            }
        case kinds.POD_IDENTITY:
            return {
                "associationId": id,
                "associationArn": arn(
                    "eks", f"podidentityassociation/{cluster}/{id}", region=region
                ),
            }
        case kinds.ACCESS_ENTRY:
            return {
                "accessEntryArn": arn("eks", f"access-entry/{cluster}/{digest(id)}", region=region),
                "type": text(inputs, "type") or "STANDARD",
            }
        case kinds.LOG_GROUP:
            return {"arn": arn("logs", f"log-group:{name}", region=region)}
        case kinds.SCHEDULE:
            return {"arn": arn("autoscaling", f"scheduledUpdateGroupAction:{name}", region=region)}
        case kinds.LUSTRE:
            return {
                "arn": arn("fsx", f"file-system/{id}", region=region),
                "dnsName": f"{id}.fsx.{region}.amazonaws.com",
                "mountName": digest("mount", id, length=8),
                "networkInterfaceIds": [f"eni-{digest('lustre', id)}"],
                "ownerId": ACCOUNT,
            }
        case kinds.FILE_SYSTEM:
            return {
                "arn": arn("elasticfilesystem", f"file-system/{id}", region=region),
                "dnsName": f"{id}.efs.{region}.amazonaws.com",
                "ownerId": ACCOUNT,
                "performanceMode": text(inputs, "performanceMode") or "generalPurpose",
                "throughputMode": text(inputs, "throughputMode") or "bursting",
            }
        case kinds.MOUNT_TARGET:
            system = text(inputs, "fileSystemId")
            return {
                "dnsName": f"{system}.efs.{region}.amazonaws.com",
                "fileSystemArn": arn("elasticfilesystem", f"file-system/{system}", region=region),
                "networkInterfaceId": f"eni-{digest('mount target', id)}",
                "ownerId": ACCOUNT,
            }
        case kinds.ROUTE_TABLE | kinds.INTERNET_GATEWAY:
            word = "route-table" if type == kinds.ROUTE_TABLE else "internet-gateway"
            return {"arn": arn("ec2", f"{word}/{id}", region=region), "ownerId": ACCOUNT}
        case _:
            return {}


def _cluster(name: str, inputs: Props, region: str) -> Props:
    certificate = base64.b64encode(f"simulated certificate of {name}".encode()).decode()
    return {
        "arn": arn("eks", f"cluster/{name}", region=region),
        "endpoint": endpoint(region, name),
        "status": "ACTIVE",
        "version": text(inputs, "version"),
        "platformVersion": "eks.1",
        "certificateAuthority": {"data": certificate},
        "certificateAuthorities": [{"data": certificate}],
        "identities": [{"oidcs": [{"issuer": issuer(region, name)}]}],
        "vpcConfig": {
            "endpointPrivateAccess": False,
            "endpointPublicAccess": True,
            "publicAccessCidrs": ["0.0.0.0/0"],
            **mapping(inputs, "vpcConfig"),
            "clusterSecurityGroupId": cluster_group_id(name),
        },
        "accessConfig": {
            "authenticationMode": "CONFIG_MAP",
            **mapping(inputs, "accessConfig"),
        },
        "kubernetesNetworkConfig": {
            "ipFamily": "ipv4",
            "serviceIpv4Cidr": "172.20.0.0/16",
            **mapping(inputs, "kubernetesNetworkConfig"),
        },
    }


def handles(outputs: Props) -> frozenset[str]:
    """The names others know a resource by."""
    names = {text(outputs, key) for key in ("arn", "name", "endpoint", "placementGroupId")}
    for resource in items(outputs, "resources"):
        names |= {text(group, "name") for group in items(resource, "autoscalingGroups")}
    return frozenset(names - {""})


def next_version(current: Props) -> int:
    """The version a launch template gets by an update: EC2 counts on."""
    return number(current, "latestVersion") + 1
