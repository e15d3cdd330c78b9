"""FSx, EFS and the drivers: what is made, who may reach it, and what goes before what."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

import pytest

from components.clusters.eks.cluster import eks_cluster
from tests.harness.program import record
from tests.harness.recording import Recording, Registration
from tests.harness.settings import MISSING, plan_of

ADDON = "aws:eks/addon:Addon"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
IN = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
OUT = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
SUBNET = "aws:ec2/subnet:Subnet"
LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
EFS = "aws:efs/fileSystem:FileSystem"
TARGET = "aws:efs/mountTarget:MountTarget"
CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
VOLUME = "kubernetes:core/v1:PersistentVolume"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"

FSX = ("cluster.storage.fsx", {})
OVER_EFA = ("cluster.storage.fsx", {"capacityGib": 4800, "throughput": 1000, "efa": True})
CACHES = ("graphs.chat.caches", {"model": {"size": "200Gi"}, "perf": {"size": "5Gi"}})


def recorded(*changes: tuple[str, Any]) -> Recording:
    plan = plan_of(*changes)
    return record(lambda: eks_cluster(plan), preview=False)


@cache
def lustre() -> Recording:
    return recorded(FSX, CACHES)


@cache
def lustre_over_efa() -> Recording:
    return recorded(OVER_EFA, CACHES)


@cache
def elastic() -> Recording:
    return recorded(("cluster.storage.efs", {}), CACHES)


def reached(rule: Registration) -> tuple[frozenset[str], frozenset[str], tuple[Any, Any, Any]]:
    """Whose rule it is, whom it names, and what it lets through."""
    return (
        rule.property_dependencies["securityGroupId"],
        rule.property_dependencies["referencedSecurityGroupId"],
        (rule.get("ipProtocol"), rule.get("fromPort"), rule.get("toPort")),
    )


def group(recording: Recording, name: str) -> frozenset[str]:
    return frozenset({recording.one(GROUP, name).urn})


def nodes_group(recording: Recording) -> frozenset[str]:
    """What a rule depends on that names the cluster's own group."""
    return recording.one(IN, "cluster-fsx-clients-988-in").property_dependencies[
        "referencedSecurityGroupId"
    ]


# FSx for Lustre ------------------------------------------------------------------------------


def test_lustre_as_asked_for() -> None:
    made = lustre().one(LUSTRE)
    assert {
        key: made.get(key)
        for key in ("deploymentType", "storageType", "storageCapacity", "perUnitStorageThroughput")
    } == {
        "deploymentType": "PERSISTENT_2",
        "storageType": "SSD",
        "storageCapacity": 2400,
        "perUnitStorageThroughput": 250,
    }
    assert made.get("metadataConfiguration") == {"mode": "AUTOMATIC"}
    assert made.get("fileSystemTypeVersion") == "2.15"
    assert made.get("efaEnabled") is False
    # A backup of its last state would stay behind and be paid for.
    assert made.get("skipFinalBackup") is True
    assert not made.protect
    assert made.timeouts.create == made.timeouts.delete == "45m"


def test_lustre_is_in_the_zone_of_the_gpus_or_where_it_is_told_to_be() -> None:
    subnet = lustre().one(SUBNET, "cluster-network-private-use1-az4").urn
    assert lustre().one(LUSTRE).property_dependencies["subnetIds"] == {subnet}
    elsewhere = recorded(("cluster.storage.fsx", {"zone": "use1-az6"}))
    subnet = elsewhere.one(SUBNET, "cluster-network-private-use1-az6").urn
    assert elsewhere.one(LUSTRE).property_dependencies["subnetIds"] == {subnet}


def test_lustre_without_gpus_is_in_the_first_zone() -> None:
    plan = recorded(
        FSX,
        ("cluster.nodePools.gpu", MISSING),
        ("graphs", {}),
    )
    subnet = plan.one(SUBNET, "cluster-network-private-use1-az4").urn
    assert plan.one(LUSTRE).property_dependencies["subnetIds"] == {subnet}


def test_metadata_and_protection_are_the_users_wish() -> None:
    made = recorded(("cluster.storage.fsx", {"metadataIops": 6000, "protect": True})).one(LUSTRE)
    assert made.get("metadataConfiguration") == {"mode": "USER_PROVISIONED", "iops": 6000}
    assert made.protect


