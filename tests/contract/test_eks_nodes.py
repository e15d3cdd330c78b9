"""GPU nodes on EKS: what decides whether they start at all, and whether EFA works."""

from __future__ import annotations

import base64
import email
from email.message import Message

import pytest
import yaml

from tests.harness.program import run_stack
from tests.harness.recording import Recording, Registration
from tests.harness.variants import ON_EKS, Variants

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:eks/nodeGroup:NodeGroup"
IN = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
OUT = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


@pytest.fixture
def h100(variants: Variants) -> Recording:
    return variants.recording("eks-h100", False)


def template(recording: Recording, pool: str = "gpu") -> Registration:
    return recording.one(TEMPLATE, f"cluster-{pool}-template")


def group(recording: Recording, pool: str = "gpu") -> Registration:
    return recording.one(GROUP, f"cluster-{pool}-group")


def efa_group(recording: Recording) -> str:
    """The id of the EFA security group: its rules have it from the group itself."""
    registered = recording.one("aws:ec2/securityGroup:SecurityGroup", "cluster-efa-group")
    rule = recording.one(IN, "cluster-efa-in")
    assert registered.urn in rule.dependencies
    return str(rule.get("securityGroupId"))


def test_c15_p5_has_one_interface_for_ip_and_32_for_efa(h100: Recording) -> None:
    """EC2's table of network cards: card 0 carries IP on device 0 and EFA on device 1."""
    expected = [(0, 0, "interface"), (0, 1, "efa-only")]
    expected += [(card, 0, "efa-only") for card in range(1, 32)]
    written = template(h100).get("networkInterfaces")
    layout = [(i["networkCardIndex"], i["deviceIndex"], i["interfaceType"]) for i in written]
    assert layout == expected


def test_every_interface_has_both_groups_and_goes_with_its_node(h100: Recording) -> None:
    interfaces = template(h100).get("networkInterfaces")
    groups = {tuple(sorted(i["securityGroups"])) for i in interfaces}
    assert len(interfaces) == 33
    assert len(groups) == 1
    (pair,) = groups
    assert len(set(pair)) == 2
    assert efa_group(h100) in pair
    assert {i["deleteOnTermination"] for i in interfaces} == {"true"}


def test_the_other_group_is_the_clusters_own(h100: Recording) -> None:
    control_plane = h100.one("eks:index:Cluster")
    (pair,) = {tuple(i["securityGroups"]) for i in template(h100).get("networkInterfaces")}
    (other,) = set(pair) - {efa_group(h100)}
    assert control_plane.urn in template(h100).dependencies
    assert other.startswith("sg-")


def test_no_interface_has_an_address_or_subnet_of_its_own(h100: Recording) -> None:
    """A node group chooses subnets by itself and refuses a template that names one."""
    for interface in template(h100).get("networkInterfaces"):
        assert set(interface) == {
            "deleteOnTermination",
            "deviceIndex",
            "interfaceType",
            "networkCardIndex",
            "securityGroups",
        }


def test_a_template_with_interfaces_names_no_groups_outside_them(h100: Recording) -> None:
    assert template(h100).get("vpcSecurityGroupIds") is None
    assert template(h100).get("securityGroupNames") is None


def test_a_capacity_block_is_the_market_and_the_target(h100: Recording) -> None:
    written = template(h100)
    assert written.get("instanceMarketOptions") == {"marketType": "capacity-block"}
    assert written.get("capacityReservationSpecification") == {
        "capacityReservationTarget": {"capacityReservationId": "cr-0123456789abcdef0"}
    }


def test_a_capacity_block_takes_no_placement_group(h100: Recording) -> None:
    assert template(h100).get("placement") is None
    assert h100.of_type("aws:ec2/placementGroup:PlacementGroup") == []


def test_the_node_group_says_what_the_template_does_not(h100: Recording) -> None:
    registered = group(h100)
    assert template(h100).get("instanceType") == "p5.48xlarge"
    assert registered.get("instanceTypes") is None
    assert registered.get("diskSize") is None
    assert template(h100).get("imageId") is None
    assert registered.get("amiType") == "AL2023_x86_64_NVIDIA"
    assert registered.get("capacityType") == "CAPACITY_BLOCK"
    assert registered.get("launchTemplate", "version") == "1"


def test_the_node_group_is_in_the_blocks_zone_alone(h100: Recording) -> None:
    assert len(group(h100).get("subnetIds")) == 1
    subnet = h100.one("aws:ec2/subnet:Subnet", "cluster-network-private-use1-az4")
    assert subnet.get("availabilityZoneId") == "use1-az4"
    assert subnet.urn in group(h100).dependencies
    assert len(group(h100, "system").get("subnetIds")) == 2


def test_gpu_nodes_carry_their_taint_and_label(h100: Recording) -> None:
    assert group(h100).get("taints") == [
        {"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"}
    ]
    assert group(h100).get("labels") == {"gpu-clusters/pool": "gpu"}
    assert group(h100, "system").get("taints") == []
    assert group(h100, "system").get("labels") == {"gpu-clusters/pool": "system"}


def test_the_block_is_filled_by_one_group_at_a_time(h100: Recording) -> None:
    assert group(h100).delete_before_replace
    assert not group(h100, "system").delete_before_replace


@pytest.mark.parametrize("pool", ["gpu", "system"])
def test_node_groups_have_time_to_come_and_go(h100: Recording, pool: str) -> None:
    timeouts = group(h100, pool).timeouts
    assert {timeouts.create, timeouts.update, timeouts.delete} == {"60m"}


