"""Who can reach what from outside."""

from __future__ import annotations

import ipaddress

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from rules.props import for_each, mapping

_WORLD = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
# EKS opens the endpoint to the world where no list is given.
_DEFAULT = ["0.0.0.0/0"]


def _closed(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if args.resource_type != "aws:eks/cluster:Cluster":
        return
    config = mapping(args.props.get("vpcConfig"))
    if not config.get("endpointPublicAccess", True):
        return
    v4: list[ipaddress.IPv4Network] = []
    v6: list[ipaddress.IPv6Network] = []

    def add(_: int, cidr: object) -> None:
        try:
            network = ipaddress.ip_network(str(cidr), strict=False)
        except ValueError:
            return  # no network at all: EKS refuses it by itself
        if isinstance(network, ipaddress.IPv4Network):
            v4.append(network)
        else:
            v6.append(network)

    unknown: UnknownValueError | None = None
    try:
        for_each(config.get("publicAccessCidrs") or _DEFAULT, add)
    except UnknownValueError as error:
        unknown = error
    # Two halves of the world are the world.
    covered = [*ipaddress.collapse_addresses(v4), *ipaddress.collapse_addresses(v6)]
    world = [str(network) for network in covered if network in _WORLD]
    if world:
        report(
            f"the Kubernetes API is open to {', '.join(world)}; "
            "name your own addresses in cluster.apiAllowedCidrs",
            None,
        )
    elif unknown is not None:
        raise unknown


api_server_closed = ResourceValidationPolicy(
    name="api-server-closed",
    description="The Kubernetes API is not reachable from the whole internet.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_closed,
)
