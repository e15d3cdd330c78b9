"""What nodes, pods and keys may do, and to whom they belong."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import partial

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from rules.checks import Check, Say, by_type
from rules.pods import RELEASE, label, parts
from rules.pools import AKS_CLUSTER, EKS_TEMPLATE, GKE_CLUSTER, GKE_POOL
from rules.props import Props, every, for_each, items, known, mapping, number, texts, yes
from rules.settings import Names, schema

_MOST_HOPS = 2

# The metadata server hands a node's own credentials to whoever asks on it. EC2: IMDSv2 wants a
# token first (EKS best practices, "Restrict access to the instance profile"); one hop more than the
# host's own is what pods need for the region. GKE: its own server answers pods with their own.


def _imds(props: Props, say: Say) -> None:
    options = mapping(props.get("metadataOptions"))

    def tokens() -> None:
        if options.get("httpEndpoint") != "disabled" and options.get("httpTokens") != "required":
            say("pods get the node's credentials for the asking; set metadataOptions.httpTokens")

    def hops() -> None:
        limit = options.get("httpPutResponseHopLimit")
        if limit is not None and number(limit) > _MOST_HOPS:
            say(f"metadataOptions.httpPutResponseHopLimit is {number(limit)}, the most is 2")

    every(tokens, hops)


def _gke_metadata(props: Props, say: Say) -> None:
    config = mapping(mapping(props.get("nodeConfig")).get("workloadMetadataConfig"))
    if config.get("mode") != "GKE_METADATA":
        say(
            "pods get the node's credentials for the asking; set workloadMetadataConfig.mode to "
            "GKE_METADATA"
        )


metadata_server_guarded = ResourceValidationPolicy(
    name="metadata-server-guarded",
    description="Pods do not get their node's credentials from the metadata server.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=by_type(
        {EKS_TEMPLATE: _imds, "aws:ec2/instance:Instance": _imds, GKE_POOL: _gke_metadata}
    ),
)


# Roles that may do everything. AWS: managed policies for people, and statements with two stars.
# Azure: built-in roles by their id. Google Cloud: basic roles; nodes without an account of their
# own are editors of the project (GKE, "Harden your cluster"). Kubernetes: cluster-admin.

_AWS_WIDE = re.compile(r":iam::aws:policy/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$")
_OWNER, _CONTRIBUTOR, _ACCESS_ADMINISTRATOR = (
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
)
_WHOLE_SUBSCRIPTION = re.compile(r"/?subscriptions/[^/]+/?", re.IGNORECASE)
_GCP_WIDE = frozenset({"roles/owner", "roles/editor"})


def _aws_attachment(props: Props, say: Say) -> None:
    _aws_arn(props.get("policyArn"), say)


def _aws_arn(arn: object, say: Say) -> None:
    found = _AWS_WIDE.search(str(arn))
    if found:
        say(f"{found[1]} may do nearly everything; name what is needed")


def _aws_document(key: str, props: Props, say: Say) -> None:
    for statement in _statements(props.get(key)):
        everything = "*" in texts(statement.get("Action")) and "*" in texts(
            statement.get("Resource")
        )
        if statement.get("Effect") == "Allow" and everything:
            say("the policy allows every action on every resource; name what is needed")


def _statements(document: object) -> list[Mapping[str, object]]:
    """A policy document's statements; it arrives as JSON, or as a map."""
    try:
        parsed = json.loads(document) if isinstance(document, str) else document
    except ValueError:
        return []  # AWS refuses it by itself
    found = mapping(parsed).get("Statement")
    # A lone statement needs no list.
    return [mapping(statement) for statement in items(found) or [found]]


def _aws_role(props: Props, say: Say) -> None:
    every(
        lambda: for_each(props.get("managedPolicyArns"), lambda _, arn: _aws_arn(arn, say)),
        lambda: for_each(
            props.get("inlinePolicies"),
            lambda _, policy: _aws_document("policy", mapping(policy), say),
        ),
    )


