"""What a destroy would leave behind."""

from __future__ import annotations

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from rules.props import for_each, mapping


def _deleted_with_node(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if args.resource_type != "aws:ec2/launchTemplate:LaunchTemplate":
        return

    def judge(index: int, interface: object) -> None:
        # The provider's schema has it as a string.
        if str(mapping(interface).get("deleteOnTermination")).lower() != "true":
            report(
                f"networkInterfaces[{index}] outlives its node and then holds its subnet and "
                "security group; set deleteOnTermination",
                None,
            )

    for_each(args.props.get("networkInterfaces"), judge)


interfaces_go_with_their_node = ResourceValidationPolicy(
    name="interfaces-go-with-their-node",
    description="Network interfaces of a launch template are deleted with their instance.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_deleted_with_node,
)
