"""Our own stacks pass; broken in one place, they do not."""

from __future__ import annotations

import copy
import dataclasses
from functools import cache
from typing import Any

import pytest
from pulumi_policy import ResourceValidationPolicy

from tests.harness.policies import Subject, heard, policies, subjects_of, violations
from tests.harness.variants import SHIPPED, recorded

# Judged in `up`, where the engine asks again: addresses and ids that the stack itself makes.
NOT_AT_PREVIEW = {
    # The address of the NAT gateway, which the nodes come from.
    ("api-server-closed", "azure-native:containerservice:ManagedCluster"),
    # The range that Google gives the file system.
    ("no-ingress-from-the-world", "gcp:compute/firewall:Firewall"),
    # A resource group, and the nodes' own account.
    ("no-role-may-everything", "azure-native:authorization:RoleAssignment"),
    ("no-role-may-everything", "gcp:container/nodePool:NodePool"),
}


@cache
def subjects(stack: str, preview: bool) -> list[Subject]:
    found = subjects_of(recorded(stack, preview))
    assert len(found) > 20
    return found


@pytest.mark.parametrize("stack", SHIPPED)
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])
def test_our_own_stacks_pass_and_are_judged_at_preview_too(preview: bool, stack: str) -> None:
    """Almost nothing that a policy reads is unknown in our stacks: a note is an unjudged one."""
    for name, policy in policies().items():
        found = subjects(stack, preview)
        by_resource = isinstance(policy, ResourceValidationPolicy)
        for judged in [[subject] for subject in found] if by_resource else [found]:
            said, unknown = heard(name, *judged)
            assert said == [], name
            if unknown is not None:
                assert preview, f"{name} is never judged"
                assert (name, judged[0].type) in NOT_AT_PREVIEW, unknown.message


EKS_POOL = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
AKS = "azure-native:containerservice:ManagedCluster"
AKS_POOL = "azure-native:containerservice:AgentPool"
GKE = "gcp:container/cluster:Cluster"
GKE_POOL = "gcp:container/nodePool:NodePool"
NETWORK = "gcp:compute/network:Network"
RELEASE = "kubernetes:helm.sh/v3:Release"
JOB = "kubernetes:batch/v1:Job"
CONTAINER = "spec.template.spec.containers.0"
OPEN = ["0.0.0.0/1", "128.0.0.0/1"]
OWNER = "/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
TOKEN = {"name": "HF_TOKEN", "value": "simulated-token"}
ABSENT = object()