def _azure_role(props: Props, say: Say) -> None:
    role = str(props.get("roleDefinitionId")).rpartition("/")[2].lower()
    if role == _OWNER:
        say("the role is Owner; name a narrower one")
    elif role == _ACCESS_ADMINISTRATOR:
        say("the role is User Access Administrator, which can give itself any other")
    elif role == _CONTRIBUTOR and _WHOLE_SUBSCRIPTION.fullmatch(str(props.get("scope"))):
        say("the role is Contributor of the whole subscription; name a resource group")


def _gcp_role(props: Props, say: Say) -> None:
    if props.get("role") in _GCP_WIDE:
        say(f"{props.get('role')} may do nearly everything in the project; name a narrower role")


def _gke_account(props: Props, say: Say) -> None:
    account = mapping(props.get("nodeConfig")).get("serviceAccount")
    if (
        not account
        or account == "default"
        or str(account).endswith("-compute@developer.gserviceaccount.com")
    ):
        say("nodes run as an editor of the whole project; give nodeConfig.serviceAccount")


def _cluster_admin(props: Props, say: Say) -> None:
    if mapping(props.get("roleRef")).get("name") == "cluster-admin":
        say("the binding gives cluster-admin; name a role with what is needed")


_GCP_BINDINGS = (
    "gcp:projects/iAMMember:IAMMember",
    "gcp:projects/iAMBinding:IAMBinding",
    "gcp:folder/iAMMember:IAMMember",
    "gcp:folder/iAMBinding:IAMBinding",
    "gcp:organizations/iAMMember:IAMMember",
    "gcp:organizations/iAMBinding:IAMBinding",
)
_ATTACHMENTS = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
)
_WIDE: Mapping[str, Check] = {
    **dict.fromkeys(_ATTACHMENTS, _aws_attachment),
    **dict.fromkeys(_GCP_BINDINGS, _gcp_role),
    "aws:iam/policy:Policy": partial(_aws_document, "policy"),
    "aws:iam/rolePolicy:RolePolicy": partial(_aws_document, "policy"),
    "aws:iam/role:Role": _aws_role,
    "azure-native:authorization:RoleAssignment": _azure_role,
    GKE_POOL: _gke_account,
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": _cluster_admin,
}

no_role_may_everything = ResourceValidationPolicy(
    name="no-role-may-everything",
    description="No role of the stack is an administrator's, and no node an editor of the project.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=by_type(_WIDE),
)


# Credentials that nobody's leaving takes away. AKS: "Manage local accounts"; GKE: "Harden your
# cluster" (client certificates, legacy authorization); EKS: access entries instead of aws-auth.


def _aks_accounts(props: Props, say: Say) -> None:
    if not props.get("disableLocalAccounts"):
        say("the cluster has an administrator's certificate that is nobody's; disableLocalAccounts")


def _gke_accounts(props: Props, say: Say) -> None:
    def certificate() -> None:
        auth = mapping(props.get("masterAuth"))
        if mapping(auth.get("clientCertificateConfig")).get("issueClientCertificate"):
            say("the cluster issues a client certificate that nobody can take back")

    def legacy() -> None:
        if props.get("enableLegacyAbac"):
            say("legacy authorization gives every pod the cluster; drop enableLegacyAbac")

    every(certificate, legacy)


def _eks_accounts(props: Props, say: Say) -> None:
    mode = mapping(props.get("accessConfig")).get("authenticationMode")
    if mode == "CONFIG_MAP":
        say("whoever made the cluster is its administrator for ever; authenticationMode: API")


def _is_a_key(props: Props, say: Say) -> None:
    del props
    say("a key that does not expire; use a role, or workload identity")


def _token_secret(props: Props, say: Say) -> None:
    if props.get("type") == "kubernetes.io/service-account-token":
        say("a service account token that does not expire; pods get short ones by themselves")


