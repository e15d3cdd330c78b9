"""Who can reach the Kubernetes API, nodes and services."""

from __future__ import annotations

import pytest
from pulumi_policy.proxy import UnknownValueError

from tests.harness.policies import Cases, Props, Subject, judged, table, violations
from tests.harness.values import UNKNOWN

NAME = "api-server-closed"
CLUSTER = "aws:eks/cluster:Cluster"
AKS = "azure-native:containerservice:ManagedCluster"
AKS_POOL = "azure-native:containerservice:AgentPool"
GKE = "gcp:container/cluster:Cluster"
GKE_POOL = "gcp:container/nodePool:NodePool"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
AZURE_RULE = "azure-native:network:SecurityRule"
AZURE_GROUP = "azure-native:network:NetworkSecurityGroup"
FIREWALL = "gcp:compute/firewall:Firewall"
SERVICE = "kubernetes:core/v1:Service"
MINE = "203.0.113.0/24"
HALVES = ["0.0.0.0/1", "128.0.0.0/1"]


def eks(**config: object) -> list[str]:
    return judged(NAME, CLUSTER, {"vpcConfig": config})


@pytest.mark.parametrize(
    "config",
    [
        {"publicAccessCidrs": ["203.0.113.0/24"]},
        {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24", "2001:db8::/32"]},
        {"endpointPublicAccess": False},
        {"endpointPublicAccess": False, "publicAccessCidrs": ["0.0.0.0/0"]},
        {"endpointPublicAccess": False, "publicAccessCidrs": UNKNOWN},
    ],
)
def test_closed(config: dict[str, object]) -> None:
    assert eks(**config) == []


@pytest.mark.parametrize(
    ("config", "world"),
    [
        ({"publicAccessCidrs": ["0.0.0.0/0"]}, "0.0.0.0/0"),
        ({"publicAccessCidrs": ["203.0.113.0/24", "::/0"]}, "::/0"),
        ({"endpointPublicAccess": True}, "0.0.0.0/0"),
        ({"publicAccessCidrs": []}, "0.0.0.0/0"),
        ({}, "0.0.0.0/0"),
        # Two halves, and the same with host bits.
        ({"publicAccessCidrs": ["0.0.0.0/1", "128.0.0.0/1"]}, "0.0.0.0/0"),
        ({"publicAccessCidrs": ["198.51.100.7/0"]}, "0.0.0.0/0"),
        # One unknown address does not hide the world.
        ({"publicAccessCidrs": [UNKNOWN, "0.0.0.0/0"]}, "0.0.0.0/0"),
    ],
)
def test_open(config: dict[str, object], world: str) -> None:
    assert eks(**config) == [
        f"the Kubernetes API is open to {world}; name your own addresses in cluster.apiAllowedCidrs"
    ]


@pytest.mark.parametrize(
    "config",
    [
        {"publicAccessCidrs": UNKNOWN},
        {"publicAccessCidrs": ["203.0.113.0/24", UNKNOWN]},
        {"endpointPublicAccess": UNKNOWN, "publicAccessCidrs": ["203.0.113.0/24"]},
    ],
)
def test_an_eks_api_that_is_unknown_is_left_to_the_engine(config: dict[str, object]) -> None:
    with pytest.raises(UnknownValueError):
        eks(**config)


def test_a_cluster_without_a_network_block_is_open() -> None:
    assert len(violations(NAME, Subject(type=CLUSTER))) == 1


def test_what_is_no_network_is_left_to_eks() -> None:
    assert eks(publicAccessCidrs=["203.0.113.0/24", "mine"]) == []


def test_other_resources_are_none_of_its_business() -> None:
    props = {"vpcConfig": {"publicAccessCidrs": ["0.0.0.0/0"]}}
    assert violations(NAME, Subject(type="aws:ec2/vpc:Vpc", props=props)) == []


def aks(ranges: object, **profile: object) -> Props:
    return {"apiServerAccessProfile": {"authorizedIPRanges": ranges, **profile}}


def gke(*cidrs: object, **networks: object) -> Props:
    blocks = [{"cidrBlock": cidr} for cidr in cidrs]
    return {"masterAuthorizedNetworksConfig": {"cidrBlocks": blocks, **networks}}


def endpoints(**kinds: Props) -> Props:
    return {**gke(MINE), "controlPlaneEndpointsConfig": kinds}


def azure(**rule: object) -> Props:
    return {"access": "Allow", "direction": "Inbound", **rule}


def firewall(**props: object) -> Props:
    return {"allows": [{"protocol": "tcp"}], **props}


def load_balancer(annotations: Props | None = None, **spec: object) -> Props:
    metadata = {"annotations": annotations or {}}
    return {"metadata": metadata, "spec": {"type": "LoadBalancer", **spec}}


CASES = {
    NAME: Cases(
        clean=[
            (AKS, aks([MINE])),
            (AKS, aks([], enablePrivateCluster=True)),
            (GKE, gke(MINE)),
            (GKE, gke()),  # a block without a list lets nobody in
            (GKE, gke(MINE, gcpPublicCidrsAccessEnabled=False)),
            (GKE, {"privateClusterConfig": {"enablePrivateEndpoint": True}}),
            (GKE, {"controlPlaneEndpointsConfig": {"ipEndpointsConfig": {"enabled": False}}}),
            (GKE, endpoints(dnsEndpointConfig={"allowExternalTraffic": False})),
        ],
        violating=[
            (AKS, {}),
            (AKS, aks([])),
            (AKS, aks(["0.0.0.0/0"])),
            (AKS, aks(HALVES)),
            (AKS, aks([UNKNOWN, *HALVES])),
            (GKE, {}),
            (GKE, gke("0.0.0.0/0")),
            (GKE, gke(*HALVES)),
            (GKE, gke(MINE, gcpPublicCidrsAccessEnabled=True)),
            (GKE, endpoints(dnsEndpointConfig={"allowExternalTraffic": True})),
        ],
        unknown=[
            (AKS, aks([MINE, UNKNOWN])),
            (AKS, aks([MINE], enablePrivateCluster=UNKNOWN)),
            (GKE, gke(MINE, UNKNOWN)),
            (GKE, gke(MINE, gcpPublicCidrsAccessEnabled=UNKNOWN)),
        ],
    ),
    "no-ingress-from-the-world": Cases(
        clean=[
            (RULE, {"cidrIpv4": MINE}),
            (RULE, {"referencedSecurityGroupId": UNKNOWN}),
            (OLD_RULE, {"type": "egress", "cidrBlocks": ["0.0.0.0/0"]}),
            (OLD_RULE, {"type": "ingress", "cidrBlocks": [MINE]}),
            (GROUP, {"egress": [{"cidrBlocks": ["0.0.0.0/0"]}]}),
            (GROUP, {"ingress": [{"cidrBlocks": [MINE], "self": True}]}),
            (AZURE_RULE, azure(sourceAddressPrefix="VirtualNetwork")),
            (AZURE_RULE, azure(sourceAddressPrefix="*", access="Deny")),
            (AZURE_RULE, azure(sourceAddressPrefix="*", direction="Outbound")),
            (AZURE_GROUP, {"securityRules": [azure(sourceAddressPrefixes=[MINE])]}),
            (FIREWALL, firewall(sourceRanges=[MINE])),
            (FIREWALL, firewall(sourceTags=["bastion"])),
            (FIREWALL, firewall(direction="EGRESS")),
            (FIREWALL, {"denies": [{"protocol": "all"}]}),
            (SERVICE, {"spec": {"type": "ClusterIP"}}),
            (SERVICE, load_balancer(loadBalancerSourceRanges=[MINE])),
            (SERVICE, load_balancer({"networking.gke.io/load-balancer-type": "Internal"})),
        ],
        violating=[
            (RULE, {"cidrIpv4": "0.0.0.0/0"}),
            (RULE, {"cidrIpv6": "::/0"}),
            (OLD_RULE, {"type": "ingress", "cidrBlocks": HALVES}),
            (OLD_RULE, {"type": "ingress", "ipv6CidrBlocks": ["::/0"]}),
            (GROUP, {"ingress": [{"cidrBlocks": [MINE]}, {"cidrBlocks": ["0.0.0.0/0"]}]}),
            (DEFAULT_GROUP, {"ingress": [{"cidrBlocks": HALVES}]}),
            (AZURE_RULE, azure(sourceAddressPrefix="*")),
            (AZURE_RULE, azure(sourceAddressPrefix="Internet")),
            (AZURE_RULE, azure(sourceAddressPrefixes=HALVES)),
            (AZURE_GROUP, {"securityRules": [azure(sourceAddressPrefix="0.0.0.0/0")]}),
            (FIREWALL, firewall(sourceRanges=["0.0.0.0/0"])),
            (FIREWALL, firewall()),
            (SERVICE, load_balancer()),
            (SERVICE, load_balancer(loadBalancerSourceRanges=["0.0.0.0/0"])),
            (SERVICE, load_balancer({"networking.gke.io/load-balancer-type": "External"})),
        ],
        unknown=[
            (RULE, {"cidrIpv4": UNKNOWN}),
            (GROUP, {"ingress": UNKNOWN}),
            (AZURE_RULE, azure(sourceAddressPrefix=UNKNOWN)),
            (FIREWALL, firewall(sourceRanges=[UNKNOWN])),
            (SERVICE, load_balancer(loadBalancerSourceRanges=UNKNOWN)),
        ],
    ),
    "nodes-have-no-public-address": Cases(
        clean=[
            (TEMPLATE, {}),
            (TEMPLATE, {"networkInterfaces": [{"associatePublicIpAddress": "false"}, {}]}),
            ("aws:ec2/subnet:Subnet", {"mapPublicIpOnLaunch": False}),
            (AKS_POOL, {}),
            (AKS, {"agentPoolProfiles": [{"name": "system"}]}),
            (GKE, {"privateClusterConfig": {"enablePrivateNodes": True}}),
            (GKE_POOL, {}),
            (GKE_POOL, {"networkConfig": {"enablePrivateNodes": True}}),
        ],
        violating=[
            (TEMPLATE, {"networkInterfaces": [{}, {"associatePublicIpAddress": "true"}]}),
            ("aws:ec2/subnet:Subnet", {"mapPublicIpOnLaunch": True}),
            (AKS_POOL, {"enableNodePublicIP": True}),
            (AKS, {"agentPoolProfiles": [{"name": "system", "enableNodePublicIP": True}]}),
            (GKE, {}),
            (GKE_POOL, {"networkConfig": {"enablePrivateNodes": False}}),
        ],
        unknown=[
            (TEMPLATE, {"networkInterfaces": [{"associatePublicIpAddress": UNKNOWN}]}),
            (AKS_POOL, {"enableNodePublicIP": UNKNOWN}),
            (GKE, {"privateClusterConfig": UNKNOWN}),
            (GKE_POOL, {"networkConfig": {"enablePrivateNodes": UNKNOWN}}),
        ],
    ),
}


@table(CASES, "clean")
def test_clean(name: str, type_: str, props: Props) -> None:
    assert judged(name, type_, props) == []


@table(CASES, "violating")
def test_violating(name: str, type_: str, props: Props) -> None:
    assert len(judged(name, type_, props)) == 1


@table(CASES, "unknown")
def test_what_is_unknown_is_left_to_the_engine(name: str, type_: str, props: Props) -> None:
    with pytest.raises(UnknownValueError):
        judged(name, type_, props)
