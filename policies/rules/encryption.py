"""What is written down, and can be read there: disks, file systems, secrets."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from rules.checks import Say, by_type
from rules.pods import Part, parts
from rules.pools import EKS_TEMPLATE
from rules.props import Props, for_each, items, known, mapping, yes

# Data at rest. EBS and EFS encrypt when they are told to; FSx for Lustre, Azure and Google Cloud
# encrypt always (their user guides, "encryption at rest").


def _template_disks(props: Props, say: Say) -> None:
    disks = props.get("blockDeviceMappings")
    if not items(disks):
        say("the root disk is as the image says, mostly not encrypted; give blockDeviceMappings")

    def disk(index: int, value: object) -> None:
        ebs = mapping(value).get("ebs")
        if ebs is not None and not yes(mapping(ebs).get("encrypted")):
            say(f"blockDeviceMappings[{index}] is not encrypted; set ebs.encrypted")

    for_each(disks, disk)


def _encrypted(props: Props, say: Say) -> None:
    if not yes(props.get("encrypted")):
        say("it is not encrypted; set encrypted, which cannot be changed later")


def _instance_disks(props: Props, say: Say) -> None:
    if not yes(mapping(props.get("rootBlockDevice")).get("encrypted")):
        say("the root disk is not encrypted; set rootBlockDevice.encrypted")


def _storage_class(props: Props, say: Say) -> None:
    on_ebs = str(props.get("provisioner")) in ("ebs.csi.aws.com", "kubernetes.io/aws-ebs")
    if on_ebs and not yes(mapping(props.get("parameters")).get("encrypted")):
        say('volumes of the class are not encrypted; set parameters.encrypted to "true"')


data_at_rest_is_encrypted = ResourceValidationPolicy(
    name="data-at-rest-is-encrypted",
    description="Disks and file systems are encrypted where a cloud does not do so by itself.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=by_type(
        {
            EKS_TEMPLATE: _template_disks,
            "aws:ec2/instance:Instance": _instance_disks,
            "aws:ebs/volume:Volume": _encrypted,
            "aws:efs/fileSystem:FileSystem": _encrypted,
            "kubernetes:storage.k8s.io/v1:StorageClass": _storage_class,
        }
    ),
)


# Tokens by the shape their issuers give them.
_TOKENS = {
    "a Hugging Face token": re.compile(r"\bhf_[A-Za-z0-9]{16,}"),
    "an NGC key": re.compile(r"\bnvapi-[A-Za-z0-9_-]{20,}"),
    "an AWS access key": re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}"),
    "a Google API key": re.compile(r"\bAIza[A-Za-z0-9_-]{35}"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}
_SECRET_NAME = re.compile(r"(TOKEN|PASSWORD|PASSWD|SECRET|API_?KEY|(ACCESS|PRIVATE)_KEY)$", re.I)
# Shorter ones are switches and numbers.
_SHORTEST_SECRET = 8


def _in_the_open(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Kubernetes, "Good practices for Secrets". Who may read pods may read their environment.

    A policy sees what Pulumi keeps secret too: encrypted in the state, it is plain in the cluster.
    """
    for part in parts(args):
        for what in _found(part):
            report(f"{part.path} holds {what}; put it into a Secret, and refer to that", None)
    if args.resource_type == EKS_TEMPLATE:
        for what in _tokens(_decoded(args.props.get("userData"))):
            report(f"userData holds {what}, which every pod on the node can read", None)


def _found(part: Part) -> Iterator[str]:
    if isinstance(part.value, str):
        yield from _tokens(part.value)
        return
    if part.key != "env":
        return
    name, value = str(known(part.props, "name")), str(known(part.props, "value") or "")
    secret = _SECRET_NAME.search(name) and len(value) >= _SHORTEST_SECRET
    # A reference to another variable is none, and a token is found as one.
    if secret and not value.startswith("$(") and not any(_tokens(value)):
        yield f"the value of {name}"


def _tokens(text: str) -> Iterator[str]:
    for what, pattern in _TOKENS.items():
        if pattern.search(text):
            yield what


def _decoded(user_data: object) -> str:
    try:
        return base64.b64decode(str(user_data or ""), validate=True).decode("utf-8", "replace")
    except ValueError:
        return str(user_data)


no_secrets_in_the_open = ResourceValidationPolicy(
    name="no-secrets-in-the-open",
    description="No token or password stands in a ConfigMap, an environment, values or user data.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_in_the_open,
)
