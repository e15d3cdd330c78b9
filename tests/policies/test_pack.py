"""The pack as a whole: how it is loaded, how it is described, and that our own stacks pass it."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import runpy
from functools import cache
from typing import Any

import pulumi_policy
import pytest
from pulumi_policy import EnforcementLevel, ResourceValidationPolicy
from pulumi_policy.proxy import UnknownValueError

from tests.harness.policies import (
    PACK,
    Subject,
    heard,
    pack_folder,
    policies,
    subjects_of,
    violations,
)
from tests.harness.program import ROOT
from tests.harness.values import UNKNOWN
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


def test_the_pack_serves_every_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[dict[str, Any]] = []
    # The real one starts a server and never returns.
    monkeypatch.setattr(pulumi_policy, "PolicyPack", lambda **given: served.append(given))
    with pack_folder():
        runpy.run_path(str(PACK / "__main__.py"), run_name="__main__")
    (pack,) = served
    assert pack["name"] == "gpu-clusters"
    assert [policy.name for policy in pack["policies"]] == list(policies())
    assert len(policies()) >= 15


def test_every_policy_of_a_module_is_in_the_pack() -> None:
    with pack_folder():
        modules = [
            importlib.import_module(f"rules.{path.stem}")
            for path in (PACK / "rules").glob("*.py")
            if path.stem != "__init__"
        ]
    written = {
        value.name
        for module in modules
        for value in vars(module).values()
        if isinstance(value, pulumi_policy.Policy)
    }
    assert written == set(policies())


def test_every_policy_says_how_hard_it_is_and_what_it_asks() -> None:
    """The pack's default is advice, which nobody reads."""
    for policy in policies().values():
        assert policy.enforcement_level is EnforcementLevel.MANDATORY, policy.name
        assert policy.description.endswith("."), policy.name
    descriptions = [policy.description for policy in policies().values()]
    assert len(set(descriptions)) == len(descriptions)


def test_every_limit_has_a_default_of_its_type() -> None:
    types = {"integer": int, "array": list}
    limits = [
        schema
        for policy in policies().values()
        if policy.config_schema is not None
        for schema in policy.config_schema.properties.values()
    ]
    assert len(limits) >= 3
    for schema in limits:
        assert isinstance(schema["default"], types[schema["type"]])
        assert schema["description"].endswith(".")


