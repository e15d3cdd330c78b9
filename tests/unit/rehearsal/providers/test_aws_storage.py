"""FSx, EFS and the drivers, as they refuse and hold on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.providers.aws import kinds
from rehearsal.providers.standin import Made, Refusal
from rehearsal.providers.values import UNKNOWN, text

if TYPE_CHECKING:
    from tests.unit.rehearsal.providers.conftest import Account, Package

FITS: dict[str, Any] = {
    "deploymentType": "PERSISTENT_2",
    "storageType": "SSD",
    "storageCapacity": 2400,
    "perUnitStorageThroughput": 250,
    "fileSystemTypeVersion": "2.15",
    "metadataConfiguration": {"mode": "AUTOMATIC"},
}
OVER_EFA = {
    **FITS,
    "efaEnabled": True,
    "storageCapacity": 4800,
    "perUnitStorageThroughput": 1000,
}
TRUST = json.dumps(
    {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "pods.eks.amazonaws.com"},
                "Action": ["sts:AssumeRole", "sts:TagSession"],
            }
        ]
    }
)


class Site:
    """A network with a group, and ways to make what stands in it."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.aws = account.aws
        self.vpc, self.subnets = account.network()
        self.group = self.aws.make(kinds.SECURITY_GROUP, "g", vpcId=self.vpc.id)

    def open(self, type: str, protocol: str = "-1", *ports: int, peer: str = "") -> Made:
        more = {"fromPort": ports[0], "toPort": ports[-1]} if ports else {}
        return self.aws.make(
            type,
            f"{type}-{protocol}-{ports}",
            securityGroupId=self.group.id,
            referencedSecurityGroupId=peer or self.group.id,
            ipProtocol=protocol,
            **more,
        )

    def lustre(self, shape: dict[str, Any] = FITS, **more: Any) -> Made:
        asked: dict[str, Any] = {
            "subnetIds": self.subnets[0].id,
            "securityGroupIds": [self.group.id],
            **shape,
            **more,
        }
        return self.aws.make(
            kinds.LUSTRE, "fsx", **{k: v for k, v in asked.items() if v is not None}
        )

    def target(self, system: Made, subnet: Made, label: str = "t") -> Made:
        return self.aws.make(
            kinds.MOUNT_TARGET,
            label,
            fileSystemId=system.id,
            subnetId=subnet.id,
            securityGroups=[self.group.id],
        )


@pytest.fixture
def site(account: Account) -> Site:
    return Site(account)


@pytest.fixture
def opened(site: Site) -> Site:
    site.open(kinds.INGRESS_RULE)
    site.open(kinds.EGRESS_RULE)
    return site


# FSx -----------------------------------------------------------------------------------------


def test_a_file_system_answers_with_where_it_is(opened: Site) -> None:
    made = opened.lustre()
    assert text(made.outputs, "dnsName") == f"{made.id}.fsx.us-west-2.amazonaws.com"
    assert text(made.outputs, "mountName")
    assert made.id.startswith("fs-")
    opened.lustre(OVER_EFA)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"subnetIds": None}, "Exactly one subnet"),
        ({"subnetIds": ["a", "b"]}, "Exactly one subnet|InvalidNetworkSettings"),
        ({"storageCapacity": 3600}, "3600 GiB is not valid: 1200 GiB, 2400 GiB and increments"),
        ({"storageCapacity": 0}, "0 GiB is not valid"),
        ({"perUnitStorageThroughput": 200}, "InvalidPerUnitStorageThroughput: 200 is not valid"),
        ({"deploymentType": "PERSISTENT_1"}, "InvalidPerUnitStorageThroughput: 250"),
        ({"fileSystemTypeVersion": "2.10"}, r"2\.10 is not supported with PERSISTENT_2"),
        ({"fileSystemTypeVersion": "2.12"}, "needs deployment type PERSISTENT_2 and file system"),
        (
            {"deploymentType": "PERSISTENT_1", "perUnitStorageThroughput": 200},
            "needs deployment type PERSISTENT_2",
        ),
        (
            {"metadataConfiguration": {"mode": "USER_PROVISIONED", "iops": 18_000}},
            "18000 metadata IOPS",
        ),
        ({"metadataConfiguration": {"mode": "AUTOMATIC", "iops": 1500}}, "AUTOMATIC none"),
    ],
)
def test_a_shape_that_is_not_sold(opened: Site, more: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refusal, match=reason):
        opened.lustre(**more)


@pytest.mark.parametrize("capacity", [1200, 2400, 4800, 7200])
def test_capacities_without_efa(opened: Site, capacity: int) -> None:
    opened.lustre(storageCapacity=capacity)