def user_data(recording: Recording) -> list[Message]:
    """The parts of what GPU nodes get told."""
    text = base64.b64decode(template(recording).get("userData"), validate=True).decode()
    message = email.message_from_string(text)
    assert message.get_content_type() == "multipart/mixed"
    assert not message.defects
    parts = message.get_payload()
    assert isinstance(parts, list)
    return [part for part in parts if isinstance(part, Message)]


def test_user_data_is_mime_with_a_node_config_for_the_local_disks(h100: Recording) -> None:
    part = user_data(h100)[0]
    assert part.get_content_type() == "application/node.eks.aws"
    config = yaml.safe_load(str(part.get_payload()))
    assert config == {
        "apiVersion": "node.eks.aws/v1alpha1",
        "kind": "NodeConfig",
        "spec": {"instance": {"localStorage": {"strategy": "RAID0"}}},
    }


def test_user_data_prepares_the_lustre_client_where_it_is_to_speak_efa(
    h100: Recording, variants: Variants
) -> None:
    assert [part.get_content_type() for part in user_data(h100)] == [
        "application/node.eks.aws",
        "text/x-shellscript",
    ]
    assert str(user_data(h100)[1].get_payload()).startswith("#!/bin/bash\n")
    without = variants.blocks("eks-h100")
    without["cluster"]["storage"]["fsx"]["efa"] = False
    assert len(user_data(run_stack(without, preview=False))) == 1


def test_nodes_without_local_disks_need_no_user_data(h100: Recording) -> None:
    assert template(h100, "system").get("userData") is None
    assert template(h100, "system").get("networkInterfaces") is None


@pytest.mark.parametrize("pool", ["gpu", "system"])
def test_nodes_are_closed(h100: Recording, pool: str) -> None:
    written = template(h100, pool)
    assert written.get("metadataOptions", "httpTokens") == "required"
    assert written.get("keyName") is None
    (disk,) = written.get("blockDeviceMappings")
    assert disk["ebs"]["encrypted"] == "true"
    assert disk["ebs"]["deleteOnTermination"] == "true"


def test_c15_efa_group_lets_everything_through_to_itself_both_ways(h100: Recording) -> None:
    for type_, name in ((IN, "cluster-efa-in"), (OUT, "cluster-efa-out")):
        rule = h100.one(type_, name)
        assert rule.get("ipProtocol") == "-1"
        assert rule.get("securityGroupId") == rule.get("referencedSecurityGroupId")
        assert rule.get("cidrIpv4") is None
        assert rule.get("fromPort") is None
    own = h100.one("aws:ec2/securityGroup:SecurityGroup", "cluster-efa-group")
    # Rules in two places would fight each other at every update.
    assert own.get("ingress") is None
    assert own.get("egress") is None
    assert own.get("revokeRulesOnDelete") is True


def test_each_pool_has_a_role_of_its_own(h100: Recording) -> None:
    roles = {group(h100, pool).get("nodeRoleArn") for pool in ("gpu", "system")}
    assert len(roles) == 2


def test_efa_without_a_reservation_gets_a_placement_group(variants: Variants) -> None:
    recording = variants.recording("on-demand", False)
    placement = recording.one("aws:ec2/placementGroup:PlacementGroup")
    written = template(recording)
    assert placement.get("strategy") == "cluster"
    assert set(written.get("placement")) == {"groupName"}
    assert written.get("placement", "groupName").startswith("cluster-gpu-placement")
    assert written.get("instanceMarketOptions") is None
    assert written.get("capacityReservationSpecification") == {
        "capacityReservationPreference": "none"
    }
    assert group(recording).get("capacityType") == "ON_DEMAND"
    assert len(group(recording).get("subnetIds")) == 1
    assert len(written.get("networkInterfaces")) == 33


def test_a_block_that_has_not_started_gets_no_nodes_yet(variants: Variants) -> None:
    sizes = group(variants.recording("not-started", False)).get("scalingConfig")
    # EKS refuses a maximum below 1, and the block's own size is what it will grow to.
    assert sizes == {"desiredSize": 0, "minSize": 0, "maxSize": 2}


def test_a_block_that_runs_is_filled(h100: Recording) -> None:
    assert group(h100).get("scalingConfig") == {"desiredSize": 2, "minSize": 2, "maxSize": 2}


def test_a_stack_without_gpus_has_no_efa_group(variants: Variants) -> None:
    recording = variants.recording("eks-mocker", False)
    assert recording.of_type("aws:ec2/securityGroup:SecurityGroup") == []
    assert recording.of_type("aws:ec2/placementGroup:PlacementGroup") == []
    assert len(recording.of_type(GROUP)) == 1


@pytest.mark.parametrize("variant", ON_EKS)
def test_people_get_in_by_access_entries_alone(variant: str, variants: Variants) -> None:
    control_plane = variants.recording(variant, False).one("eks:index:Cluster")
    assert control_plane.get("authenticationMode") == "API"


@pytest.mark.parametrize("pool", ["gpu", "system"])
def test_c23_what_a_template_makes_carries_the_tags_too(h100: Recording, pool: str) -> None:
    """Machines, disks and interfaces are EC2's to make: nothing of ours would find them."""
    made = {t["resourceType"]: t["tags"] for t in template(h100, pool).get("tagSpecifications")}
    assert set(made) == {"instance", "volume", "network-interface"}
    for tags in made.values():
        assert tags["gpu-clusters/cluster"] == "eks-h100"
