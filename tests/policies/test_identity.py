"""Roles, credentials and privileges."""

from __future__ import annotations

import json

import pytest
from pulumi_policy.proxy import UnknownValueError

from tests.harness.policies import Cases, Props, Subject, heard, judged, table, violations
from tests.harness.values import UNKNOWN

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
INSTANCE = "aws:ec2/instance:Instance"
EKS = "aws:eks/cluster:Cluster"
ADD_ON = "aws:eks/addon:Addon"
AKS = "azure-native:containerservice:ManagedCluster"
GKE = "gcp:container/cluster:Cluster"
GKE_POOL = "gcp:container/nodePool:NodePool"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
USER_ATTACHMENT = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
ASSIGNMENT = "azure-native:authorization:RoleAssignment"
MEMBER = "gcp:projects/iAMMember:IAMMember"
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
SECRET = "kubernetes:core/v1:Secret"
DAEMON_SET = "kubernetes:apps/v1:DaemonSet"
GRAPH = "kubernetes:nvidia.com/v1beta1:DynamoGraphDeployment"
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
ACCESS_ADMINISTRATOR = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
NETWORK_CONTRIBUTOR = "4d97b98b-1d4f-4787-a291-c67834d212e7"
MANAGED = "arn:aws:iam::aws:policy/"


def imds(**options: object) -> Props:
    return {"metadataOptions": options}


def workload(mode: object) -> Props:
    return {"nodeConfig": {"workloadMetadataConfig": {"mode": mode}}}


def document(action: object, resource: object, effect: str = "Allow") -> Props:
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def assignment(role: str, scope: object) -> Props:
    definitions = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
    return {"roleDefinitionId": f"{definitions}/{role}", "scope": scope}


def account(email: object) -> Props:
    return {"nodeConfig": {"serviceAccount": email}}


def aks(issuer: object, webhook: object) -> Props:
    return {
        "oidcIssuerProfile": {"enabled": issuer},
        "securityProfile": {"workloadIdentity": {"enabled": webhook}},
    }


def daemon_set(name: str = "agent", **pod: object) -> Props:
    spec = {"template": {"spec": pod}}
    return {"kind": "DaemonSet", "metadata": {"name": name}, "spec": spec}


