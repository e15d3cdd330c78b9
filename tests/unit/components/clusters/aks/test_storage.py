"""Managed Lustre and the volumes on it."""

from __future__ import annotations

from tests.harness.aks import CLUSTER, GROUP, LUSTRE, aks, aks_plan
from tests.harness.recording import Recording

CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
VOLUME = "kubernetes:core/v1:PersistentVolume"


def test_a_file_system_as_asked_for(h100: Recording) -> None:
    made = h100.one(LUSTRE)
    assert made.get("sku") == {"name": "AMLFS-Durable-Premium-250"}
    assert made.get("storageCapacityTiB") == 8
    assert made.get("zones") == ["1"]
    assert made.get("maintenanceWindow") == {"dayOfWeek": "Sunday", "timeOfDayUTC": "22:00"}
    assert {made.timeouts.create, made.timeouts.delete} == {"60m"}


def test_it_is_where_the_cluster_does_not_take_it_along(h100: Recording) -> None:
    """What is in the cluster's node resource group goes with the cluster (ZD1)."""
    made = h100.one(LUSTRE)
    assert made.property_dependencies["resourceGroupName"] == {h100.one(GROUP).urn}
    assert h100.one(CLUSTER).urn not in h100.before(made)


def test_it_is_replaced_by_what_cannot_be_changed_and_only_once_it_is_gone(
    h100: Recording,
) -> None:
    made = h100.one(LUSTRE)
    assert set(made.replace_on_changes) == {
        "filesystemSubnet",
        "sku",
        "storageCapacityTiB",
        "zones",
    }
    assert set(made.replace_on_changes) <= set(made.inputs.values)
    assert made.delete_before_replace


def test_it_is_protected_on_request_alone(h100: Recording) -> None:
    assert not h100.one(LUSTRE).protect
    assert aks("aks-h100", ("storage.managedLustre.protect", True)).one(LUSTRE).protect


def test_each_claim_has_a_volume_of_the_driver(h100: Recording) -> None:
    claims = {claim.volume: claim for claim in aks_plan("aks-h100").claims}
    volumes = {v.get("metadata", "name"): v for v in h100.of_type(VOLUME)}
    assert set(volumes) == set(claims)
    assert len(volumes) == 2
    for name, volume in volumes.items():
        assert volume.get("spec", "csi") == {
            "driver": "azurelustre.csi.azure.com",
            # The driver takes handles apart at `#`, and each of a node's must differ.
            "volumeHandle": f"{name}#lustrefs#10.50.252.4",
            "volumeAttributes": {"mgs-ip-address": "10.50.252.4"},
        }
        assert volume.get("spec", "mountOptions") == ["noatime", "flock"]
        assert volume.get("spec", "persistentVolumeReclaimPolicy") == "Retain"
        assert volume.get("spec", "claimRef", "name") == claims[name].name


def test_the_class_is_the_plans_and_waits_for_the_file_system(h100: Recording) -> None:
    (planned,) = {claim.storage_class for claim in aks_plan("aks-h100").claims}
    registered = h100.one(CLASS)
    assert registered.get("metadata", "name") == planned == "azurelustre-static"
    assert registered.get("provisioner") == "azurelustre.csi.azure.com"
    storage = h100.exports.values["storage"]
    assert isinstance(storage, dict)
    assert set(storage) == {planned}
    for volume in h100.of_type(VOLUME):
        assert h100.one(LUSTRE).urn in h100.before(volume)


def test_without_it_nothing_is_made_in_the_cluster(a100: Recording) -> None:
    """Disks and Azure Files have their classes from AKS."""
    assert a100.of_type(CLASS) == []
    assert a100.of_type(VOLUME) == []
    assert a100.exports.values["storage"] == {}