@pytest.mark.parametrize(
    ("throughput", "step"), [(1000, 4800), (500, 9600), (250, 19_200), (125, 38_400)]
)
def test_capacities_with_efa(opened: Site, throughput: int, step: int) -> None:
    for capacity in (step, 2 * step):
        opened.lustre(OVER_EFA, perUnitStorageThroughput=throughput, storageCapacity=capacity)
    with pytest.raises(Refusal, match=f"multiples of {step} GiB with EFA"):
        opened.lustre(OVER_EFA, perUnitStorageThroughput=throughput, storageCapacity=step + 2400)


def test_efa_needs_a_metadata_configuration(opened: Site) -> None:
    with pytest.raises(Refusal, match="PERSISTENT_2 and a metadata configuration"):
        opened.lustre(OVER_EFA, metadataConfiguration=None)


def test_lustre_ports_have_to_be_open(site: Site) -> None:
    site.open(kinds.INGRESS_RULE, "tcp", 2049)
    site.open(kinds.EGRESS_RULE)
    with pytest.raises(Refusal, match="do not permit Lustre LNET network traffic on port 988"):
        site.lustre()
    site.open(kinds.INGRESS_RULE, "tcp", 988)
    site.lustre()


def test_efa_needs_the_group_open_to_itself_both_ways(site: Site) -> None:
    other = site.aws.make(kinds.SECURITY_GROUP, "other", vpcId=site.vpc.id)
    site.open(kinds.INGRESS_RULE, "tcp", 988)
    site.open(kinds.EGRESS_RULE, "-1", peer=other.id)
    site.open(kinds.INGRESS_RULE)
    with pytest.raises(Refusal, match="Insufficient security group permissions"):
        site.lustre(OVER_EFA)
    site.open(kinds.EGRESS_RULE)
    site.lustre(OVER_EFA)


def test_its_interfaces_hold_subnet_and_group(site: Site) -> None:
    rule = site.open(kinds.INGRESS_RULE)
    made = site.lustre()
    site.aws.remove(kinds.INGRESS_RULE, rule)
    for type, held in ((kinds.SUBNET, site.subnets[0]), (kinds.SECURITY_GROUP, site.group)):
        with pytest.raises(Refusal, match=rf"DependencyViolation: {held.id}.*{made.id}"):
            site.aws.remove(type, held)
    site.aws.remove(kinds.SUBNET, site.subnets[1])
    site.aws.remove(kinds.LUSTRE, made)
    site.aws.remove(kinds.SUBNET, site.subnets[0])
    site.aws.remove(kinds.SECURITY_GROUP, site.group)


def test_throughput_is_fixed_with_efa(opened: Site) -> None:
    plain = opened.lustre()
    opened.aws.change(kinds.LUSTRE, plain, perUnitStorageThroughput=500)
    fast = opened.lustre(OVER_EFA)
    with pytest.raises(Refusal, match="cannot be changed on an EFA-enabled file system"):
        opened.aws.change(kinds.LUSTRE, fast, perUnitStorageThroughput=500, storageCapacity=9600)
    opened.aws.change(kinds.LUSTRE, fast, storageCapacity=9600)
    with pytest.raises(Refusal, match="7200 GiB is not valid"):
        opened.aws.change(kinds.LUSTRE, fast, storageCapacity=7200)


@pytest.mark.parametrize(
    ("old", "new", "replaced"),
    [
        ({"storageCapacity": 2400}, {"storageCapacity": 4800}, False),
        ({"storageCapacity": 4800}, {"storageCapacity": 2400}, True),
        ({"perUnitStorageThroughput": 500}, {"perUnitStorageThroughput": 250}, False),
        ({"efaEnabled": False}, {"efaEnabled": True}, True),
        ({"subnetIds": "a"}, {"subnetIds": "b"}, True),
        (
            {"metadataConfiguration": {"iops": 3000}},
            {"metadataConfiguration": {"iops": 1500}},
            True,
        ),
    ],
)
def test_less_of_a_file_system_is_another_one(
    account: Account, old: dict[str, Any], new: dict[str, Any], replaced: bool
) -> None:
    difference = account.aws.stand_in.diff(account.aws.subject(kinds.LUSTRE, "x"), old, new)
    assert [*difference.changed.values()] == [replaced]


def test_a_preview_knows_no_name_yet(account: Account) -> None:
    subject = account.aws.subject(kinds.LUSTRE, "x")
    shown = account.aws.stand_in.preview(subject, {**FITS, "subnetIds": UNKNOWN}, None)
    assert (shown["dnsName"], shown["mountName"], shown["storageCapacity"]) == (
        UNKNOWN,
        UNKNOWN,
        2400,
    )


# EFS -----------------------------------------------------------------------------------------