@pytest.mark.parametrize("type", [IN, OUT])
def test_lustre_talks_on_its_ports_with_itself_and_the_nodes(type: str) -> None:
    recording = lustre()
    own, nodes = group(recording, "cluster-fsx-group"), nodes_group(recording)
    found = {reached(rule) for rule in recording.of_type(type) if "-fsx-" in rule.name}
    ports = (("tcp", 988, 988), ("tcp", 1018, 1023))
    assert found == {
        (here, there, port)
        for here, there in ((own, own), (own, nodes), (nodes, own))
        for port in ports
    }


@pytest.mark.parametrize("type", [IN, OUT])
def test_over_efa_whole_groups_are_open_to_each_other(type: str) -> None:
    recording = lustre_over_efa()
    own, efa = group(recording, "cluster-fsx-group"), group(recording, "cluster-efa-group")
    found = {reached(rule) for rule in recording.of_type(type) if "-fsx-" in rule.name}
    everything = ("-1", None, None)
    assert {
        (own, own, everything),
        (own, efa, everything),
        (efa, own, everything),
    } <= found
    # Nodes without EFA, and EFA's own start, come by TCP.
    assert (own, nodes_group(recording), ("tcp", 988, 988)) in found
    assert recording.one(LUSTRE).get("efaEnabled") is True


def test_fsx_finds_its_rules_open_and_does_not_wait_for_the_cluster() -> None:
    recording = lustre_over_efa()
    before = recording.before(recording.one(LUSTRE))
    for type, name in ((IN, "cluster-fsx-servers-in"), (OUT, "cluster-fsx-efa-servers-out")):
        assert recording.one(type, name).urn in before
    # It takes as long as the control plane: beside it, not after it.
    assert recording.one("eks:index:Cluster").urn not in before


def test_each_claim_has_a_volume_with_a_handle_of_its_own() -> None:
    recording = lustre()
    volumes = recording.of_type(VOLUME)
    assert {v.get("metadata", "name") for v in volumes} == {
        "dynamo-model-cache",
        "dynamo-perf-cache",
    }
    system = recording.one(LUSTRE)
    for volume in volumes:
        assert volume.get("spec", "csi", "driver") == "fsx.csi.aws.com"
        attributes = volume.get("spec", "csi", "volumeAttributes")
        assert attributes["dnsname"].endswith(".fsx.test")
        assert set(attributes) == {"dnsname", "mountname"}
        assert volume.get("spec", "mountOptions") == ["flock"]
        assert system.urn in recording.before(volume)
    assert len({v.get("spec", "csi", "volumeHandle") for v in volumes}) == 2


def test_a_volume_waits_for_driver_and_open_ports() -> None:
    recording = lustre()
    for volume in recording.of_type(VOLUME):
        before = recording.before(volume)
        assert recording.one(ADDON, "cluster-fsx-csi").urn in before
        assert recording.one(IN, "cluster-fsx-clients-988-in").urn in before
        assert recording.one(OUT, "cluster-fsx-nodes-1018-out").urn in before


def test_subnet_and_groups_outlive_the_file_system() -> None:
    recording = lustre_over_efa()
    before = recording.before(recording.one(LUSTRE))
    assert recording.one(SUBNET, "cluster-network-private-use1-az4").urn in before
    assert group(recording, "cluster-fsx-group") <= before
    assert group(recording, "cluster-efa-group") <= before


def user_data(recording: Recording, pool: str) -> str:
    return base64.b64decode(
        recording.one(TEMPLATE, f"cluster-{pool}-template").get("userData") or ""
    ).decode()


def test_only_nodes_with_efa_learn_to_mount_over_it() -> None:
    words = user_data(lustre_over_efa(), "gpu")
    assert "configure-efa-fsx-lustre-client" in words
    # The two parts, and the end.
    assert words.count("\n--//") == 3
    assert "strategy: RAID0" in words
    assert user_data(lustre_over_efa(), "system") == ""
    assert "lustre" not in user_data(lustre(), "gpu")


# EFS -----------------------------------------------------------------------------------------


def test_efs_as_asked_for() -> None:
    made = elastic().one(EFS)
    assert made.get("encrypted") is True
    assert (made.get("performanceMode"), made.get("throughputMode")) == (
        "generalPurpose",
        "elastic",
    )
    other = recorded(("cluster.storage.efs", {"throughput": "bursting", "protect": True})).one(EFS)
    assert other.get("throughputMode") == "bursting"
    assert other.protect


