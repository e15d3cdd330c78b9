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
from rules.props import Props, every, known

_EXACT = re.compile(r"v?\d+\.\d+\.\d+([-+][\w.+-]+)?")
_LOCAL = re.compile(r"\.{0,2}/|.*\.tgz$")

# A chart's next release moves driver, operator and CRDs at once (NVIDIA/aicr PR 965). Helm takes
# the newest where no version is named, and any that fits where a range is (Helm, "helm install").


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
            report(f"the image of {part.path} {problem}; name a version, or a digest", None)


def _moving(part: Part) -> str:
    if known(part.props, "tag") == "latest":
        return "is latest"
    image = known(part.props, "image")
    # Some write the version beside the name.
    if not isinstance(image, str) or "@" in image or known(part.props, "version"):
        return ""
    tag = image.rpartition("/")[2].partition(":")[2] or known(part.props, "tag")
    if not tag:
        return f"is {image}, without a tag"
    return f"is {image}" if tag == "latest" else ""


images_are_pinned = ResourceValidationPolicy(
    name="images-are-pinned",
    description="Container images have a tag that is not `latest`, or a digest.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_images,
)
