"""From what a service says at a destroy to what its owner can do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plan import strandings
from rehearsal.bootstrap import ROOT

SAID = {
    "D1": "deleting EC2 Subnet (subnet-0a1b): DependencyViolation: The subnet 'subnet-0a1b' has "
    "dependencies and cannot be deleted",
    "D2": "ResourceInUseException: Cluster has nodegroups attached",
    "D9": "InvalidPlacementGroup.InUse: the placement group is in use",
    "D13": "deleting EFS File System (fs-0a1b): operation error EFS: DeleteFileSystem, https "
    "response error StatusCode: 409, FileSystemInUse: has mount targets",
    "ZD3": 'Code="InUseSubnetCannotBeDeleted" Message="Subnet nodes is in use by '
    "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/networkInterfaces/nic and "
    'cannot be deleted."',
    "ZD5": "OperationNotAllowed: capacity reservation /subscriptions/s/resourceGroups/home/"
    "providers/Microsoft.Compute/capacityReservationGroups/crg/capacityReservations/gpu is in use",
    "ZD8": "LinkedAuthorizationFailed: The client 'c' with object id 'p-1' has permission to "
    "perform action 'a' on scope 's'; however, it does not have permission to perform action 'b' "
    "on the linked scope(s) '/subscriptions/s/subnets/nodes' or the linked scope(s) are invalid.",
    "ZD9": "ScopeLocked: The scope cannot perform delete operation",
    "GD1": "Cannot destroy cluster because deletion_protection is set to true.",
    "GD4": "googleapi: Error 400: The network resource 'projects/p/global/networks/vpc' is already "
    "being used by 'projects/p/global/firewalls/k8s-fw-a1'",
    "GD5": "Failed to delete connection; Producer services (e.g. CloudSQL, Cloud Memstore, etc.) "
    "are still using this connection.",
    "GD8": "googleapi: Error 400: The resource policy resource 'projects/p/regions/r/"
    "resourcePolicies/compact' is already being used by 'projects/p/zones/z/instances/i'",
    "GD14": "Cluster is running incompatible operation: CLUSTER_ALREADY_HAS_OPERATION",
    "K1": "configured Kubernetes cluster is unreachable: unable to load schema information",
    "K2": "timed out waiting for deletion of DynamoGraphDeployment dynamo/chat",
    "K3": "PersistentVolumes of azurelustre.csi.azure.com still exist",
    "P1": "error: resource urn:... cannot be deleted because it is protected",
}


@pytest.mark.parametrize("id", SAID)
def test_each_is_known_by_its_words_and_by_no_others(id: str) -> None:
    assert [advice.id for advice in strandings.advise(SAID[id])] == [id]


def test_every_stranding_is_tried() -> None:
    assert set(strandings.strandings()) == set(SAID)


@pytest.mark.parametrize(
    ("id", "culprit", "command"),
    [
        ("D1", "interfaces in subnet-0a1b of", "SubnetId=='subnet-0a1b'"),
        ("D13", "file system fs-0a1b", "--file-system-id fs-0a1b"),
        ("ZD3", "networkInterfaces/nic;", "--ids /subscriptions/s/resourceGroups/r/providers/"),
        ("ZD5", "group crg", "--name crg --resource-group home"),
        ("ZD8", "identity p-1", "--scope /subscriptions/s/subnets/nodes --role"),
        ("GD4", "rule k8s-fw-a1", "firewall-rules delete k8s-fw-a1 --project=p"),
        ("GD8", "zones/z/instances/i", "delete projects/p/zones/z/instances/i"),
    ],
)
def test_advice_names_what_the_service_named(id: str, culprit: str, command: str) -> None:
    (advice,) = strandings.advise(SAID[id])
    assert culprit in advice.culprit
    assert command in advice.command


def test_advice_leaves_no_hole() -> None:
    for said in SAID.values():
        for advice in strandings.advise(said):
            assert not re.search(r"{\w*}|None", f"{advice.culprit} {advice.command}")


def test_what_the_service_did_not_say_is_for_the_reader() -> None:
    (advice,) = strandings.advise("LinkedAuthorizationFailed: the client has no permission")
    assert "--assignee-object-id <principal>" in advice.command


def test_the_same_trouble_twice_is_one_advice() -> None:
    assert len(strandings.advise(f"{SAID['D1']}\n{SAID['D1']}\n{SAID['ZD9']}")) == 2


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "destroy.log"
    log.write_text(SAID["ZD9"], "utf-8")
    assert strandings.main([str(log)]) == 0
    assert "az lock list" in capsys.readouterr().out
    log.write_text("all is well", "utf-8")
    assert strandings.main([str(log)]) == 1
    assert strandings.main([str(tmp_path / "not-there")]) == 2
    assert "cannot read" in capsys.readouterr().err


def test_the_runbook_is_the_data() -> None:
    written = (ROOT / "docs" / "runbooks" / "destroy.md").read_text("utf-8")
    assert written == strandings.markdown(), "run `make runbook`"