def test_one_mount_target_a_zone(site: Site) -> None:
    system = site.aws.make(kinds.FILE_SYSTEM, "efs", encrypted=True)
    first = site.target(system, site.subnets[0])
    again = site.aws.make(
        kinds.SUBNET,
        "again",
        vpcId=site.vpc.id,
        cidrBlock="10.40.9.0/24",
        availabilityZoneId=text(site.subnets[0].outputs, "availabilityZoneId"),
    )
    with pytest.raises(Refusal, match=rf"MountTargetConflict: .*already exists.*{first.id}"):
        site.target(system, again)
    site.target(system, site.subnets[1], "t2")
    # Another file system has targets of its own.
    site.target(site.aws.make(kinds.FILE_SYSTEM, "other"), again)


def test_mount_targets_are_in_one_vpc(site: Site) -> None:
    system = site.aws.make(kinds.FILE_SYSTEM, "efs")
    site.target(system, site.subnets[0])
    vpc = site.aws.make(kinds.VPC, "v2", cidrBlock="10.50.0.0/16")
    far = site.aws.make(
        kinds.SUBNET,
        "far",
        vpcId=vpc.id,
        cidrBlock="10.50.0.0/24",
        availabilityZoneId="usw2-az2",
    )
    with pytest.raises(Refusal, match=r"MountTargetConflict: .*not in the same VPC"):
        site.target(system, far)


def test_a_file_system_goes_after_its_targets_and_before_nothing(site: Site) -> None:
    system = site.aws.make(kinds.FILE_SYSTEM, "efs")
    target = site.target(system, site.subnets[0])
    for type, held, code in (
        (kinds.FILE_SYSTEM, system, "FileSystemInUse"),
        (kinds.SUBNET, site.subnets[0], "DependencyViolation"),
        (kinds.SECURITY_GROUP, site.group, "DependencyViolation"),
    ):
        with pytest.raises(Refusal, match=rf"{code}: {held.id}.*{target.id}"):
            site.aws.remove(type, held)
    site.aws.remove(kinds.MOUNT_TARGET, target)
    for type, held in ((kinds.FILE_SYSTEM, system), (kinds.SUBNET, site.subnets[0])):
        site.aws.remove(type, held)


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        ({"fileSystemId": "fs-gone"}, "FileSystemNotFound"),
        ({"subnetId": "subnet-gone"}, "SubnetNotFound"),
        ({"securityGroups": ["sg-gone"]}, "SecurityGroupNotFound"),
    ],
)
def test_a_mount_target_needs_what_it_names(site: Site, missing: dict[str, Any], code: str) -> None:
    system = site.aws.make(kinds.FILE_SYSTEM, "efs")
    asked: dict[str, Any] = {
        "fileSystemId": system.id,
        "subnetId": site.subnets[0].id,
        "securityGroups": [site.group.id],
        **missing,
    }
    with pytest.raises(Refusal, match=code):
        site.aws.make(kinds.MOUNT_TARGET, "t", **asked)


# Drivers -------------------------------------------------------------------------------------


class Cluster(Site):
    """A cluster with one node, and add-ons for it."""

    def __init__(self, account: Account, *, taints: list[Any] | None = None) -> None:
        super().__init__(account)
        account.way_out(self.vpc, self.subnets)
        self.cluster = account.cluster(self.subnets)
        self.nodes = self.aws.make(
            kinds.NODE_GROUP,
            "system",
            clusterName="c",
            nodeRoleArn=text(account.node_role().outputs, "arn"),
            subnetIds=[self.subnets[0].id],
            scalingConfig={"minSize": 1, "maxSize": 1, "desiredSize": 1},
            taints=taints or [],
        )

    def add_on(self, name: str, **more: Any) -> Made:
        return self.aws.make(kinds.ADDON, name, clusterName="c", addonName=name, **more)

    def role(self, *policies: str, trust: str = TRUST) -> Made:
        label = f"driver-{'-'.join(policies)}-{len(trust)}"
        made = self.aws.make(kinds.ROLE, label, assumeRolePolicy=trust)
        for policy in policies:
            self.aws.make(
                kinds.ROLE_POLICY_ATTACHMENT,
                policy,
                role=made.id,
                policyArn=f"arn:aws:iam::aws:policy/{policy}",
            )
        return made

    def driver(self, name: str, role: Made) -> Made:
        association = {"roleArn": text(role.outputs, "arn"), "serviceAccount": "controller"}
        return self.add_on(name, podIdentityAssociations=[association])


DRIVERS = [
    ("aws-ebs-csi-driver", "service-role/AmazonEBSCSIDriverPolicy"),
    ("aws-efs-csi-driver", "service-role/AmazonEFSCSIDriverPolicy"),
    ("aws-fsx-csi-driver", "AmazonFSxFullAccess"),
]


