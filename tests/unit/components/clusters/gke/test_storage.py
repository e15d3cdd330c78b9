"""File systems, and the volumes that claims on them are bound to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.recording import Recording

LUSTRE = "gcp:lustre/instance:Instance"
FILESTORE = "gcp:filestore/instance:Instance"
VOLUME = "kubernetes:core/v1:PersistentVolume"
CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
CONNECTION = "gcp:servicenetworking/connection:Connection"
Changed = Callable[[str, Callable[[dict[str, Any]], None]], Recording]


def test_lustre_is_where_the_gpus_are(h200: Recording) -> None:
    lustre = h200.one(LUSTRE)
    assert lustre.get("location") == "us-central1-b"
    assert lustre.get("capacityGib") == "9000"
    assert lustre.get("perUnitStorageThroughput") == "1000"
    assert lustre.property_dependencies["network"] == {
        h200.one("gcp:compute/network:Network", "cluster-network-vpc").urn
    }
    assert not lustre.protect


def test_instance_and_driver_talk_on_the_same_port(h200: Recording) -> None:
    addon = h200.one("gcp:container/cluster:Cluster").get("addonsConfig", "lustreCsiDriverConfig")
    assert h200.one(LUSTRE).get("gkeSupportEnabled") is addon["enableLegacyLustrePort"] is False
    assert addon["enabled"] is True
    # Its nodes have host interfaces in two VPCs.
    assert addon["disableMultiNic"] is True
    rule = h200.one("gcp:compute/firewall:Firewall", "cluster-lustre-lustre")
    assert rule.get("allows") == [{"protocol": "tcp", "ports": ["988"]}]
    assert rule.get("sourceRanges") == ["10.80.0.0/20"]


def test_the_peering_does_not_keep_the_vpc(h200: Recording) -> None:
    """Abandoned, it would stay, and with it the VPC; deleted, it fails while Google cleans up."""
    connection = h200.one(CONNECTION)
    assert connection.get("deletionPolicy") == "REMOVE_PEERING"
    assert connection.get("reservedPeeringRanges") is not None
    assert connection.urn in h200.before(h200.one(LUSTRE))
    assert h200.one("gcp:compute/globalAddress:GlobalAddress").get("prefixLength") == 20


def test_caches_are_folders_of_one_claim(h200: Recording) -> None:
    """A node mounts a Lustre file system once: a second handle for it is refused."""
    volume = h200.one(VOLUME)
    assert volume.get("spec", "csi") == {
        "driver": "lustre.csi.storage.gke.io",
        "volumeHandle": "your-project-id/us-central1-b/gke-h200-lustre",
        "volumeAttributes": {"ip": "10.80.0.2", "filesystem": "dynamo"},
    }
    assert volume.get("spec", "persistentVolumeReclaimPolicy") == "Retain"
    assert h200.one(CLASS).get("metadata", "name") == "lustre"


def test_filestore_claims_have_handles_of_their_own(l4: Recording) -> None:
    volumes = l4.of_type(VOLUME)
    assert {v.get("spec", "csi", "volumeHandle") for v in volumes} == {
        f"modeInstance/us-central1-a/gke-l4-files/dynamo-{cache}-cache"
        for cache in ("model", "compilation")
    }
    for volume in volumes:
        assert volume.get("spec", "csi", "driver") == "filestore.csi.storage.gke.io"
        # What nodes mount.
        assert volume.get("spec", "csi", "volumeAttributes") == {
            "ip": "10.81.0.2",
            "volume": "dynamo",
        }
    assert l4.one(FILESTORE).get("fileShares") == {"name": "dynamo", "capacityGb": 1024}
    assert l4.one(CLASS).get("metadata", "name") == "filestore"


@pytest.mark.parametrize(
    ("tier", "location"), [("ZONAL", "us-central1-a"), ("REGIONAL", "us-central1")]
)
def test_filestore_is_in_a_zone_or_in_the_region(
    changed: Changed, tier: str, location: str
) -> None:
    def choose(blocks: dict[str, Any]) -> None:
        blocks["cluster"]["storage"]["filestore"]["tier"] = tier

    assert changed("gke-l4", choose).one(FILESTORE).get("location") == location


@pytest.mark.parametrize(
    ("stack", "block", "type_"),
    [("gke-h200", "managedLustre", LUSTRE), ("gke-l4", "filestore", FILESTORE)],
)
def test_a_file_system_can_be_protected(
    changed: Changed, stack: str, block: str, type_: str
) -> None:
    def protect(blocks: dict[str, Any]) -> None:
        blocks["cluster"]["storage"][block]["protect"] = True

    assert changed(stack, protect).one(type_).protect


def test_claims_wait_for_their_file_system(h200: Recording, l4: Recording) -> None:
    for recording, type_ in ((h200, LUSTRE), (l4, FILESTORE)):
        claims = recording.of_type("kubernetes:core/v1:PersistentVolumeClaim")
        assert claims
        for claim in claims:
            assert recording.one(type_).urn in recording.before(claim)


def test_drivers_are_there_where_they_are_used(
    h200: Recording, l4: Recording, mocker: Recording
) -> None:
    def drivers(recording: Recording) -> dict[str, bool]:
        addons = recording.one("gcp:container/cluster:Cluster").get("addonsConfig")
        return {name: driver["enabled"] for name, driver in addons.items()}

    disk = {"gcePersistentDiskCsiDriverConfig": True}
    assert drivers(mocker) == {**disk, "gcpFilestoreCsiDriverConfig": False}
    assert drivers(l4) == {**disk, "gcpFilestoreCsiDriverConfig": True}
    assert drivers(h200) == {
        **disk,
        "gcpFilestoreCsiDriverConfig": False,
        "lustreCsiDriverConfig": True,
    }