def test_one_mount_target_in_each_zone_of_the_nodes() -> None:
    recording = elastic()
    found = {t.name: t.property_dependencies["subnetId"] for t in recording.of_type(TARGET)}
    assert found == {
        f"cluster-efs-{zone}": {recording.one(SUBNET, f"cluster-network-private-{zone}").urn}
        for zone in ("use1-az4", "use1-az6")
    }
    alone = recorded(
        ("cluster.storage.efs", {}), ("cluster.nodePools.system.zones", ["use1-az4"])
    ).of_type(TARGET)
    assert [t.name for t in alone] == ["cluster-efs-use1-az4"]


def test_nfs_is_open_to_the_nodes_only() -> None:
    recording = elastic()
    (rule,) = [rule for rule in recording.of_type(IN) if "-efs-" in rule.name]
    assert rule.property_dependencies["securityGroupId"] == group(recording, "cluster-efs-group")
    assert (rule.get("ipProtocol"), rule.get("fromPort"), rule.get("toPort")) == (
        "tcp",
        2049,
        2049,
    )
    assert rule.get("cidrIpv4") is None
    assert recording.one("eks:index:Cluster").urn in recording.before(rule)
    for target in recording.of_type(TARGET):
        assert target.property_dependencies["securityGroups"] == group(
            recording, "cluster-efs-group"
        )


def test_the_class_makes_an_access_point_for_each_claim() -> None:
    recording = elastic()
    made = recording.one(CLASS, "cluster-efs-class")
    assert made.get("provisioner") == "efs.csi.aws.com"
    parameters = made.get("parameters")
    assert parameters.pop("fileSystemId").startswith("fs-")
    assert parameters == {
        "provisioningMode": "efs-ap",
        "directoryPerms": "777",
        "uid": "1000",
        "gid": "1000",
    }
    assert made.get("reclaimPolicy") == "Delete"
    # Whoever deletes a claim needs the driver; whoever mounts one, a mount target.
    before = recording.before(made)
    assert recording.one(ADDON, "cluster-efs-csi").urn in before
    assert {t.urn for t in recording.of_type(TARGET)} <= before
    assert recording.of_type(VOLUME) == []


# Drivers and the contract --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "add_on", "account", "policy"),
    [
        ("ebs", "aws-ebs-csi-driver", "ebs-csi-controller-sa", "AmazonEBSCSIDriverPolicy"),
        ("fsx", "aws-fsx-csi-driver", "fsx-csi-controller-sa", "AmazonFSxFullAccess"),
        ("efs", "aws-efs-csi-driver", "efs-csi-controller-sa", "AmazonEFSCSIDriverPolicy"),
    ],
)
def test_a_driver_has_its_role_by_pod_identity(
    name: str, add_on: str, account: str, policy: str
) -> None:
    recording = elastic() if name == "efs" else lustre()
    made = recording.one(ADDON, f"cluster-{name}-csi")
    assert made.get("addonName") == add_on
    (association,) = made.get("podIdentityAssociations")
    assert association["serviceAccount"] == account
    assert association["roleArn"].startswith("arn:aws:iam::")
    before = recording.before(made)
    assert recording.one(ATTACHMENT, f"cluster-{name}-{policy}").urn in before
    assert recording.one(ROLE, f"cluster-{name}-role").urn in before
    assert recording.one(ADDON, "cluster-pod-identity").urn in before
    assert recording.one("aws:eks/nodeGroup:NodeGroup", "cluster-system-group").urn in before


def test_what_nobody_asked_for_is_not_there() -> None:
    recording = recorded()
    assert {a.get("addonName") for a in recording.of_type(ADDON)} == {
        "aws-ebs-csi-driver",
        "coredns",
        "eks-pod-identity-agent",
    }
    for type in (LUSTRE, EFS, TARGET, VOLUME):
        assert recording.of_type(type) == []


def test_claims_find_what_they_wait_for_by_class() -> None:
    plan = plan_of(FSX, ("cluster.storage.efs", {}), CACHES)
    storage: dict[str, str] = {}

    def program() -> None:
        cluster = eks_cluster(plan)
        storage.update({name: type(made).__name__ for name, made in cluster.storage.items()})

    record(program, preview=True)
    assert storage == {"gp3": "StorageClass", "fsx": "Lustre", "efs": "ElasticFileSystem"}
    assert set(storage) == {item.name for item in plan.storage_classes}