@pytest.mark.parametrize(("driver", "policy"), DRIVERS)
def test_a_driver_that_has_what_it_needs(account: Account, driver: str, policy: str) -> None:
    cluster = Cluster(account)
    cluster.add_on("eks-pod-identity-agent")
    cluster.driver(driver, cluster.role(policy))


@pytest.mark.parametrize(("driver", "policy"), DRIVERS)
def test_a_driver_needs_the_agent_first(account: Account, driver: str, policy: str) -> None:
    cluster = Cluster(account)
    with pytest.raises(Refusal, match="Pod Identity agent is not installed in the cluster"):
        cluster.driver(driver, cluster.role(policy))


@pytest.mark.parametrize(("driver", "policy"), DRIVERS)
def test_a_driver_needs_a_role_it_may_use(account: Account, driver: str, policy: str) -> None:
    cluster = Cluster(account)
    cluster.add_on("eks-pod-identity-agent")
    with pytest.raises(Refusal, match="AccessDenied: its controller has no role"):
        cluster.add_on(driver)
    with pytest.raises(Refusal, match=rf"has no {policy.rpartition('/')[2]} attached"):
        cluster.driver(driver, cluster.role("SomethingElse"))
    nodes_only = TRUST.replace("pods.eks.amazonaws.com", "ec2.amazonaws.com")
    with pytest.raises(Refusal, match=r"the trust policy of .* does not let pods\.eks"):
        cluster.driver(driver, cluster.role(policy, trust=nodes_only))


@pytest.mark.parametrize("add_on", ["coredns", "aws-efs-csi-driver"])
def test_an_add_on_needs_a_node_that_takes_it(account: Account, add_on: str) -> None:
    cluster = Cluster(account, taints=[{"key": "nvidia.com/gpu", "effect": "NO_SCHEDULE"}])
    cluster.add_on("vpc-cni")
    with pytest.raises(Refusal, match=r"InsufficientNumberOfReplicas.*no nodes available"):
        cluster.add_on(add_on)


# Claims --------------------------------------------------------------------------------------

CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
VOLUME = "kubernetes:core/v1:PersistentVolume"


def kubernetes_in(cluster: Cluster, provisioner: str) -> Package:
    inside = cluster.account.kubernetes(text(cluster.cluster.outputs, "endpoint"))
    inside.make(CLASS, "class", metadata={"name": "shared"}, provisioner=provisioner)
    return inside


def claim(inside: Package, **spec: Any) -> Made:
    return inside.make(
        CLAIM,
        "claim",
        metadata={"name": "cache", "namespace": "default"},
        spec={"storageClassName": "shared", **spec},
    )


def test_a_driver_outlives_the_claims_it_serves(account: Account) -> None:
    cluster = Cluster(account)
    cluster.add_on("eks-pod-identity-agent")
    role = cluster.role("AmazonEFSCSIDriverPolicy", "AmazonFSxFullAccess")
    efs = cluster.driver("aws-efs-csi-driver", role)
    fsx = cluster.driver("aws-fsx-csi-driver", role)
    inside = kubernetes_in(cluster, "efs.csi.aws.com")
    made = claim(inside)
    with pytest.raises(Refusal, match=r"claim default/cache .* of efs\.csi\.aws\.com"):
        cluster.aws.remove(kinds.ADDON, efs)
    cluster.aws.remove(kinds.ADDON, fsx)
    inside.remove(CLAIM, made)
    cluster.aws.remove(kinds.ADDON, efs)


@pytest.mark.parametrize(
    ("provisioner", "spec", "left"),
    [
        ("ebs.csi.aws.com", {}, ["leaked volume"]),
        # An access point goes with its file system, a static volume is the program's own.
        ("efs.csi.aws.com", {}, []),
        ("fsx.csi.aws.com", {"volumeName": "ours"}, []),
    ],
)
def test_what_a_claim_leaves_in_the_cloud(
    account: Account, provisioner: str, spec: dict[str, Any], left: list[str]
) -> None:
    cluster = Cluster(account)
    claim(kubernetes_in(cluster, provisioner), **spec)
    cluster.aws.remove(kinds.NODE_GROUP, cluster.nodes)
    cluster.aws.remove(kinds.CLUSTER, cluster.cluster)
    leaked = [held.type for held in account.world.inventory() if held.type.startswith("leaked")]
    assert leaked == left


def test_a_volume_stays_while_its_claim_is_there(account: Account) -> None:
    inside = kubernetes_in(Cluster(account), "fsx.csi.aws.com")
    volume = inside.make(VOLUME, "v", metadata={"name": "ours"}, spec={})
    made = claim(inside, volumeName="ours")
    with pytest.raises(Refusal, match=r"pv-protection.*default/cache"):
        inside.remove(VOLUME, volume)
    inside.remove(CLAIM, made)
    inside.remove(VOLUME, volume)
