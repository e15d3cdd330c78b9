"""Who can reach what from outside."""

from __future__ import annotations

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

_WORLD = frozenset({"0.0.0.0/0", "::/0"})


def _closed(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if args.resource_type != "aws:eks/cluster:Cluster":
        return
    config = args.props["vpcConfig"] or {}
    # EKS opens the endpoint to the world where no list is given.
    cidrs = set(config.get("publicAccessCidrs") or _WORLD)
    if config.get("endpointPublicAccess", True) and cidrs & _WORLD:
        report(
            f"the Kubernetes API is open to {', '.join(sorted(cidrs & _WORLD))}; "
            "name your own addresses in cluster.apiAllowedCidrs"
        )


api_server_closed = ResourceValidationPolicy(
    name="api-server-closed",
    description="The Kubernetes API is not reachable from the whole internet.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_closed,
)
