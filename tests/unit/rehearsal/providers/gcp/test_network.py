"""What Compute Engine refuses of networks, and what things are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.providers.gcp import kinds
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import UNKNOWN, dotted, get, text

if TYPE_CHECKING:
    from rehearsal.providers.standin import Made
    from tests.unit.rehearsal.providers.gcp.conftest import Project

PROFILE = "https://www.googleapis.com/compute/beta/projects/p/global/networkProfiles/{}-vpc-roce"


def test_an_unknown_type_is_refused_by_name(project: Project) -> None:
    with pytest.raises(Refusal, match="the gcp stand-in does not know gcp:storage"):
        project.gcp.make("gcp:storage/bucket:Bucket", "b")


def test_names_are_lower_case_and_stay(project: Project) -> None:
    subject = project.gcp.subject(kinds.NETWORK, "GPU")
    first = project.gcp.stand_in.check(subject, {}, None, b"one")
    again = project.gcp.stand_in.check(subject, {}, first, b"two")
    assert text(first, "name").startswith("gpu-")
    assert again == first
    with pytest.raises(Refusal, match=r"Must be a match of regex"):
        project.network("Net")


def test_ids_links_and_defaults(project: Project, home: tuple[Made, Made]) -> None:
    network, subnetwork = home
    assert network.id == "projects/p/global/networks/net"
    assert text(network.outputs, "selfLink").endswith(f"/compute/v1/{network.id}")
    assert subnetwork.id == "projects/p/regions/us-central1/subnetworks/nodes"
    assert get(subnetwork.outputs, "gatewayAddress") == "10.60.0.1"
    assert get(subnetwork.outputs, "project") == "p"


def test_a_network_is_named_by_link_path_or_name(project: Project) -> None:
    network = project.network()
    for index, given in enumerate(
        (text(network.outputs, "selfLink"), network.id, "net", "global/networks/net")
    ):
        project.gcp.make(kinds.FIREWALL, f"f{index}", name=f"f{index}", network=given)
    with pytest.raises(Refusal, match=r"projects/p/global/networks/other does not exist"):
        project.gcp.make(kinds.FIREWALL, "g", name="g", network="other")


def test_no_project_and_no_region(project: Project) -> None:
    network = project.network()
    project.gcp.config.pop("region")
    with pytest.raises(Refusal, match="Cannot determine region"):
        project.gcp.make(kinds.ROUTER, "r", name="r", network=network.id)
    project.gcp.config.pop("project")
    with pytest.raises(Refusal, match="project: required field is not set"):
        project.network("second")


def test_a_preview_leaves_computed_outputs_unknown(project: Project) -> None:
    for type, given in (
        (kinds.SUBNETWORK, {"network": UNKNOWN, "ipCidrRange": UNKNOWN, "name": "s"}),
        (kinds.CLUSTER, {"network": UNKNOWN, "name": "c", "masterAuth": {}}),
        (kinds.NODE_POOL, {"cluster": UNKNOWN, "name": "n", "nodeConfig": {"labels": UNKNOWN}}),
        (kinds.LUSTRE, {"network": UNKNOWN, "instanceId": "l", "filesystem": "f"}),
        (kinds.FILESTORE, {"networks": [{"network": UNKNOWN}], "name": "f"}),
        (kinds.ACCOUNT, {"accountId": UNKNOWN}),
    ):
        subject = project.gcp.subject(type, "x")
        inputs: dict[str, Any] = dict(given)
        shown = project.gcp.stand_in.preview(subject, inputs, None)
        new = {key: item for key, item in shown.items() if key not in given}
        assert shown["project"] == "p"
        unknown = {key for key, item in new.items() if item == UNKNOWN}
        assert unknown == {*new} - {"project", "pulumiLabels", "effectiveLabels"}
        assert unknown
    assert project.left() == set()


def test_the_addresses_of_a_filestore_are_unknown_before_it_is_made(project: Project) -> None:
    shown = project.gcp.stand_in.preview(
        project.gcp.subject(kinds.FILESTORE, "f"), {"networks": [{"network": "net"}]}, None
    )
    assert get(shown, "networks", 0, "ipAddresses") == UNKNOWN
    assert get(shown, "networks", 0, "network") == "net"


@pytest.mark.parametrize(
    ("type", "old", "new", "replaced"),
    [
        (kinds.NETWORK, {"mtu": 1460}, {"mtu": 8896}, False),
        (kinds.NETWORK, {"networkProfile": "a"}, {"networkProfile": "b"}, True),
        (kinds.SUBNETWORK, {"ipCidrRange": "a"}, {"ipCidrRange": "b"}, False),
        (kinds.CLUSTER, {"minMasterVersion": "1.33"}, {"minMasterVersion": "1.34"}, False),
        (kinds.CLUSTER, {"datapathProvider": "a"}, {"datapathProvider": "b"}, True),
        (kinds.NODE_POOL, {"nodeCount": 1}, {"nodeCount": 2}, False),
        (
            kinds.NODE_POOL,
            {"nodeConfig": {"reservationAffinity": {"values": ["a"]}}},
            {"nodeConfig": {"reservationAffinity": {"values": ["b"]}}},
            True,
        ),
        (kinds.LUSTRE, {"capacityGib": "9000"}, {"capacityGib": "18000"}, False),
        (kinds.LUSTRE, {"filesystem": "a"}, {"filesystem": "b"}, True),
    ],
)
def test_what_replaces_and_what_updates(
    project: Project, type: str, old: dict[str, Any], new: dict[str, Any], replaced: bool
) -> None:
    difference = project.gcp.stand_in.diff(project.gcp.subject(type, "x"), old, new)
    assert [*difference.changed.values()] == [replaced], {dotted(p) for p in difference.changed}


def test_the_sixth_network_is_over_quota(project: Project) -> None:
    for index in range(5):
        project.network(f"n{index}")
    with pytest.raises(Refusal, match=r"Quota 'NETWORKS' exceeded.*held by n0, n1"):
        project.network("n5")


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ("10.60.8.0/24", "conflicts with existing subnetwork 'nodes'"),
        ("10.64.1.0/24", "conflicts with existing subnetwork 'nodes'"),
        ("10.70.0.0/30", "The smallest range is /29"),
        ("10.70.0.1/24", "has host bits set"),
    ],
)
@pytest.mark.usefixtures("home")
def test_a_subnetwork_needs_room(project: Project, block: str, reason: str) -> None:
    with pytest.raises(Refusal, match=reason):
        project.gcp.make(
            kinds.SUBNETWORK, "x", name="x", network="net", ipCidrRange=block, region="us-east1"
        )


def test_ranges_of_one_subnetwork_are_apart(project: Project) -> None:
    ranges = [{"rangeName": "pods", "ipCidrRange": "10.60.0.0/16"}]
    with pytest.raises(Refusal, match="conflicts with"):
        project.subnetwork(project.network(), "10.60.0.0/20", secondaryIpRanges=ranges)


def test_what_a_network_with_an_rdma_profile_does_not_take(project: Project) -> None:
    profile = PROFILE.format("us-central1-b")
    with pytest.raises(Refusal, match="does not exist"):
        project.network("rdma", networkProfile="us-central1-roce")
    with pytest.raises(Refusal, match="cannot be in auto subnet mode"):
        project.network("rdma", networkProfile=profile, autoCreateSubnetworks=True)
    network = project.network("rdma", networkProfile=profile)
    assert get(network.outputs, "mtu") == 8896
    with pytest.raises(Refusal, match=r"rdma has profile us-central1-b-vpc-roce, which takes no"):
        project.gcp.make(kinds.FIREWALL, "f", name="f", network=network.id)
    with pytest.raises(Refusal, match="no subnetwork in region us-east1"):
        project.subnetwork(network, "10.0.0.0/24", region="us-east1")
    policy = project.gcp.make(kinds.FIREWALL_POLICY, "allow", name="allow")
    project.gcp.make(
        kinds.FIREWALL_POLICY_RULE, "all", firewallPolicy="allow", priority=1000, action="allow"
    )
    project.gcp.make(
        kinds.FIREWALL_POLICY_ASSOCIATION,
        "rdma",
        name="rdma",
        firewallPolicy=policy.id,
        attachmentTarget=network.id,
    )


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"addressType": "EXTERNAL"}, "needs address type INTERNAL"),
        ({"prefixLength": None}, "needs 'prefixLength'"),
    ],
)
def test_a_peering_range_has_a_size(project: Project, more: dict[str, object], reason: str) -> None:
    given = {"addressType": "INTERNAL", "prefixLength": 20, "network": project.network().id}
    with pytest.raises(Refusal, match=reason):
        project.gcp.make(
            kinds.GLOBAL_ADDRESS, "r", name="r", purpose="VPC_PEERING", **{**given, **more}
        )


def test_labels_are_lower_case_and_join_the_providers(project: Project) -> None:
    project.gcp.config["defaultLabels"] = {"team": "ml"}
    made = project.gcp.make(kinds.GLOBAL_ADDRESS, "a", name="a", labels={"kind": "x"})
    assert get(made.outputs, "pulumiLabels") == {"team": "ml", "kind": "x"}
    with pytest.raises(Refusal, match="Invalid value for label 'Team'"):
        project.gcp.make(kinds.GLOBAL_ADDRESS, "b", name="b", labels={"Team": "x"})
