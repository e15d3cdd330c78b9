"""What strands at a destroy: it gets through, or the report names the culprit and the command.

Each case is our program with one mistake in it, or with what somebody did beside it.
"""

from __future__ import annotations

import pytest

from tests.harness.rehearsals import failures, rehearse

pytestmark = pytest.mark.engine


@pytest.mark.parametrize(
    ("stack", "program", "culprit", "command"),
    [
        # D1: a load balancer's interfaces and group, which its controller would have deleted.
        ("eks-mocker", "leaves_service", "ELB a", "aws elb or elbv2 delete-load-balancer"),
        # D13: file system, subnet and group are refused, and the engine may begin with any.
        ("eks-mocker", "keeps_mount_targets", "MountTarget fsmt-", "aws efs delete-mount-target"),
        # ZD3
        (
            "aks-h100",
            "keeps_lustre",
            "Microsoft.StorageCache/amlFilesystems/",
            "az resource show --ids /subscriptions/",
        ),
        # ZD5
        (
            "aks-a100",
            "pasted_reservation",
            "agent pool /subscriptions/",
            "az aks nodepool delete",
        ),
        # ZD8
        (
            "aks-mocker",
            "roleless",
            "whose role on /subscriptions/",
            "az role assignment create --assignee-object-id",
        ),
        # GD1
        ("gke-mocker", "protected", "deletion protection", "`pulumi up`, then `pulumi destroy`"),
        # GD4: the firewall rule of a load balancer pins the network.
        (
            "gke-mocker",
            "leaves_service",
            "firewall rule k8s-fw-a",
            "gcloud compute firewall-rules delete k8s-fw-a",
        ),
        # GD5
        (
            "gke-h200",
            "plain_connection",
            "a Managed Lustre or Filestore instance on the peering",
            "gcloud compute networks peerings delete",
        ),
    ],
)
def test_what_strands_is_named_with_a_command(
    stack: str, program: str, culprit: str, command: str
) -> None:
    result = rehearse(stack, program)

    failed = failures(result)
    assert list(failed) == ["destroy", "what is left"]
    assert culprit in failed["destroy"]
    assert command in failed["destroy"]


def test_a_load_balancer_of_aks_goes_with_the_cluster() -> None:
    """ZD1: it stands in the node resource group, and destroy gets through."""
    result = rehearse("aks-mocker", "leaves_service")

    assert failures(result) == {}
    assert result["left"] == []


def test_a_pool_before_its_feature_is_refused() -> None:
    """Z1: the pool would be spread over several InfiniBand networks, with every node Ready."""
    result = rehearse("aks-h100", "hasty")

    failed = failures(result)
    assert list(failed) == ["up"]
    assert "Microsoft.ContainerService/AKSInfinibandSupport is Registering" in failed["up"]
    assert result["left"] == []