# One thing in one of our stacks, and the policy that has to notice. Were a policy to spell a
# property otherwise than the provider does, it would judge nothing, and all would pass.
BREAKS: dict[str, list[tuple[str, str, str, object]]] = {
    "eks-h100": [
        ("gpu-nodes-bounded", EKS_POOL, "scalingConfig.maxSize", 20),
        ("gpu-capacity-is-named", EKS_POOL, "capacityType", ABSENT),
        ("no-spot-under-rdma", EKS_POOL, "capacityType", "SPOT"),
        ("gpu-upgrades-need-no-spares", EKS_POOL, "updateConfig.updateStrategy", ABSENT),
        ("rdma-pool-is-one-fabric", EKS_POOL, "subnetIds", ["subnet-1", "subnet-2"]),
        (
            "nodes-have-no-public-address",
            TEMPLATE,
            "networkInterfaces.0.associatePublicIpAddress",
            "true",
        ),
        ("metadata-server-guarded", TEMPLATE, "metadataOptions.httpTokens", "optional"),
        (
            "no-role-may-everything",
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            "policyArn",
            "arn:aws:iam::aws:policy/AdministratorAccess",
        ),
        ("privileged-pods-are-listed", JOB, f"{CONTAINER}.securityContext", {"privileged": True}),
        ("data-at-rest-is-encrypted", TEMPLATE, "blockDeviceMappings.0.ebs.encrypted", ABSENT),
        (
            "data-at-rest-is-encrypted",
            "kubernetes:storage.k8s.io/v1:StorageClass",
            "parameters.encrypted",
            ABSENT,
        ),
        ("no-secrets-in-the-open", JOB, f"{CONTAINER}.env", [TOKEN]),
        ("everything-is-tagged", "aws:ec2/eip:Eip", "tags", ABSENT),
        ("everything-is-tagged", TEMPLATE, "tagSpecifications", ABSENT),
        (
            "interfaces-go-with-their-node",
            TEMPLATE,
            "networkInterfaces.0.deleteOnTermination",
            ABSENT,
        ),
        (
            "shared-data-is-retained",
            "kubernetes:core/v1:PersistentVolume",
            "spec.persistentVolumeReclaimPolicy",
            "Delete",
        ),
        ("charts-are-pinned", RELEASE, "version", ABSENT),
        ("images-are-pinned", JOB, f"{CONTAINER}.image", "kubectl:latest"),
    ],
    "aks-h100": [
        ("gpu-nodes-bounded", AKS_POOL, "count", 20),
        ("no-spot-under-rdma", AKS_POOL, "scaleSetPriority", "Spot"),
        ("gpu-upgrades-need-no-spares", AKS_POOL, "upgradeSettings.maxSurge", "1"),
        ("rdma-pool-is-one-fabric", AKS_POOL, "availabilityZones", ["1", "2"]),
        ("api-server-closed", AKS, "apiServerAccessProfile.authorizedIPRanges", OPEN),
        ("nodes-have-no-public-address", AKS_POOL, "enableNodePublicIP", True),
        (
            "no-role-may-everything",
            "azure-native:authorization:RoleAssignment",
            "roleDefinitionId",
            OWNER,
        ),
        ("no-standing-credentials", AKS, "disableLocalAccounts", ABSENT),
        ("workload-identity-on", AKS, "securityProfile.workloadIdentity.enabled", False),
        ("everything-is-tagged", AKS_POOL, "tags", ABSENT),
    ],
    "gke-h200": [
        ("gpu-nodes-bounded", GKE_POOL, "nodeCount", 20),
        ("autoscalers-have-a-ceiling", GKE_POOL, "autoscaling", {"minNodeCount": 1}),
        ("gpu-capacity-is-named", GKE_POOL, "nodeConfig.reservationAffinity", ABSENT),
        ("no-spot-under-rdma", GKE_POOL, "nodeConfig.spot", True),
        ("gpu-upgrades-need-no-spares", GKE_POOL, "upgradeSettings.maxSurge", 1),
        ("rdma-pool-is-one-fabric", GKE_POOL, "nodeLocations", ["elsewhere-a"]),
        ("gpu-networks-carry-large-frames", NETWORK, "mtu", 1460),
        ("api-server-closed", GKE, "masterAuthorizedNetworksConfig", ABSENT),
        ("no-ingress-from-the-world", "gcp:compute/firewall:Firewall", "sourceRanges", OPEN),
        ("nodes-have-no-public-address", GKE, "privateClusterConfig.enablePrivateNodes", False),
        ("metadata-server-guarded", GKE_POOL, "nodeConfig.workloadMetadataConfig", ABSENT),
        ("no-role-may-everything", "gcp:projects/iAMMember:IAMMember", "role", "roles/editor"),
        ("no-role-may-everything", GKE_POOL, "nodeConfig.serviceAccount", ABSENT),
        ("workload-identity-on", GKE, "workloadIdentityConfig", ABSENT),
        ("everything-is-tagged", GKE_POOL, "nodeConfig.resourceLabels", ABSENT),
        ("destroy-gets-through", GKE, "deletionProtection", ABSENT),
    ],
}


def test_every_policy_is_broken_somewhere() -> None:
    # The API of EKS is made by a component that mocks do not open; these have tests of their own.
    elsewhere = {"efa-group-refers-to-itself", "pod-identity-on"}
    broken = {policy for cases in BREAKS.values() for policy, *_ in cases}
    assert broken | elsewhere == set(policies())


@pytest.mark.parametrize(
    ("stack", "policy", "type_", "path", "value"),
    [
        pytest.param(stack, *case, id=f"{case[0]}-{stack}-{case[2]}")
        for stack, cases in BREAKS.items()
        for case in cases
    ],
)
def test_our_own_stack_broken_in_one_place_is_refused(
    stack: str, policy: str, type_: str, path: str, value: object
) -> None:
    found = subjects(stack, False)
    broken = [_broken(subject, path, value) for subject in found if subject.type == type_]
    assert broken, f"{stack} has no {type_}"
    replaced = {subject.name: subject for subject in broken}

    def as_broken(subject: Subject) -> Subject:
        refers = {
            prop: tuple(replaced.get(o.name, o) if o.type == type_ else o for o in others)
            for prop, others in subject.refers.items()
        }
        itself = replaced[subject.name] if subject.type == type_ else subject
        return dataclasses.replace(itself, refers=refers)

    assert violations(policy, *map(as_broken, found)) != []


def _broken(subject: Subject, path: str, value: object) -> Subject:
    """The subject with another value at a path, where it has the path's parent."""
    props: Any = copy.deepcopy(dict(subject.props))
    holder = props
    *steps, last = path.split(".")
    for step in steps:
        try:
            holder = holder[int(step) if isinstance(holder, list) else step]
        except (KeyError, IndexError):
            return subject
    if value is ABSENT:
        holder.pop(last, None)
    else:
        holder[last] = value
    return dataclasses.replace(subject, props=props)


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])
def test_a_stack_without_the_way_out_of_the_efa_group_is_refused(preview: bool) -> None:
    way_out = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    broken = [subject for subject in subjects("eks-h100", preview) if subject.type != way_out]
    (message,) = violations("efa-group-refers-to-itself", *broken)
    assert "cluster-gpu-template" in message