no_standing_credentials = ResourceValidationPolicy(
    name="no-standing-credentials",
    description="No keys, certificates or accounts that work for ever, whoever has them.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=by_type(
        {
            AKS_CLUSTER: _aks_accounts,
            GKE_CLUSTER: _gke_accounts,
            "aws:eks/cluster:Cluster": _eks_accounts,
            "aws:iam/accessKey:AccessKey": _is_a_key,
            "gcp:serviceaccount/key:Key": _is_a_key,
            "kubernetes:core/v1:Secret": _token_secret,
        }
    ),
)


# Identities of pods. AKS: both switches, for the webhook and for the issuer it trusts.


def _aks_identity(props: Props, say: Say) -> None:
    def issuer() -> None:
        if not mapping(props.get("oidcIssuerProfile")).get("enabled"):
            say("pods have no identity of their own; set oidcIssuerProfile.enabled")

    def webhook() -> None:
        profile = mapping(props.get("securityProfile"))
        if not mapping(profile.get("workloadIdentity")).get("enabled"):
            say("pods have no identity of their own; set securityProfile.workloadIdentity.enabled")

    every(issuer, webhook)


def _gke_identity(props: Props, say: Say) -> None:
    if not mapping(props.get("workloadIdentityConfig")).get("workloadPool"):
        say("pods have no identity of their own; set workloadIdentityConfig.workloadPool")


workload_identity_on = ResourceValidationPolicy(
    name="workload-identity-on",
    description="Pods on AKS and GKE can have identities of their own.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=by_type({AKS_CLUSTER: _aks_identity, GKE_CLUSTER: _gke_identity}),
)


def _agent(args: StackValidationArgs, report: ReportViolation) -> None:
    """EKS User Guide, EKS Pod Identity: the agent is an add-on; IRSA needs an OIDC provider."""
    served = any(
        resource.resource_type == "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
        or known(resource.props, "addonName") == "eks-pod-identity-agent"
        for resource in args.resources
    )
    for cluster in args.resources:
        if cluster.resource_type != "aws:eks/cluster:Cluster":
            continue
        auto = yes(known(mapping(known(cluster.props, "computeConfig")), "enabled"))
        if not (served or auto):
            report(
                "pods have no identity of their own, so drivers and operators use the node's; add "
                "the add-on eks-pod-identity-agent",
                cluster.urn,
            )


pod_identity_on = StackValidationPolicy(
    name="pod-identity-on",
    description="Pods on EKS can have identities of their own.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_agent,
)


_ALLOWED = Names(
    name="allowed",
    default=("DaemonSet/ib-node-config", "DaemonSet/rdma-shared-dp-ds", "DynamoGraphDeployment/*"),
    description="Workloads that may, as Kind/name; * stands for any part of a name.",
)
_HOST = ("hostNetwork", "hostPID", "hostIPC")


def _privileged(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Kubernetes, Pod Security Standards (baseline).

    Graphs are allowed, because EFA registers GPU memory in privileged pods alone (Dynamo, EFA
    guide). What a chart makes by itself is not seen here.
    """
    if args.resource_type == RELEASE or not args.resource_type.startswith("kubernetes:"):
        return
    if any(fnmatchcase(label(args), pattern) for pattern in _ALLOWED.of(args)):
        return
    for part in parts(args):
        asked = [key for key in _HOST if known(part.props, key) is True]
        if part.key == "securityContext" and known(part.props, "privileged") is True:
            asked.append("privileged")
        for key in asked:
            report(
                f"{label(args)} has the node in its hands ({part.path}.{key}); drop it, or list "
                "the workload in `allowed` in the policy's configuration",
                None,
            )


privileged_pods_are_listed = ResourceValidationPolicy(
    name="privileged-pods-are-listed",
    description="Only listed workloads are privileged, or share the node's network or processes.",
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=schema(_ALLOWED),
    validate=_privileged,
)
