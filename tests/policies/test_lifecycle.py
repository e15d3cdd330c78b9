"""`interfaces-go-with-their-node`."""

from __future__ import annotations

import pytest
from pulumi_policy.proxy import UnknownValueError

from tests.harness.policies import Subject, violations
from tests.harness.values import UNKNOWN

NAME = "interfaces-go-with-their-node"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"


def judged(*interfaces: object) -> list[str]:
    props = {"networkInterfaces": list(interfaces)}
    return violations(NAME, Subject(type=TEMPLATE, props=props))


@pytest.mark.parametrize("value", ["true", "True", True])
def test_clean(value: object) -> None:
    assert judged({"deleteOnTermination": value}, {"deleteOnTermination": value}) == []


@pytest.mark.parametrize(
    "interface", [{}, {"deleteOnTermination": "false"}, {"deleteOnTermination": False}]
)
def test_violating(interface: object) -> None:
    (message,) = judged({"deleteOnTermination": "true"}, interface)
    assert message.startswith("networkInterfaces[1] outlives its node")


def test_every_interface_is_named() -> None:
    assert [message[:20] for message in judged({}, {}, {})] == [
        f"networkInterfaces[{n}]" for n in range(3)
    ]


@pytest.mark.parametrize("props", [{}, {"networkInterfaces": []}])
def test_a_template_without_interfaces_is_clean(props: dict[str, object]) -> None:
    assert violations(NAME, Subject(type=TEMPLATE, props=props)) == []


def test_an_unknown_interface_is_left_to_the_engine() -> None:
    with pytest.raises(UnknownValueError):
        judged({"deleteOnTermination": UNKNOWN}, {"deleteOnTermination": "true"})


def test_other_values_may_be_unknown() -> None:
    assert judged({"deleteOnTermination": "true", "securityGroups": [UNKNOWN]}) == []


def test_other_resources_are_none_of_its_business() -> None:
    props: dict[str, object] = {"networkInterfaces": [{}]}
    assert violations(NAME, Subject(type="aws:ec2/instance:Instance", props=props)) == []
