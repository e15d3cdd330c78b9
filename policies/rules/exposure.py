"""Who can reach what from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from rules.addresses import world
from rules.checks import Say, by_type
from rules.pools import AKS_CLUSTER, AKS_POOL, EKS_TEMPLATE, GKE_CLUSTER, GKE_POOL
from rules.props import Props, every, for_each, items, mapping, yes

_EVERYBODY = ["0.0.0.0/0"]

Judge = Callable[[str, object], None]
"""Is told a way in, in words, and the addresses that may take it."""


def _check(
    ways: Mapping[str, Callable[[Props, Judge], None]], message: str
) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    """A policy's check, from the ways in of each kind of resource."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        def judge(way: str, addresses: object) -> None:
            found = world(addresses)
            if found:
                report(message.format(way=way, world=", ".join(found)), None)

        look = ways.get(args.resource_type)
        if look is not None:
            look(args.props, judge)

    return validate


# The Kubernetes API. All three clouds open it to the world where nothing is said (EKS API,
# VpcConfigRequest; AKS, "API server authorized IP ranges"; GKE, "Customize network isolation").


def _eks_api(props: Props, judge: Judge) -> None:
    config = mapping(props.get("vpcConfig"))
    if config.get("endpointPublicAccess", True):
        judge("the Kubernetes API", config.get("publicAccessCidrs") or _EVERYBODY)


def _aks_api(props: Props, judge: Judge) -> None:
    profile = mapping(props.get("apiServerAccessProfile"))
    if not profile.get("enablePrivateCluster"):
        judge("the Kubernetes API", profile.get("authorizedIPRanges") or _EVERYBODY)


def _gke_api(props: Props, judge: Judge) -> None:
    networks = props.get("masterAuthorizedNetworksConfig")
    endpoints = mapping(props.get("controlPlaneEndpointsConfig"))

    def by_address() -> None:
        switched_off = mapping(endpoints.get("ipEndpointsConfig")).get("enabled") is False
        private = mapping(props.get("privateClusterConfig")).get("enablePrivateEndpoint")
        if not switched_off and not private:
            # A block without a list lets nobody in.
            listed = _EVERYBODY if networks is None else mapping(networks).get("cidrBlocks")
            judge("the Kubernetes API", listed)

    def from_google() -> None:
        # Every machine that anybody rents there.
        if mapping(networks).get("gcpPublicCidrsAccessEnabled"):
            judge(
                "the Kubernetes API, for all of Google Cloud (gcpPublicCidrsAccessEnabled),",
                _EVERYBODY,
            )

    def by_name() -> None:
        # This endpoint knows no list of addresses.
        if mapping(endpoints.get("dnsEndpointConfig")).get("allowExternalTraffic"):
            judge("the Kubernetes API, by its DNS endpoint (allowExternalTraffic),", _EVERYBODY)

    every(by_address, from_google, by_name)


api_server_closed = ResourceValidationPolicy(
    name="api-server-closed",
    description="The Kubernetes API is not reachable from the whole internet.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_check(
        {
            "aws:eks/cluster:Cluster": _eks_api,
            AKS_CLUSTER: _aks_api,
            GKE_CLUSTER: _gke_api,
        },
        "{way} is open to {world}; name your own addresses in cluster.apiAllowedCidrs",
    ),
)


# Ingress. A load balancer in front of a model is ingress too. Where a rule names nobody: EC2 needs
# a source, Azure matches none, Google Cloud takes everybody (Firewall, sourceRanges).


def _rule(props: Props, judge: Judge) -> None:
    every(
        lambda: judge("the rule", [props.get("cidrIpv4")]),
        lambda: judge("the rule", [props.get("cidrIpv6")]),
    )


def _old_rule(props: Props, judge: Judge) -> None:
    if props.get("type") == "ingress":
        every(
            lambda: judge("the rule", props.get("cidrBlocks")),
            lambda: judge("the rule", props.get("ipv6CidrBlocks")),
        )


def _group(props: Props, judge: Judge) -> None:
    def one(index: int, rule: object) -> None:
        every(
            lambda: judge(f"ingress[{index}]", mapping(rule).get("cidrBlocks")),
            lambda: judge(f"ingress[{index}]", mapping(rule).get("ipv6CidrBlocks")),
        )

    for_each(props.get("ingress"), one)


def _azure_rule(props: Props, judge: Judge, way: str = "the rule") -> None:
    if props.get("access") == "Allow" and props.get("direction") == "Inbound":
        every(
            lambda: judge(way, [props.get("sourceAddressPrefix")]),
            lambda: judge(way, props.get("sourceAddressPrefixes")),
        )


