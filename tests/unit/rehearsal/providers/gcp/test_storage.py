"""What Managed Lustre and Filestore refuse."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.providers.gcp import kinds
from rehearsal.providers.gcp.storage_rules import TIERS
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import get, text

if TYPE_CHECKING:
    from rehearsal.providers.standin import Made
    from tests.unit.rehearsal.providers.gcp.conftest import Project


@pytest.fixture
def connected(project: Project) -> Made:
    """A network with private services access."""
    network = project.network()
    project.connection(network)
    return network


def test_a_lustre_instance(project: Project, connected: Made) -> None:
    made = project.lustre(connected)
    assert made.id == "projects/p/locations/us-central1-b/instances/fs"
    assert re.fullmatch(r"[\d.]+@tcp:/dynamo", text(made.outputs, "mountPoint"))


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"location": "us-central1"}, "location 'us-central1' is not a zone"),
        ({"filesystem": "too-long-a-name"}, "at most eight letters and digits"),
        ({"network": "net"}, "is not of the form projects/PROJECT"),
        ({"instanceId": "1st"}, "is not an instance id"),
        ({"perUnitStorageThroughput": "600"}, "is not one of 1000, 500, 250, 125"),
        ({"capacityGib": "10000"}, "must be a multiple of 9000"),
        ({"capacityGib": "9000", "perUnitStorageThroughput": "500"}, "a multiple of 18000"),
        ({"capacityGib": "1539000"}, "a multiple of 72000"),
        ({"capacityGib": "20016000"}, "between 9000 and 10008000"),
        ({"capacityGib": "0"}, "between 9000 and"),
    ],
)
def test_lustre_that_is_refused(
    project: Project, connected: Made, more: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refusal, match=reason):
        project.lustre(connected, **more)


@pytest.mark.parametrize("throughput", [*TIERS])
def test_the_ends_of_a_tier_are_taken(project: Project, connected: Made, throughput: str) -> None:
    tier = TIERS[throughput]
    for capacity in (tier.step, tier.maximum):
        made = project.lustre(
            connected,
            instanceId=f"fs-{capacity}",
            capacityGib=str(capacity),
            perUnitStorageThroughput=throughput,
        )
        project.gcp.remove(kinds.LUSTRE, made)


def test_lustre_only_grows(project: Project, connected: Made) -> None:
    made = project.lustre(connected, capacityGib="18000")
    made = project.gcp.change(kinds.LUSTRE, made, capacityGib="27000")
    with pytest.raises(Refusal, match="cannot shrink from 27000 to 9000"):
        project.gcp.change(kinds.LUSTRE, made, capacityGib="9000")


def test_lustre_needs_private_services_access(project: Project) -> None:
    with pytest.raises(Refusal, match=r"Lustre instance fs needs private services access.*/net"):
        project.lustre(project.network())


def test_lustre_needs_room_in_the_allocated_range(project: Project) -> None:
    network = project.network()
    project.connection(network, prefix=26)
    with pytest.raises(Refusal, match=r"needs a block of /24.*net are smaller \(range\)"):
        project.lustre(network)


def filestore(project: Project, **more: Any) -> Made:
    given: dict[str, Any] = {
        "name": "nfs",
        "tier": "ZONAL",
        "location": "us-central1-b",
        "fileShares": {"name": "share", "capacityGb": 1024},
        "networks": [{"network": "net", "modes": ["MODE_IPV4"]}],
    }
    return project.gcp.make(kinds.FILESTORE, "nfs", **{**given, **more})


def test_a_filestore_instance(project: Project) -> None:
    project.network()
    made = filestore(project)
    assert text(made.outputs, "networks", 0, "ipAddresses", 0)
    assert get(made.outputs, "networks", 0, "connectMode") == "DIRECT_PEERING"


def test_filestore_that_is_refused(project: Project) -> None:
    project.network()
    with pytest.raises(Refusal, match="tier ZONAL needs a zone"):
        filestore(project, location="us-central1")
    with pytest.raises(Refusal, match="tier REGIONAL needs a region"):
        filestore(project, tier="REGIONAL")
    private = [{"network": "net", "connectMode": "PRIVATE_SERVICE_ACCESS"}]
    with pytest.raises(Refusal, match="Filestore instance nfs needs private services access"):
        filestore(project, networks=private)
