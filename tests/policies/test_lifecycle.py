"""What a destroy leaves behind, stops at, or takes with it."""

from __future__ import annotations

import pytest
from pulumi_policy.proxy import UnknownValueError

from tests.harness.policies import Cases, Props, Subject, judged, table, violations
from tests.harness.values import UNKNOWN

NAME = "interfaces-go-with-their-node"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
EKS = "aws:eks/cluster:Cluster"
GKE = "gcp:container/cluster:Cluster"
FILESTORE = "gcp:filestore/instance:Instance"
CONNECTION = "gcp:servicenetworking/connection:Connection"
VOLUME = "kubernetes:core/v1:PersistentVolume"
CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"


def interfaces(*listed: object) -> list[str]:
    return judged(NAME, TEMPLATE, {"networkInterfaces": list(listed)})


@pytest.mark.parametrize("value", ["true", "True", True])
def test_interfaces_that_go(value: object) -> None:
    assert interfaces({"deleteOnTermination": value}, {"deleteOnTermination": value}) == []


@pytest.mark.parametrize(
    "interface", [{}, {"deleteOnTermination": "false"}, {"deleteOnTermination": False}]
)
def test_interfaces_that_stay(interface: object) -> None:
    (message,) = interfaces({"deleteOnTermination": "true"}, interface)
    assert message.startswith("networkInterfaces[1] outlives its node")


def test_every_interface_is_named() -> None:
    assert [message[:20] for message in interfaces({}, {}, {})] == [
        f"networkInterfaces[{n}]" for n in range(3)
    ]


@pytest.mark.parametrize("props", [{}, {"networkInterfaces": []}])
def test_a_template_without_interfaces_is_clean(props: dict[str, object]) -> None:
    assert violations(NAME, Subject(type=TEMPLATE, props=props)) == []


def test_an_unknown_interface_is_left_to_the_engine() -> None:
    with pytest.raises(UnknownValueError):
        interfaces({"deleteOnTermination": UNKNOWN}, {"deleteOnTermination": "true"})


def test_other_values_may_be_unknown() -> None:
    assert interfaces({"deleteOnTermination": "true", "securityGroups": [UNKNOWN]}) == []


def test_other_resources_are_none_of_its_business() -> None:
    props: dict[str, object] = {"networkInterfaces": [{}]}
    assert violations(NAME, Subject(type="aws:ec2/instance:Instance", props=props)) == []


def volume(policy: object, driver: str = "fsx.csi.aws.com") -> Props:
    return {"spec": {"csi": {"driver": driver}, "persistentVolumeReclaimPolicy": policy}}


def storage_class(provisioner: str, policy: object) -> Props:
    return {"provisioner": provisioner, "reclaimPolicy": policy}


CASES = {
    "shared-data-is-retained": Cases(
        clean=[
            (VOLUME, volume("Retain")),
            (VOLUME, volume("Delete", driver="ebs.csi.aws.com")),
            (VOLUME, {"spec": {"hostPath": {"path": "/data"}}}),
            (CLASS, storage_class("azurelustre.csi.azure.com", "Retain")),
            (CLASS, storage_class("ebs.csi.aws.com", "Delete")),
            # Of EFS a claim has an access point, and the class deletes that alone.
            (CLASS, storage_class("efs.csi.aws.com", "Delete")),
        ],
        violating=[
            (VOLUME, volume("Delete")),
            (VOLUME, volume(None)),
            (CLASS, storage_class("fsx.csi.aws.com", "Delete")),
            (CLASS, storage_class("lustre.csi.storage.gke.io", None)),
            (CLASS, storage_class("filestore.csi.storage.gke.io", "Delete")),
        ],
        unknown=[
            (VOLUME, volume(UNKNOWN)),
            (CLASS, storage_class("fsx.csi.aws.com", UNKNOWN)),
        ],
    ),
    "destroy-gets-through": Cases(
        clean=[
            (GKE, {"deletionProtection": False}),
            (EKS, {}),
            (EKS, {"deletionProtection": False}),
            (TEMPLATE, {}),
            (FILESTORE, {}),
            (CONNECTION, {"deletionPolicy": "REMOVE_PEERING"}),
            ("aws:ec2/vpc:Vpc", {"deletionPolicy": "PREVENT"}),
        ],
        violating=[
            (GKE, {}),
            (GKE, {"deletionProtection": True}),
            (EKS, {"deletionProtection": True}),
            (TEMPLATE, {"disableApiTermination": True}),
            (FILESTORE, {"deletionProtectionEnabled": True}),
            (CONNECTION, {"deletionPolicy": "ABANDON"}),
            ("gcp:compute/network:Network", {"deletionPolicy": "PREVENT"}),
        ],
        unknown=[
            (GKE, {"deletionProtection": UNKNOWN}),
            (EKS, {"deletionProtection": UNKNOWN}),
            (CONNECTION, {"deletionPolicy": UNKNOWN}),
        ],
    ),
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