def _azure_group(props: Props, judge: Judge) -> None:
    for_each(
        props.get("securityRules"),
        lambda index, rule: _azure_rule(mapping(rule), judge, f"securityRules[{index}]"),
    )


def _firewall(props: Props, judge: Judge) -> None:
    if str(props.get("direction") or "INGRESS") != "INGRESS" or not items(props.get("allows")):
        return
    sources = items(props.get("sourceRanges"))
    others = items(props.get("sourceTags")) or items(props.get("sourceServiceAccounts"))
    judge("the firewall rule", sources or ([] if others else _EVERYBODY))


# Annotations that keep a load balancer inside: AWS's two controllers, AKS, GKE.
_INTERNAL = {
    "service.beta.kubernetes.io/aws-load-balancer-internal": ("true",),
    "service.beta.kubernetes.io/aws-load-balancer-scheme": ("internal",),
    "service.beta.kubernetes.io/azure-load-balancer-internal": ("true",),
    "networking.gke.io/load-balancer-type": ("Internal",),
    "cloud.google.com/load-balancer-type": ("Internal",),
}


def _service(props: Props, judge: Judge) -> None:
    spec = mapping(props.get("spec"))
    if spec.get("type") != "LoadBalancer":
        return
    annotations = mapping(mapping(props.get("metadata")).get("annotations"))
    if not any(annotations.get(key) in values for key, values in _INTERNAL.items()):
        judge("the load balancer", spec.get("loadBalancerSourceRanges") or _EVERYBODY)


no_ingress_from_the_world = ResourceValidationPolicy(
    name="no-ingress-from-the-world",
    description="No rule, and no load balancer of a Service, lets the whole internet in.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_check(
        {
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _rule,
            "aws:ec2/securityGroupRule:SecurityGroupRule": _old_rule,
            "aws:ec2/securityGroup:SecurityGroup": _group,
            "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _group,
            "azure-native:network:SecurityRule": _azure_rule,
            "azure-native:network:NetworkSecurityGroup": _azure_group,
            "gcp:compute/firewall:Firewall": _firewall,
            "kubernetes:core/v1:Service": _service,
        },
        "{way} lets {world} in: whoever finds it may use what it leads to; name who may",
    ),
)


# Public addresses. Nodes need none: they reach out through NAT (EKS best practices, subnets; AKS,
# "Node public IPs"; GKE, "Harden your cluster"). EC2 refuses one besides for machines with several
# interfaces, and the nodes never join (EC2 User Guide, EFA).


def _template(props: Props, say: Say) -> None:
    def interface(index: int, value: object) -> None:
        if yes(mapping(value).get("associatePublicIpAddress")):
            say(f"networkInterfaces[{index}] gives each node a public address")

    for_each(props.get("networkInterfaces"), interface)


def _subnet(props: Props, say: Say) -> None:
    if props.get("mapPublicIpOnLaunch"):
        say("machines in the subnet get public addresses; drop mapPublicIpOnLaunch")


def _aks_pool(props: Props, say: Say) -> None:
    if props.get("enableNodePublicIP"):
        name = props.get("name") or props.get("agentPoolName")
        say(f"pool {name} gives each node a public address; drop enableNodePublicIP")


def _aks_cluster(props: Props, say: Say) -> None:
    for_each(props.get("agentPoolProfiles"), lambda _, pool: _aks_pool(mapping(pool), say))


def _gke_cluster(props: Props, say: Say) -> None:
    if not mapping(props.get("privateClusterConfig")).get("enablePrivateNodes"):
        say(
            "nodes get public addresses where their pool does not say otherwise; set "
            "privateClusterConfig.enablePrivateNodes"
        )


def _gke_pool(props: Props, say: Say) -> None:
    if mapping(props.get("networkConfig")).get("enablePrivateNodes") is False:
        say("nodes of the pool get public addresses; drop enablePrivateNodes: false")


nodes_have_no_public_address = ResourceValidationPolicy(
    name="nodes-have-no-public-address",
    description="Nodes have private addresses only; they reach out through NAT.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=by_type(
        {
            EKS_TEMPLATE: _template,
            "aws:ec2/subnet:Subnet": _subnet,
            AKS_POOL: _aks_pool,
            AKS_CLUSTER: _aks_cluster,
            GKE_CLUSTER: _gke_cluster,
            GKE_POOL: _gke_pool,
        }
    ),
)
