"""A policy's check, put together from checks of single kinds of resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pulumi_policy import ReportViolation, ResourceValidationArgs

from rules.props import Props

Say = Callable[[str], None]
Check = Callable[[Props, Say], None]


def by_type(
    checks: Mapping[str, Check],
) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    """Judge each resource by its type; other types are none of the policy's business."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        check = checks.get(args.resource_type)
        if check is not None:
            check(args.props, lambda message: report(message, None))

    return validate
