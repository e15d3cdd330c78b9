"""`api-server-closed`."""

from __future__ import annotations

import pytest
from pulumi_policy.proxy import UnknownValueError

from tests.harness.policies import Subject, violations
from tests.harness.values import UNKNOWN

NAME = "api-server-closed"
CLUSTER = "aws:eks/cluster:Cluster"


def judged(**config: object) -> list[str]:
    return violations(NAME, Subject(type=CLUSTER, props={"vpcConfig": config}))


@pytest.mark.parametrize(
    "config",
    [
        {"publicAccessCidrs": ["203.0.113.0/24"]},
        {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24", "2001:db8::/32"]},
        {"endpointPublicAccess": False},
        {"endpointPublicAccess": False, "publicAccessCidrs": ["0.0.0.0/0"]},
        {"endpointPublicAccess": False, "publicAccessCidrs": UNKNOWN},
    ],
)
def test_closed(config: dict[str, object]) -> None:
    assert judged(**config) == []


@pytest.mark.parametrize(
    ("config", "world"),
    [
        ({"publicAccessCidrs": ["0.0.0.0/0"]}, "0.0.0.0/0"),
        ({"publicAccessCidrs": ["203.0.113.0/24", "::/0"]}, "::/0"),
        ({"endpointPublicAccess": True}, "0.0.0.0/0"),
        ({"publicAccessCidrs": []}, "0.0.0.0/0"),
        ({}, "0.0.0.0/0"),
        # Two halves, and the same with host bits.
        ({"publicAccessCidrs": ["0.0.0.0/1", "128.0.0.0/1"]}, "0.0.0.0/0"),
        ({"publicAccessCidrs": ["198.51.100.7/0"]}, "0.0.0.0/0"),
        # One unknown address does not hide the world.
        ({"publicAccessCidrs": [UNKNOWN, "0.0.0.0/0"]}, "0.0.0.0/0"),
    ],
)
def test_open(config: dict[str, object], world: str) -> None:
    assert judged(**config) == [
        f"the Kubernetes API is open to {world}; name your own addresses in cluster.apiAllowedCidrs"
    ]


@pytest.mark.parametrize(
    "config",
    [
        {"publicAccessCidrs": UNKNOWN},
        {"publicAccessCidrs": ["203.0.113.0/24", UNKNOWN]},
        {"endpointPublicAccess": UNKNOWN, "publicAccessCidrs": ["203.0.113.0/24"]},
    ],
)
def test_what_is_unknown_is_left_to_the_engine(config: dict[str, object]) -> None:
    with pytest.raises(UnknownValueError):
        judged(**config)


def test_a_cluster_without_a_network_block_is_open() -> None:
    assert len(violations(NAME, Subject(type=CLUSTER))) == 1


def test_what_is_no_network_is_left_to_eks() -> None:
    assert judged(publicAccessCidrs=["203.0.113.0/24", "mine"]) == []


def test_other_resources_are_none_of_its_business() -> None:
    props = {"vpcConfig": {"publicAccessCidrs": ["0.0.0.0/0"]}}
    assert violations(NAME, Subject(type="aws:ec2/vpc:Vpc", props=props)) == []
