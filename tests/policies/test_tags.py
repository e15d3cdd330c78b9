"""`everything-is-tagged`."""

from __future__ import annotations

import pytest
from pulumi_policy.proxy import UnknownValueError

from tests.harness.policies import Cases, Props, Subject, judged, table, violations
from tests.harness.values import UNKNOWN

NAME = "everything-is-tagged"
VPC = "aws:ec2/vpc:Vpc"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "azure-native:resources:ResourceGroup"
GKE = "gcp:container/cluster:Cluster"
GKE_POOL = "gcp:container/nodePool:NodePool"
LUSTRE = "gcp:lustre/instance:Instance"
KEY = "gpu-clusters-cluster"
OURS = {KEY: "x"}


def template(*kinds: str, **tags: object) -> Props:
    specifications = [{"resourceType": kind, "tags": tags or OURS} for kind in kinds]
    return {"tags": OURS, "tagSpecifications": specifications}


CASES = {
    NAME: Cases(
        clean=[
            (VPC, {"tags": {"gpu-clusters/cluster": "x", "Name": UNKNOWN}}),
            (VPC, {"tags": {"gpu-clusters/cluster": UNKNOWN}}),
            (TEMPLATE, template("instance", "volume", "network-interface")),
            (GROUP, {"tags": OURS}),
            (GKE, {"resourceLabels": OURS}),
            (GKE_POOL, {"nodeConfig": {"resourceLabels": OURS, "serviceAccount": UNKNOWN}}),
            (LUSTRE, {"labels": OURS}),
            ("aws:ec2/route:Route", {}),
        ],
        violating=[
            (VPC, {}),
            (VPC, {"tags": {"Name": "x"}}),
            (TEMPLATE, template("instance", "volume")),
            (TEMPLATE, {**template("instance", "volume", "network-interface"), "tags": {}}),
            (GROUP, {}),
            (GKE, {"labels": OURS}),
            (GKE_POOL, {"nodeConfig": {"labels": OURS}}),
            (LUSTRE, {}),
        ],
        unknown=[
            (VPC, {"tags": UNKNOWN}),
            (GKE_POOL, {"nodeConfig": UNKNOWN}),
            (TEMPLATE, {"tags": OURS, "tagSpecifications": UNKNOWN}),
        ],
    )
}


@table(CASES, "clean")
def test_clean(name: str, type_: str, props: Props) -> None:
    assert judged(name, type_, props) == []


@table(CASES, "violating")
def test_violating(name: str, type_: str, props: Props) -> None:
    assert len(judged(name, type_, props)) == 1


@table(CASES, "unknown")
def test_what_is_unknown_is_left_to_the_engine(name: str, type_: str, props: Props) -> None:
    with pytest.raises(UnknownValueError):
        judged(name, type_, props)


def test_the_keys_are_configurable() -> None:
    subject = Subject(type=VPC, props={"tags": {"owner": "me"}})
    assert violations(NAME, subject, config={"keys": ["owner"]}) == []
    (message,) = violations(NAME, subject, config={"keys": ["owner", "expires", "team"]})
    assert message == "missing in tags: expires, team"


def test_a_template_is_asked_for_what_it_makes() -> None:
    props = template("instance", "volume", "network-interface", owner="me")
    assert judged(NAME, TEMPLATE, props) == [
        f"missing in the tags of each {kind}: {KEY}"
        for kind in ("instance", "volume", "network-interface")
    ]
