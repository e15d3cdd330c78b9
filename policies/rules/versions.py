"""What may change under a running stack without anybody having changed it."""

from __future__ import annotations

import re

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from rules.checks import Say, by_type
from rules.pods import RELEASE, Part, parts
from rules.props import Props, every

_EXACT = re.compile(r"v?\d+\.\d+\.\d+([-+][\w.+-]+)?")
_LOCAL = re.compile(r"\.{0,2}/|.*\.tgz$")

# Peers' complaints 37 and 39: a chart's next release moves driver, operator and CRDs at once. Helm
# takes the newest where no version is named, and any that fits where a range is.


def _chart(props: Props, say: Say) -> None:
    if _LOCAL.match(str(props.get("chart"))):
        return  # a file of this repository
    version = props.get("version")
    if not version or not _EXACT.fullmatch(str(version)):
        say(f"the chart's version is {version or 'not given'}; name one, whole")


def _release(props: Props, say: Say) -> None:
    def half_made() -> None:
        if not (props.get("atomic") or props.get("cleanupOnFail") or props.get("skipAwait")):
            say("a release that fails half-way stays half-made; set atomic")

    every(lambda: _chart(props, say), half_made)


charts_are_pinned = ResourceValidationPolicy(
    name="charts-are-pinned",
    description="Helm releases name one version, and are taken back when they fail.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=by_type({RELEASE: _release, "kubernetes:helm.sh/v4:Chart": _chart}),
)


def _images(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Kubernetes, "Images": nodes of one pool may run different images under one moving tag."""
    for part in parts(args):
        problem = _moving(part)
        if problem:
            report(f"{part.path} {problem}; name a version, or a digest", None)


def _moving(part: Part) -> str:
    if not isinstance(part.value, str):
        return ""
    if part.key == "tag" and part.value == "latest":
        return "is latest"
    if part.key != "image" or "@" in part.value:
        return ""
    tag = part.value.rpartition("/")[2].partition(":")[2]
    if tag == "latest":
        return f"is {part.value}"
    return "" if tag else f"is {part.value}, without a tag"


images_are_pinned = ResourceValidationPolicy(
    name="images-are-pinned",
    description="Container images have a tag that is not `latest`, or a digest.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_images,
)
