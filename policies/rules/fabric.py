"""The network between GPU nodes."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import (
    EnforcementLevel,
    PolicyResource,
    ReportViolation,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from rules.props import for_each, items, mapping

_IN = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_OUT = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
_GROUP = "aws:ec2/securityGroup:SecurityGroup"


def _both_ways(args: StackValidationArgs, report: ReportViolation) -> None:
    for template in args.resources:
        if template.resource_type != _TEMPLATE or not _uses_efa(template):
            continue
        groups = _groups_of_interfaces(template)
        for token, way in ((_IN, "ingress"), (_OUT, "egress")):
            rules = (rule for rule in args.resources if rule.resource_type == token)
            if not any(_all_to_itself(rule, groups) for rule in rules):
                report(
                    f"the launch template {template.name} has EFA interfaces, but none of their "
                    f"security groups has an {way} rule for all protocols that refers to the "
                    "group itself: EFA traffic is dropped and NCCL hangs",
                    template.urn,
                )


def _uses_efa(template: PolicyResource) -> bool:
    return any(
        str(mapping(interface).get("interfaceType", "")).startswith("efa")
        for interface in items(template.props.get("networkInterfaces"))
    )


def _all_to_itself(rule: PolicyResource, groups: frozenset[str]) -> bool:
    if rule.props.get("ipProtocol") != "-1":
        return False
    own = frozenset(_identities(rule, "securityGroupId"))
    return bool(own & groups & frozenset(_identities(rule, "referencedSecurityGroupId")))


def _groups_of_interfaces(template: PolicyResource) -> frozenset[str]:
    found = set(_made_here(template, "networkInterfaces"))

    def add(_: int, group: object) -> None:
        found.add(str(group))

    for interface in items(template.props.get("networkInterfaces")):
        try:
            for_each(mapping(interface).get("securityGroups"), add)
        except UnknownValueError:
            continue  # a group of this stack: its resource is in `found` already
    return frozenset(found)


def _identities(rule: PolicyResource, prop: str) -> Iterator[str]:
    """Names for the group a property refers to: its resource, and its id once that is known."""
    yield from _made_here(rule, prop)
    try:
        group = rule.props.get(prop)
    except UnknownValueError:
        return
    if group:
        yield str(group)


def _made_here(resource: PolicyResource, prop: str) -> Iterator[str]:
    """URNs of the security groups that a property depends on: known before any id is."""
    for dependency in resource.property_dependencies.get(prop, []):
        if dependency.resource_type == _GROUP:
            yield dependency.urn


efa_group_refers_to_itself = StackValidationPolicy(
    name="efa-group-refers-to-itself",
    description="EFA nodes share a security group that lets everything through to itself.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_both_ways,
)