def test_the_page_is_current() -> None:
    with pack_folder():
        script = runpy.run_path(str(PACK / "list.py"))
    written = (ROOT / "docs" / "policies.md").read_text("utf-8")
    assert written == script["page"](), "run `python policies/list.py`"


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
BREAKS: list[tuple[str, str, str, str, object]] = [
    ("eks-h100", "gpu-nodes-bounded", EKS_POOL, "scalingConfig.maxSize", 20),
    ("aks-h100", "gpu-nodes-bounded", AKS_POOL, "count", 20),
    ("gke-h200", "gpu-nodes-bounded", GKE_POOL, "nodeCount", 20),
    ("gke-h200", "autoscalers-have-a-ceiling", GKE_POOL, "autoscaling", {"minNodeCount": 1}),
    ("eks-h100", "gpu-capacity-is-named", EKS_POOL, "capacityType", ABSENT),
    ("gke-h200", "gpu-capacity-is-named", GKE_POOL, "nodeConfig.reservationAffinity", ABSENT),
    ("eks-h100", "no-spot-under-rdma", EKS_POOL, "capacityType", "SPOT"),
    ("aks-h100", "no-spot-under-rdma", AKS_POOL, "scaleSetPriority", "Spot"),
    ("gke-h200", "no-spot-under-rdma", GKE_POOL, "nodeConfig.spot", True),
    ("eks-h100", "gpu-upgrades-need-no-spares", EKS_POOL, "updateConfig.updateStrategy", ABSENT),
    ("aks-h100", "gpu-upgrades-need-no-spares", AKS_POOL, "upgradeSettings.maxSurge", "1"),
    ("gke-h200", "gpu-upgrades-need-no-spares", GKE_POOL, "upgradeSettings.maxSurge", 1),
    ("eks-h100", "rdma-pool-is-one-fabric", EKS_POOL, "subnetIds", ["subnet-1", "subnet-2"]),
    ("aks-h100", "rdma-pool-is-one-fabric", AKS_POOL, "availabilityZones", ["1", "2"]),
    ("gke-h200", "rdma-pool-is-one-fabric", GKE_POOL, "nodeLocations", ["elsewhere-a"]),
    ("gke-h200", "gpu-networks-carry-large-frames", NETWORK, "mtu", 1460),
    ("aks-h100", "api-server-closed", AKS, "apiServerAccessProfile.authorizedIPRanges", OPEN),
    ("gke-h200", "api-server-closed", GKE, "masterAuthorizedNetworksConfig", ABSENT),
    ("gke-h200", "no-ingress-from-the-world", "gcp:compute/firewall:Firewall", "sourceRanges", OPEN),
    ("eks-h100", "nodes-have-no-public-address", TEMPLATE, "networkInterfaces.0.associatePublicIpAddress", "true"),
    ("aks-h100", "nodes-have-no-public-address", AKS_POOL, "enableNodePublicIP", True),
    ("gke-h200", "nodes-have-no-public-address", GKE, "privateClusterConfig.enablePrivateNodes", False),
    ("eks-h100", "metadata-server-guarded", TEMPLATE, "metadataOptions.httpTokens", "optional"),
    ("gke-h200", "metadata-server-guarded", GKE_POOL, "nodeConfig.workloadMetadataConfig", ABSENT),
    ("eks-h100", "no-role-may-everything", "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"),
    ("aks-h100", "no-role-may-everything", "azure-native:authorization:RoleAssignment", "roleDefinitionId", OWNER),
    ("gke-h200", "no-role-may-everything", "gcp:projects/iAMMember:IAMMember", "role", "roles/editor"),
    ("gke-h200", "no-role-may-everything", GKE_POOL, "nodeConfig.serviceAccount", ABSENT),
    ("aks-h100", "no-standing-credentials", AKS, "disableLocalAccounts", ABSENT),
    ("aks-h100", "workload-identity-on", AKS, "securityProfile.workloadIdentity.enabled", False),
    ("gke-h200", "workload-identity-on", GKE, "workloadIdentityConfig", ABSENT),
    ("eks-h100", "privileged-pods-are-listed", JOB, f"{CONTAINER}.securityContext", {"privileged": True}),
    ("eks-h100", "data-at-rest-is-encrypted", TEMPLATE, "blockDeviceMappings.0.ebs.encrypted", ABSENT),
    ("eks-h100", "data-at-rest-is-encrypted", "kubernetes:storage.k8s.io/v1:StorageClass", "parameters.encrypted", ABSENT),
    ("eks-h100", "no-secrets-in-the-open", JOB, f"{CONTAINER}.env", [TOKEN]),
    ("eks-h100", "everything-is-tagged", "aws:ec2/eip:Eip", "tags", ABSENT),
    ("eks-h100", "everything-is-tagged", TEMPLATE, "tagSpecifications", ABSENT),
    ("aks-h100", "everything-is-tagged", AKS_POOL, "tags", ABSENT),
    ("gke-h200", "everything-is-tagged", GKE_POOL, "nodeConfig.resourceLabels", ABSENT),
    ("eks-h100", "interfaces-go-with-their-node", TEMPLATE, "networkInterfaces.0.deleteOnTermination", ABSENT),
    ("eks-h100", "shared-data-is-retained", "kubernetes:core/v1:PersistentVolume", "spec.persistentVolumeReclaimPolicy", "Delete"),
    ("gke-h200", "destroy-gets-through", GKE, "deletionProtection", ABSENT),
    ("eks-h100", "charts-are-pinned", RELEASE, "version", ABSENT),
    ("eks-h100", "images-are-pinned", JOB, f"{CONTAINER}.image", "kubectl:latest"),
]  # fmt: skip


def test_every_policy_is_broken_somewhere() -> None:
    # The API of EKS is made by a component that mocks do not open; these have tests of their own.
    elsewhere = {"efa-group-refers-to-itself", "pod-identity-on"}
    assert {policy for _, policy, _, _, _ in BREAKS} | elsewhere == set(policies())


@pytest.mark.parametrize(
    ("stack", "policy", "type_", "path", "value"),
    [pytest.param(*case, id=f"{case[1]}-{case[0]}-{case[3]}") for case in BREAKS],
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


def test_the_harness_hides_unknown_values_as_the_engine_does() -> None:
    subject = Subject(type="aws:eks/cluster:Cluster", props={"vpcConfig": UNKNOWN})
    with pytest.raises(UnknownValueError):
        violations("api-server-closed", subject)
