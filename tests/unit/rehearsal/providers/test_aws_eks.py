"""What EKS refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.providers.aws import kinds
from rehearsal.providers.standin import Made, Refusal
from rehearsal.providers.values import get, text

if TYPE_CHECKING:
    from tests.unit.rehearsal.providers.conftest import Account

P5 = "p5.48xlarge"
BLOCK_TARGET = {"capacityReservationTarget": {"capacityReservationId": "cr-active"}}
BLOCK: dict[str, Any] = {
    "instanceType": P5,
    "instanceMarketOptions": {"marketType": "capacity-block"},
    "capacityReservationSpecification": BLOCK_TARGET,
}


class Pool:
    """A cluster whose node groups can join, and a way to ask for one."""

    def __init__(self, account: Account) -> None:
        self.account = account
        vpc, self.subnets = account.network()
        account.way_out(vpc, self.subnets)
        self.cluster = account.cluster(self.subnets)
        self.role = account.node_role()

    def group(self, template: dict[str, Any] | None = None, *, nodes: int = 1, **more: Any) -> Made:
        if template is not None:
            made = self.account.aws.make(kinds.LAUNCH_TEMPLATE, "t", **template)
            more["launchTemplate"] = {
                "id": made.id,
                "version": "1",
                **more.get("launchTemplate", {}),
            }
        inputs: dict[str, Any] = {
            "clusterName": "c",
            "nodeRoleArn": text(self.role.outputs, "arn"),
            "subnetIds": [self.subnets[0].id],
            "scalingConfig": {"minSize": 0, "maxSize": 9, "desiredSize": nodes},
            **more,
        }
        return self.account.aws.make(kinds.NODE_GROUP, "g", **inputs)


@pytest.fixture
def pool(account: Account) -> Pool:
    return Pool(account)


def test_a_cluster_needs_two_zones(account: Account) -> None:
    _, subnets = account.network()
    with pytest.raises(Refusal, match="two different AZs"):
        account.cluster(subnets[:1])


def test_a_cluster_brings_a_security_group_and_takes_it_along(account: Account) -> None:
    _, subnets = account.network()
    cluster = account.cluster(subnets)
    group = text(cluster.outputs, "vpcConfig", "clusterSecurityGroupId")
    rule = account.aws.make(
        kinds.INGRESS_RULE,
        "r",
        securityGroupId=group,
        referencedSecurityGroupId=group,
        ipProtocol="-1",
    )
    with pytest.raises(Refusal, match=rule.id):
        account.aws.remove(kinds.CLUSTER, cluster)
    account.aws.remove(kinds.INGRESS_RULE, rule)
    account.aws.remove(kinds.CLUSTER, cluster)
    assert account.world.find("aws", (kinds.SECURITY_GROUP,), group) is None


def test_a_cluster_with_node_groups_stays(pool: Pool) -> None:
    group = pool.group()
    with pytest.raises(Refusal, match="ResourceInUseException: Cluster has nodegroups attached"):
        pool.account.aws.remove(kinds.CLUSTER, pool.cluster)
    pool.account.aws.remove(kinds.NODE_GROUP, group)
    pool.account.aws.remove(kinds.CLUSTER, pool.cluster)


def test_an_addon_exists_once(pool: Pool) -> None:
    pool.account.aws.make(kinds.ADDON, "a", clusterName="c", addonName="vpc-cni")
    with pytest.raises(Refusal, match="ResourceInUseException"):
        pool.account.aws.make(kinds.ADDON, "b", clusterName="c", addonName="vpc-cni")
    with pytest.raises(Refusal, match="ResourceNotFoundException"):
        pool.account.aws.make(kinds.ADDON, "b", clusterName="gone", addonName="vpc-cni")


def test_an_access_policy_needs_its_entry(pool: Pool) -> None:
    arn = text(pool.role.outputs, "arn")
    asked = {
        "clusterName": "c",
        "principalArn": arn,
        "policyArn": "p",
        "accessScope": {"type": "cluster"},
    }
    with pytest.raises(Refusal, match="no access entry"):
        pool.account.aws.make(kinds.ACCESS_POLICY, "p", **asked)
    pool.account.aws.make(kinds.ACCESS_ENTRY, "e", clusterName="c", principalArn=arn)
    pool.account.aws.make(kinds.ACCESS_POLICY, "p", **asked)


@pytest.mark.parametrize(
    ("template", "more", "reason"),
    [
        ({"iamInstanceProfile": {"name": "x"}}, {}, "must not specify iamInstanceProfile"),
        (
            {"networkInterfaces": [{"deviceIndex": 0, "subnetId": "s"}]},
            {},
            "networkInterfaces.subnetId",
        ),
        ({"instanceType": "m5.large"}, {"instanceTypes": ["m5.large"]}, "instanceTypes cannot"),
        ({"instanceType": "m5.large"}, {"diskSize": 100}, "diskSize cannot"),
        ({"imageId": "ami-1"}, {"amiType": "AL2023_x86_64_NVIDIA"}, "amiType cannot"),
        ({"instanceType": "m5.large"}, {"launchTemplate": {"version": "7"}}, "VersionNotFound"),
    ],
)
def test_template_and_group_fit(
    pool: Pool, template: dict[str, Any], more: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refusal, match=reason):
        pool.group(template, **more)


def test_a_template_that_fits_is_accepted(pool: Pool) -> None:
    group = pool.group({"instanceType": P5})
    assert text(group.outputs, "resources", 0, "autoscalingGroups", 0, "name").startswith("eks-g-")
    template = get(group.inputs, "launchTemplate", "id")
    with pytest.raises(Refusal, match="DependencyViolation"):
        pool.account.aws.remove(
            kinds.LAUNCH_TEMPLATE, Made(id=str(template), inputs={}, outputs={})
        )


def test_a_type_that_the_zone_does_not_offer(pool: Pool) -> None:
    with pytest.raises(Refusal, match=r"Unsupported: .*usw2-az2.*usw2-az1"):
        pool.group({"instanceType": P5}, subnetIds=[pool.subnets[1].id])


def test_nodes_need_their_policy_and_a_way_out(account: Account) -> None:
    vpc, subnets = account.network()
    account.cluster(subnets)
    role = account.aws.make(kinds.ROLE, "bare", name="bare", assumeRolePolicy="{}")

    def group(nodes: int, role_arn: str) -> Made:
        return account.aws.make(
            kinds.NODE_GROUP,
            f"g{nodes}",
            clusterName="c",
            nodeRoleArn=role_arn,
            subnetIds=[subnets[0].id],
            scalingConfig={"minSize": 0, "maxSize": 2, "desiredSize": nodes},
        )

    with pytest.raises(Refusal, match=r"NodeCreationFailure.*AmazonEKSWorkerNodePolicy"):
        group(1, text(role.outputs, "arn"))
    good = text(account.node_role().outputs, "arn")
    with pytest.raises(Refusal, match=r"NodeCreationFailure.*no route to the internet"):
        group(1, good)
    group(0, good)
    account.way_out(vpc, subnets)
    group(1, good)


def test_a_policy_stays_while_nodes_run_with_it(pool: Pool) -> None:
    pool.group()
    (attachment,) = pool.account.world.all("aws", kinds.ROLE_POLICY_ATTACHMENT)
    made = Made(id=attachment.key.id, inputs={}, outputs={})
    with pytest.raises(Refusal, match=r"simulated: .* still runs with role nodes"):
        pool.account.aws.remove(kinds.ROLE_POLICY_ATTACHMENT, made)


def test_a_capacity_block_that_fits(pool: Pool) -> None:
    group = pool.group(BLOCK, nodes=2, capacityType="CAPACITY_BLOCK")
    with pytest.raises(Refusal, match="ReservationCapacityExceeded"):
        pool.account.aws.change(
            kinds.NODE_GROUP, group, scalingConfig={"minSize": 0, "maxSize": 9, "desiredSize": 3}
        )


@pytest.mark.parametrize(
    ("template", "more", "reason"),
    [
        ({"instanceType": P5}, {}, "needs a launch template with market type"),
        ({**BLOCK, "instanceType": None}, {}, "exactly one instance type"),
        ({**BLOCK, "instanceType": "p4d.24xlarge"}, {}, "holds p5.48xlarge"),
        (BLOCK, {"nodes": 3}, "ReservationCapacityExceeded"),
        (BLOCK, {"capacityType": "ON_DEMAND"}, "needs capacityType CAPACITY_BLOCK"),
        ({**BLOCK, "placement": {"tenancy": "dedicated"}}, {}, "neither a placement group"),
        (
            {
                **BLOCK,
                "capacityReservationSpecification": {
                    "capacityReservationTarget": {"capacityReservationId": "cr-gone"}
                },
            },
            {},
            "InvalidCapacityReservationId.NotFound",
        ),
        (
            {
                **BLOCK,
                "capacityReservationSpecification": {
                    "capacityReservationTarget": {"capacityReservationId": "cr-later"}
                },
            },
            {},
            "is scheduled, not active",
        ),
    ],
)
def test_a_capacity_block_that_does_not_fit(
    pool: Pool, template: dict[str, Any], more: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refusal, match=reason):
        pool.group(template, **{"capacityType": "CAPACITY_BLOCK", **more})


def test_a_capacity_block_is_in_one_zone(pool: Pool) -> None:
    with pytest.raises(Refusal, match="is in usw2-az1"):
        pool.group(BLOCK, capacityType="CAPACITY_BLOCK", subnetIds=[s.id for s in pool.subnets])


def test_a_block_that_has_not_started_takes_an_empty_group(pool: Pool) -> None:
    later = {"capacityReservationTarget": {"capacityReservationId": "cr-later"}}
    template = {**BLOCK, "capacityReservationSpecification": later}
    pool.group(template, nodes=0, capacityType="CAPACITY_BLOCK")


def test_a_service_that_outlives_its_cluster_holds_the_network(account: Account) -> None:
    """D1"""
    vpc, subnets = account.network()
    public = account.aws.change(kinds.SUBNET, subnets[0], tags={"kubernetes.io/role/elb": "1"})
    gateway = account.aws.make(kinds.INTERNET_GATEWAY, "igw", vpcId=vpc.id)
    cluster = account.cluster(subnets)
    inside = account.kubernetes(text(cluster.outputs, "endpoint"))
    for name, type in (("web", "LoadBalancer"), ("api", "ClusterIP")):
        inside.make(
            "kubernetes:core/v1:Service", name, metadata={"name": name}, spec={"type": type}
        )
    account.aws.remove(kinds.CLUSTER, cluster)
    for kind, made, words in (
        (kinds.SUBNET, public, rf"eni-\w+ \(ELB a\w+\) still uses {public.id}"),
        (kinds.INTERNET_GATEWAY, gateway, r"mapped public address.* \(eni-\w+, ELB a\w+\)"),
        (kinds.VPC, vpc, rf"{vpc.id} has a dependent object"),
    ):
        with pytest.raises(Refusal, match=f"DependencyViolation: .*{words}"):
            account.aws.remove(kind, made)
    account.aws.remove(kinds.SUBNET, subnets[1])
    held = [held.name for held in account.world.inventory() if held.note]
    assert len(held) == 3, "its group, its interface, itself; the other Service is nothing outside"
