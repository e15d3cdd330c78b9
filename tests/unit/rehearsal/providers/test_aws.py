"""The aws table: names, replacements, computed outputs, and the network's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.providers.aws import kinds
from rehearsal.providers.standin import Made, Refusal
from rehearsal.providers.values import UNKNOWN, dotted, get, text

if TYPE_CHECKING:
    from tests.unit.rehearsal.providers.conftest import Account


def test_an_unknown_type_is_refused_by_name(account: Account) -> None:
    with pytest.raises(Refusal, match="the aws stand-in does not know aws:s3/bucket:Bucket"):
        account.aws.make("aws:s3/bucket:Bucket", "b")


def test_automatic_names_stay(account: Account) -> None:
    subject = account.aws.subject(kinds.ROLE, "r")
    first = account.aws.stand_in.check(subject, {}, None, b"one")
    again = account.aws.stand_in.check(subject, {}, first, b"two")
    assert text(first, "name").startswith("r-")
    assert again == first
    assert account.aws.stand_in.check(subject, {"name": "given"}, first, b"") == {"name": "given"}


@pytest.mark.parametrize(
    ("type", "old", "new", "replaced"),
    [
        (kinds.SUBNET, {"cidrBlock": "10.0.0.0/24"}, {"cidrBlock": "10.0.1.0/24"}, True),
        (kinds.SUBNET, {"tags": {"a": "1"}}, {"tags": {"a": "2"}}, False),
        (kinds.NODE_GROUP, {"subnetIds": ["a"]}, {"subnetIds": ["b"]}, True),
        (
            kinds.NODE_GROUP,
            {"scalingConfig": {"maxSize": 1}},
            {"scalingConfig": {"maxSize": 2}},
            False,
        ),
        (
            kinds.NODE_GROUP,
            {"launchTemplate": {"version": "1"}},
            {"launchTemplate": {"version": "2"}},
            False,
        ),
        (kinds.NODE_GROUP, {"launchTemplate": {"id": "a"}}, {"launchTemplate": {"id": "b"}}, True),
        (kinds.CLUSTER, {"version": "1.33"}, {"version": "1.34"}, False),
        (kinds.CLUSTER, {"roleArn": "a"}, {"roleArn": "b"}, True),
    ],
)
def test_what_replaces_and_what_updates(
    account: Account, type: str, old: dict[str, Any], new: dict[str, Any], replaced: bool
) -> None:
    difference = account.aws.stand_in.diff(account.aws.subject(type, "x"), old, new)
    assert [*difference.changed.values()] == [replaced], {dotted(p) for p in difference.changed}


def test_a_fixed_name_is_freed_before_it_is_taken_again(account: Account) -> None:
    subject = account.aws.subject(kinds.NODE_GROUP, "g")
    diff = account.aws.stand_in.diff
    assert diff(
        subject, {"nodeGroupName": "g", "amiType": "a"}, {"nodeGroupName": "g", "amiType": "b"}
    ).delete_first
    auto: dict[str, Any] = {"nodeGroupName": "g-1", "__defaults": ["nodeGroupName"]}
    assert not diff(subject, {**auto, "amiType": "a"}, {**auto, "amiType": "b"}).delete_first


def test_a_preview_leaves_computed_outputs_unknown(account: Account) -> None:
    subject = account.aws.subject(kinds.SUBNET, "s")
    shown = account.aws.stand_in.preview(
        subject,
        {"vpcId": UNKNOWN, "cidrBlock": "10.0.0.0/24", "availabilityZoneId": "usw2-az1"},
        None,
    )
    assert (shown["arn"], shown["availabilityZone"], shown["cidrBlock"]) == (
        UNKNOWN,
        UNKNOWN,
        "10.0.0.0/24",
    )
    assert account.world.inventory() == []


def test_zones(account: Account) -> None:
    _, subnets = account.network()
    assert text(subnets[1].outputs, "availabilityZone") == "us-west-2b"
    with pytest.raises(Refusal, match="use1-az1"):
        account.aws.make(
            kinds.SUBNET,
            "far",
            vpcId=text(subnets[0].inputs, "vpcId"),
            cidrBlock="10.40.9.0/24",
            availabilityZoneId="use1-az1",
        )


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("10.40.0.128/25", "InvalidSubnet.Conflict"),
        ("10.41.0.0/24", "InvalidSubnet.Range"),
        ("10.40.0.0/29", "InvalidSubnet.Range"),
        ("10.40.0.1/24", "InvalidParameterValue"),
    ],
)
def test_a_subnet_needs_room(account: Account, block: str, code: str) -> None:
    vpc, _ = account.network()
    with pytest.raises(Refusal, match=code):
        account.aws.make(kinds.SUBNET, "x", vpcId=vpc.id, cidrBlock=block)


def test_references_must_exist(account: Account) -> None:
    with pytest.raises(
        Refusal, match=r"InvalidVpcID.NotFound: vpc-gone does not exist \(at vpcId\)"
    ):
        account.aws.make(kinds.SUBNET, "x", vpcId="vpc-gone", cidrBlock="10.0.0.0/24")


def test_a_network_goes_from_the_inside_out(account: Account) -> None:
    vpc, subnets = account.network()
    with pytest.raises(Refusal, match="DependencyViolation"):
        account.aws.remove(kinds.VPC, vpc)
    for subnet in subnets:
        account.aws.remove(kinds.SUBNET, subnet)
    account.aws.remove(kinds.VPC, vpc)
    assert account.world.inventory() == []


def test_nat_gateways_and_internet_gateways(account: Account) -> None:
    vpc, subnets = account.network()
    address = account.aws.make(kinds.EIP, "ip", domain="vpc")

    def nat() -> Made:
        return account.aws.make(
            kinds.NAT_GATEWAY, "nat", subnetId=subnets[0].id, allocationId=address.id
        )

    with pytest.raises(Refusal, match=r"Gateway\.NotAttached"):
        nat()
    gateway = account.aws.make(kinds.INTERNET_GATEWAY, "igw", vpcId=vpc.id)
    made = nat()
    with pytest.raises(Refusal, match=r"Resource\.AlreadyAssociated"):
        nat()
    with pytest.raises(Refusal, match="mapped public address"):
        account.aws.remove(kinds.INTERNET_GATEWAY, gateway)
    account.aws.remove(kinds.NAT_GATEWAY, made)
    account.aws.remove(kinds.INTERNET_GATEWAY, gateway)


def test_a_rule_exists_once(account: Account) -> None:
    vpc, _ = account.network()
    group = account.aws.make(kinds.SECURITY_GROUP, "g", vpcId=vpc.id)
    rule = {
        "securityGroupId": group.id,
        "referencedSecurityGroupId": group.id,
        "ipProtocol": "-1",
    }
    made = account.aws.make(kinds.INGRESS_RULE, "a", **rule)
    account.aws.make(kinds.EGRESS_RULE, "e", **rule)
    with pytest.raises(Refusal, match=r"InvalidPermission\.Duplicate"):
        account.aws.make(kinds.INGRESS_RULE, "b", **rule)
    with pytest.raises(Refusal, match="DependencyViolation"):
        account.aws.remove(kinds.SECURITY_GROUP, group)
    account.aws.remove(kinds.INGRESS_RULE, made)
    account.aws.make(kinds.INGRESS_RULE, "b", **rule)


def test_a_launch_template_counts_its_versions(account: Account) -> None:
    template = account.aws.make(
        kinds.LAUNCH_TEMPLATE, "t", instanceType="a", updateDefaultVersion=True
    )
    assert get(template.outputs, "latestVersion") == 1
    changed = account.aws.change(kinds.LAUNCH_TEMPLATE, template, instanceType="b")
    assert get(changed.outputs, "latestVersion") == get(changed.outputs, "defaultVersion") == 2
    shown = account.aws.stand_in.preview(
        account.aws.subject(kinds.LAUNCH_TEMPLATE, "t"), changed.inputs, changed
    )
    assert shown["latestVersion"] == UNKNOWN
    assert shown["arn"] == changed.outputs["arn"]


def interface(card: int, device: int, kind: str, **more: object) -> dict[str, object]:
    return {"networkCardIndex": card, "deviceIndex": device, "interfaceType": kind, **more}


@pytest.mark.parametrize(
    ("interfaces", "reason"),
    [
        ([interface(0, 0, "efa-only")], "cannot be the primary"),
        ([interface(0, 0, "efa"), interface(0, 0, "interface")], "given twice"),
        ([interface(0, 0, "efa"), interface(0, 1, "efa-only")], "takes one EFA, 2 are asked for"),
        ([interface(1, 0, "efa-only")], "primary network interface"),
        (
            [
                interface(0, 0, "interface", associatePublicIpAddress=True),
                interface(1, 0, "efa-only"),
            ],
            "associatePublicIPAddress",
        ),
    ],
)
def test_network_card_rules(account: Account, interfaces: list[object], reason: str) -> None:
    with pytest.raises(Refusal, match=reason):
        account.aws.make(kinds.LAUNCH_TEMPLATE, "t", networkInterfaces=interfaces)


def test_both_documented_layouts_are_accepted(account: Account) -> None:
    current = [
        interface(0, 0, "interface"),
        interface(0, 1, "efa-only"),
        interface(1, 0, "efa-only"),
    ]
    older = [interface(0, 0, "efa"), interface(1, 1, "efa-only")]
    for name, interfaces in (("current", current), ("older", older)):
        account.aws.make(kinds.LAUNCH_TEMPLATE, name, networkInterfaces=interfaces)


def test_security_groups_stand_in_one_place_of_a_template(account: Account) -> None:
    vpc, _ = account.network()
    group = account.aws.make(kinds.SECURITY_GROUP, "g", vpcId=vpc.id)
    with pytest.raises(Refusal, match="InvalidParameterCombination"):
        account.aws.make(
            kinds.LAUNCH_TEMPLATE,
            "t",
            vpcSecurityGroupIds=[group.id],
            networkInterfaces=[interface(0, 0, "interface", securityGroups=[group.id])],
        )


def test_an_unknown_lookup_is_refused(account: Account) -> None:
    with pytest.raises(Refusal, match="does not know the lookup aws:x"):
        account.aws.stand_in.invoke(account.aws.config, "aws:x", {})
