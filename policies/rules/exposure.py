"""Who can reach what from outside."""

from __future__ import annotations

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from rules.addresses import world
from rules.pools import AKS_CLUSTER, AKS_POOL, EKS_TEMPLATE, GKE_CLUSTER, GKE_POOL
from rules.props import Props, every, for_each, items, mapping, yes

_EKS_CLUSTER = "aws:eks/cluster:Cluster"
# EKS opens the endpoint to the world where no list is given.
_EVERYBODY = ["0.0.0.0/0"]


def _api_closed(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """EKS API, VpcConfigRequest; AKS, authorized IP ranges; GKE, authorized networks.

    All three clouds open it to the world where nothing is said.
    """

    def judge(cidrs: object) -> None:
        found = world(cidrs)
        if found:
            report(
                f"the Kubernetes API is open to {', '.join(found)}; "
                "name your own addresses in cluster.apiAllowedCidrs",
                None,
            )

    match args.resource_type:
        case str(kind) if kind == _EKS_CLUSTER:
            config = mapping(args.props.get("vpcConfig"))
            if config.get("endpointPublicAccess", True):
                judge(config.get("publicAccessCidrs") or _EVERYBODY)
        case str(kind) if kind == AKS_CLUSTER:
            profile = mapping(args.props.get("apiServerAccessProfile"))
            if not profile.get("enablePrivateCluster"):
                judge(profile.get("authorizedIPRanges") or _EVERYBODY)
        case str(kind) if kind == GKE_CLUSTER:
            every(
                lambda: _gke_ip_endpoint(args.props, judge),
                lambda: _gke_other_ways(args.props, report),
            )
        case _:
            return


def _gke_ip_endpoint(props: Props, judge: _Judge) -> None:
    endpoints = mapping(props.get("controlPlaneEndpointsConfig"))
    by_ip = mapping(endpoints.get("ipEndpointsConfig"))
    private = mapping(props.get("privateClusterConfig"))
    if private.get("enablePrivateEndpoint") or by_ip.get("enabled") is False:
        return
    networks = props.get("masterAuthorizedNetworksConfig")
    # With a block and no list in it nobody outside may; without a block everybody may.
    judge(_EVERYBODY if networks is None else mapping(networks).get("cidrBlocks"))


def _gke_other_ways(props: Props, report: ReportViolation) -> None:
    networks = mapping(props.get("masterAuthorizedNetworksConfig"))
    if networks.get("gcpPublicCidrsAccessEnabled"):
        report(
            "the Kubernetes API is open to every machine in Google Cloud, whoever rents it; "
            "set gcpPublicCidrsAccessEnabled to false",
            None,
        )
    endpoints = mapping(props.get("controlPlaneEndpointsConfig"))
    if mapping(endpoints.get("dnsEndpointConfig")).get("allowExternalTraffic"):
        report(
            "the Kubernetes API's DNS endpoint has no list of addresses and takes traffic from "
            "outside; set allowExternalTraffic to false",
            None,
        )


api_server_closed = ResourceValidationPolicy(
    name="api-server-closed",
    description="The Kubernetes API is not reachable from the whole internet.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_api_closed,
)


def _no_world(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """CIS benchmarks of AWS (5.2), Azure (6.1) and Google Cloud (3.6): no ingress from anywhere.

    A load balancer in front of a model is ingress too: whoever finds it uses the GPUs.
    """
    for_each(
        [{"where": where, "cidrs": cidrs} for where, cidrs in _ways_in(args)],
        lambda _, way: _judge_way(mapping(way), report),
    )


def _judge_way(way: Props, report: ReportViolation) -> None:
    found = world(way["cidrs"])
    if found:
        report(f"{way['where']} lets {', '.join(found)} in; name who may", None)
