"""`efa-group-refers-to-itself`, at preview (ids unknown) and at up."""

from __future__ import annotations

import pytest

from tests.harness.policies import Subject, violations
from tests.harness.values import UNKNOWN

NAME = "efa-group-refers-to-itself"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
IN = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
OUT = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
GROUP = Subject(type="aws:ec2/securityGroup:SecurityGroup", name="efa")
OTHER = Subject(type="aws:ec2/securityGroup:SecurityGroup", name="other")
IDS = {"efa": "sg-1", "other": "sg-2"}


def group_id(group: Subject, preview: bool) -> object:
    return UNKNOWN if preview else IDS[group.name]


def template(*groups: Subject, preview: bool, kind: str = "efa-only") -> Subject:
    interface = {
        "interfaceType": kind,
        "securityGroups": [group_id(group, preview) for group in groups],
    }
    ip = {"interfaceType": "interface", "securityGroups": []}
    return Subject(
        type=TEMPLATE,
        name="gpu",
        props={"networkInterfaces": [ip, interface]},
        refers={"networkInterfaces": groups},
    )


def rule(
    type_: str,
    *,
    preview: bool,
    of: Subject = GROUP,
    to: Subject | None = GROUP,
    protocol: str = "-1",
) -> Subject:
    props: dict[str, object] = {"ipProtocol": protocol, "securityGroupId": group_id(of, preview)}
    refers: dict[str, tuple[Subject, ...]] = {"securityGroupId": (of,)}
    if to is None:
        props["cidrIpv4"] = "0.0.0.0/0"
    else:
        props["referencedSecurityGroupId"] = group_id(to, preview)
        refers["referencedSecurityGroupId"] = (to,)
    return Subject(type=type_, name=type_, props=props, refers=refers)


both_modes = pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])


@both_modes
@pytest.mark.parametrize("kind", ["efa", "efa-only"])
def test_clean(preview: bool, kind: str) -> None:
    rules = [rule(IN, preview=preview), rule(OUT, preview=preview)]
    assert violations(NAME, template(GROUP, OTHER, preview=preview, kind=kind), *rules) == []


@both_modes
@pytest.mark.parametrize(("there", "missing"), [(IN, "egress"), (OUT, "ingress")])
def test_one_way_is_not_enough(preview: bool, there: str, missing: str) -> None:
    (message,) = violations(NAME, template(GROUP, preview=preview), rule(there, preview=preview))
    assert message.startswith("the launch template gpu has EFA interfaces")
    assert f"has an {missing} rule" in message


@both_modes
def test_addresses_do_not_let_efa_through(preview: bool) -> None:
    rules = [rule(type_, to=None, preview=preview) for type_ in (IN, OUT)]
    assert len(violations(NAME, template(GROUP, preview=preview), *rules)) == 2


@both_modes
def test_one_protocol_is_not_enough(preview: bool) -> None:
    rules = [rule(type_, protocol="tcp", preview=preview) for type_ in (IN, OUT)]
    assert len(violations(NAME, template(GROUP, preview=preview), *rules)) == 2


@both_modes
def test_another_group_is_not_itself(preview: bool) -> None:
    rules = [rule(type_, to=OTHER, preview=preview) for type_ in (IN, OUT)]
    assert len(violations(NAME, template(GROUP, OTHER, preview=preview), *rules)) == 2


@both_modes
def test_a_group_that_no_interface_has_is_no_help(preview: bool) -> None:
    rules = [rule(type_, of=OTHER, to=OTHER, preview=preview) for type_ in (IN, OUT)]
    assert len(violations(NAME, template(GROUP, preview=preview), *rules)) == 2


@both_modes
def test_a_template_without_efa_needs_no_rules(preview: bool) -> None:
    assert violations(NAME, template(GROUP, preview=preview, kind="interface")) == []
    assert violations(NAME, Subject(type=TEMPLATE)) == []


def test_a_group_made_elsewhere_is_known_by_its_id() -> None:
    interface = {"interfaceType": "efa", "securityGroups": ["sg-9"]}
    props = {"ipProtocol": "-1", "securityGroupId": "sg-9", "referencedSecurityGroupId": "sg-9"}
    subjects = [
        Subject(type=TEMPLATE, props={"networkInterfaces": [interface]}),
        Subject(type=IN, name="in", props=props),
        Subject(type=OUT, name="out", props=props),
    ]
    assert violations(NAME, *subjects) == []
