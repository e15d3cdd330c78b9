"""The network between GPU nodes."""

from __future__ import annotations

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    StackValidationArgs,
    StackValidationPolicy,
)

_IN = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_OUT = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"


def _both_ways(args: StackValidationArgs, report: ReportViolation) -> None:
    uses_efa = any(
        str(interface.get("interfaceType", "")).startswith("efa")
        for resource in args.resources
        if resource.resource_type == _TEMPLATE
        for interface in resource.props.get("networkInterfaces") or ()
    )
    if not uses_efa:
        return
    for token, way in ((_IN, "ingress"), (_OUT, "egress")):
        rules = [r.props for r in args.resources if r.resource_type == token]
        if not any(_all_to_itself(rule) for rule in rules):
            report(
                f"launch templates have EFA interfaces, but no security group has an {way} rule "
                "for all protocols that refers to the group itself: EFA traffic is dropped and "
                "NCCL hangs"
            )


def _all_to_itself(rule: dict[str, object]) -> bool:
    group = rule.get("securityGroupId")
    return rule.get("ipProtocol") == "-1" and rule.get("referencedSecurityGroupId") == group


efa_group_refers_to_itself = StackValidationPolicy(
    name="efa-group-refers-to-itself",
    description="EFA nodes share a security group that lets everything through to itself.",
    # Group ids are unknown until the first `up`: it cannot be judged before.
    enforcement_level=EnforcementLevel.ADVISORY,
    validate=_both_ways,
)
