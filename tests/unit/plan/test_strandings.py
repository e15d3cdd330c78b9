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
    "D13": "FileSystemInUse: The file system has mount targets",
    "ZD3": 'Code="InUseSubnetCannotBeDeleted" Message="Subnet nodes is in use by nic-1"',
    "ZD5": "OperationNotAllowed: capacity reservation gpu has virtual machines associated",
    "ZD8": "LinkedAuthorizationFailed: the client has permission to perform action",
    "ZD9": "ScopeLocked: The scope cannot perform delete operation",
    "GD4": "googleapi: Error 400: The network resource 'projects/p/global/networks/vpc' is already "
    "being used by 'projects/p/global/firewalls/k8s-fw-a1'",
    "GD5": "Failed to delete connection; Producer services (e.g. CloudSQL, Cloud Memstore, etc.) "
    "are still using this connection.",
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


def test_advice_names_the_culprit_and_leaves_no_hole() -> None:
    (advice,) = strandings.advise(SAID["GD4"])
    assert "firewalls/k8s-fw-a1" in advice.culprit
    assert "delete projects/p/global/firewalls/k8s-fw-a1" in advice.command
    for said in SAID.values():
        for advice in strandings.advise(said):
            assert not re.search(r"{\w*}", advice.command)


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