LONE = {"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}
PRIVILEGED = [{"name": "main", "securityContext": {"privileged": True}}]

CASES = {
    "metadata-server-guarded": Cases(
        clean=[
            (TEMPLATE, imds(httpTokens="required", httpPutResponseHopLimit=2)),
            (TEMPLATE, imds(httpTokens="required")),
            (TEMPLATE, imds(httpEndpoint="disabled")),
            (GKE_POOL, workload("GKE_METADATA")),
        ],
        violating=[
            (TEMPLATE, {}),
            (TEMPLATE, imds(httpTokens="optional")),
            (TEMPLATE, imds(httpTokens="required", httpPutResponseHopLimit=3)),
            (INSTANCE, {}),
            (GKE_POOL, {}),
            (GKE_POOL, workload("GCE_METADATA")),
        ],
        unknown=[(TEMPLATE, imds(httpTokens=UNKNOWN)), (GKE_POOL, workload(UNKNOWN))],
    ),
    "no-role-may-everything": Cases(
        clean=[
            (ATTACHMENT, {"policyArn": f"{MANAGED}AmazonEKSWorkerNodePolicy"}),
            (ATTACHMENT, {"policyArn": "arn:aws:iam::1234:policy/AdministratorAccess"}),
            (POLICY, {"policy": json.dumps(document("s3:GetObject", "*"))}),
            (POLICY, {"policy": json.dumps(document("*", "arn:aws:s3:::weights"))}),
            (POLICY, {"policy": json.dumps(document("*", "*", effect="Deny"))}),
            (POLICY, {"policy": "not json"}),
            (ROLE, {"managedPolicyArns": [f"{MANAGED}AmazonEKS_CNI_Policy"]}),
            (ASSIGNMENT, assignment(NETWORK_CONTRIBUTOR, SUBSCRIPTION)),
            (ASSIGNMENT, assignment(NETWORK_CONTRIBUTOR, UNKNOWN)),
            (ASSIGNMENT, assignment(CONTRIBUTOR, f"{SUBSCRIPTION}/resourceGroups/mine")),
            (MEMBER, {"role": "roles/container.defaultNodeServiceAccount"}),
            (GKE_POOL, account("nodes@project.iam.gserviceaccount.com")),
            (BINDING, {"roleRef": {"name": "view"}}),
        ],
        violating=[
            (ATTACHMENT, {"policyArn": f"{MANAGED}AdministratorAccess"}),
            (ATTACHMENT, {"policyArn": "arn:aws-us-gov:iam::aws:policy/PowerUserAccess"}),
            (
                "aws:iam/userPolicyAttachment:UserPolicyAttachment",
                {"policyArn": f"{MANAGED}IAMFullAccess"},
            ),
            (POLICY, {"policy": json.dumps(document("*", "*"))}),
            (POLICY, {"policy": json.dumps({"Statement": LONE})}),
            (POLICY, {"policy": document("*", ["*", "arn:aws:s3:::weights"])}),
            ("aws:iam/rolePolicy:RolePolicy", {"policy": json.dumps(document("*", "*"))}),
            (ROLE, {"managedPolicyArns": [f"{MANAGED}AdministratorAccess"]}),
            (ROLE, {"inlinePolicies": [{"policy": json.dumps(document("*", "*"))}]}),
            (ASSIGNMENT, assignment(OWNER, f"{SUBSCRIPTION}/resourceGroups/mine")),
            (ASSIGNMENT, assignment(ACCESS_ADMINISTRATOR, UNKNOWN)),
            (ASSIGNMENT, assignment(CONTRIBUTOR, SUBSCRIPTION)),
            (MEMBER, {"role": "roles/editor"}),
            ("gcp:projects/iAMBinding:IAMBinding", {"role": "roles/owner"}),
            (GKE_POOL, {}),
            (GKE_POOL, account("default")),
            (GKE_POOL, account("123-compute@developer.gserviceaccount.com")),
            (BINDING, {"roleRef": {"name": "cluster-admin"}}),
        ],
        unknown=[
            (ATTACHMENT, {"policyArn": UNKNOWN}),
            (POLICY, {"policy": UNKNOWN}),
            (ROLE, {"managedPolicyArns": [UNKNOWN]}),
            (ASSIGNMENT, assignment(CONTRIBUTOR, UNKNOWN)),
            (MEMBER, {"role": UNKNOWN}),
            (GKE_POOL, account(UNKNOWN)),
        ],
    ),
    "no-standing-credentials": Cases(
        clean=[
            (AKS, {"disableLocalAccounts": True}),
            (GKE, {}),
            (GKE, {"enableLegacyAbac": False}),
            (EKS, {}),
            (EKS, {"accessConfig": {"authenticationMode": "API"}}),
            (SECRET, {"type": "Opaque"}),
        ],
        violating=[
            (AKS, {}),
            (AKS, {"disableLocalAccounts": False}),
            (GKE, {"masterAuth": {"clientCertificateConfig": {"issueClientCertificate": True}}}),
            (GKE, {"enableLegacyAbac": True}),
            (EKS, {"accessConfig": {"authenticationMode": "CONFIG_MAP"}}),
            ("aws:iam/accessKey:AccessKey", {"user": UNKNOWN}),
            ("gcp:serviceaccount/key:Key", {}),
            (SECRET, {"type": "kubernetes.io/service-account-token"}),
        ],
        unknown=[
            (AKS, {"disableLocalAccounts": UNKNOWN}),
            (GKE, {"masterAuth": UNKNOWN}),
            (EKS, {"accessConfig": UNKNOWN}),
        ],
    ),
    "workload-identity-on": Cases(
        clean=[
            (AKS, aks(issuer=True, webhook=True)),
            (GKE, {"workloadIdentityConfig": {"workloadPool": "p.svc.id.goog"}}),
        ],
        violating=[
            (AKS, aks(issuer=False, webhook=True)),
            (AKS, aks(issuer=True, webhook=False)),
            (AKS, {"oidcIssuerProfile": {"enabled": True}}),
            (GKE, {}),
        ],
        unknown=[
            (AKS, aks(issuer=UNKNOWN, webhook=True)),
            (GKE, {"workloadIdentityConfig": {"workloadPool": UNKNOWN}}),
        ],
    ),
    "privileged-pods-are-listed": Cases(
        clean=[
            (DAEMON_SET, daemon_set(containers=[{"name": "main"}])),
            (DAEMON_SET, daemon_set(containers=[{"securityContext": {"privileged": False}}])),
            (DAEMON_SET, daemon_set("ib-node-config", hostPID=True, containers=PRIVILEGED)),
            (
                GRAPH,
                {
                    "kind": "DynamoGraphDeployment",
                    "metadata": {"name": "g"},
                    "spec": {"c": PRIVILEGED},
                },
            ),
            # What another resource is called hides no container.
            (DAEMON_SET, daemon_set(serviceAccountName=UNKNOWN, containers=[{"name": "main"}])),
            ("aws:ec2/instance:Instance", {"spec": {"hostNetwork": True}}),
        ],
        violating=[
            (DAEMON_SET, daemon_set(containers=PRIVILEGED)),
            (DAEMON_SET, daemon_set(initContainers=PRIVILEGED)),
            (DAEMON_SET, daemon_set(hostNetwork=True)),
            (DAEMON_SET, daemon_set(hostPID=True)),
            ("kubernetes:core/v1:Pod", {"kind": "Pod", "spec": {"hostIPC": True}}),
            (
                "kubernetes:ray.io/v1:RayCluster",
                {"spec": {"template": {"spec": {"containers": PRIVILEGED}}}},
            ),
        ],
        unknown=[
            (DAEMON_SET, daemon_set(containers=UNKNOWN)),
            (DAEMON_SET, daemon_set(containers=[UNKNOWN])),
        ],
    ),
}


@table(CASES, "clean")
def test_clean(name: str, type_: str, props: Props) -> None:
    assert judged(name, type_, props) == []


@table(CASES, "violating")
def test_violating(name: str, type_: str, props: Props) -> None:
    assert len(judged(name, type_, props)) == 1


@table(CASES, "unknown")
def test_what_is_unknown_is_left_to_the_engine(name: str, type_: str, props: Props) -> None:
    with pytest.raises(UnknownValueError):
        judged(name, type_, props)


def test_one_unknown_switch_does_not_hide_another() -> None:
    props = imds(httpTokens="optional", httpPutResponseHopLimit=UNKNOWN)
    said, unknown = heard("metadata-server-guarded", Subject(type=TEMPLATE, props=props))
    assert len(said) == 1
    assert unknown is not None


def test_who_may_be_privileged_is_configurable() -> None:
    name = "privileged-pods-are-listed"
    subject = Subject(type=DAEMON_SET, props=daemon_set("fabric-7", containers=PRIVILEGED))
    (message,) = violations(name, subject)
    assert message.startswith("DaemonSet/fabric-7 has the node in its hands")
    assert violations(name, subject, config={"allowed": ["DaemonSet/fabric-*"]}) == []
    assert len(violations(name, subject, config={"allowed": []})) == 1


class TestPodIdentityOn:
    NAME = "pod-identity-on"
    CLUSTER = Subject(type=EKS, name="cluster")

    @pytest.mark.parametrize(
        "other",
        [
            Subject(type=ADD_ON, props={"addonName": "eks-pod-identity-agent"}),
            Subject(type="aws:iam/openIdConnectProvider:OpenIdConnectProvider"),
        ],
    )
    def test_clean(self, other: Subject) -> None:
        assert violations(self.NAME, self.CLUSTER, other) == []

    def test_auto_mode_brings_its_own(self) -> None:
        cluster = Subject(type=EKS, props={"computeConfig": {"enabled": True}})
        assert violations(self.NAME, cluster) == []

    def test_a_stack_without_a_cluster_is_clean(self) -> None:
        assert violations(self.NAME, Subject(type=ADD_ON)) == []

    def test_violating(self) -> None:
        other = Subject(type=ADD_ON, props={"addonName": "coredns"})
        (message,) = violations(self.NAME, self.CLUSTER, other)
        assert "eks-pod-identity-agent" in message

    def test_what_was_left_out_may_be_unknown(self) -> None:
        cluster = Subject(type=EKS, props={"computeConfig": UNKNOWN})
        assert len(violations(self.NAME, cluster)) == 1
