"""The eks package, simulated: `eks:index:Cluster` registers the children the real one registers.

Follows pulumi-eks 4.4.0 (nodejs/eks/cluster/cluster.ts, servicerole.ts, nodes/securitygroup.ts,
addons/cni-addon.ts). What the real component offers and our program does not use (default node
group, Fargate, Auto Mode, an `aws-auth` map) is refused and not imitated.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

import grpc
import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
from google.protobuf.empty_pb2 import Empty
from pulumi.provider import ConstructResult, Provider
from pulumi.provider.server import ProviderServicer
from pulumi.runtime import proto
from pulumi.runtime.proto import plugin_pb2, provider_pb2

CLUSTER = "eks:index:Cluster"
# The real component asks the issuer's server for this; the simulated issuer has none.
_THUMBPRINT = "0" * 40
_CNI_ENV = {
    "WARM_ENI_TARGET": "1",
    "AWS_VPC_K8S_CNI_LOGLEVEL": "DEBUG",
    "AWS_VPC_K8S_CNI_LOG_FILE": "/host/var/log/aws-routed-eni/ipamd.log",
    "AWS_VPC_K8S_CNI_VETHPREFIX": "eni",
    "AWS_VPC_ENI_MTU": "9001",
    "AWS_VPC_K8S_PLUGIN_LOG_LEVEL": "DEBUG",
    "AWS_VPC_K8S_PLUGIN_LOG_FILE": "/var/log/aws-routed-eni/plugin.log",
    "ENABLE_POD_ENI": "false",
    "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "false",
    "AWS_VPC_K8S_CNI_EXTERNALSNAT": "false",
}
_UNUSED = (
    "autoMode",
    "creationRoleProvider",
    "encryptionConfigKeyArn",
    "fargate",
    "instanceProfileName",
    "instanceRoles",
    "nodeGroupOptions",
    "roleMappings",
    "storageClasses",
    "userMappings",
)

Inputs = Mapping[str, pulumi.Input[object]]


def preload() -> None:
    """Load what a Construct uses: the SDK would do it in the middle of somebody's preview."""
    _ = (aws.ec2.SecurityGroup, aws.eks.Cluster, aws.iam.Role)


class _Vars:
    """The component's arguments as they arrive: camelCase, any of them missing."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs

    def value(self, name: str) -> pulumi.Input[object] | None:
        return self._inputs.get(name)

    def text(self, name: str) -> pulumi.Input[str] | None:
        return cast("pulumi.Input[str] | None", self._inputs.get(name))

    def texts(self, name: str) -> pulumi.Input[list[pulumi.Input[str]]] | None:
        return cast("pulumi.Input[list[pulumi.Input[str]]] | None", self._inputs.get(name))

    def tags(self, name: str = "tags") -> pulumi.Input[dict[str, pulumi.Input[str]]] | None:
        return cast("pulumi.Input[dict[str, pulumi.Input[str]]] | None", self._inputs.get(name))

    def flag(self, name: str) -> bool | None:
        return cast("bool | None", self._inputs.get(name))

    def options(self, name: str) -> dict[str, object]:
        return cast("dict[str, object]", self._inputs.get(name) or {})


class ServiceRole(pulumi.ComponentResource):
    """servicerole.ts: a role and its managed policies; `attached` is known when all of them are."""

    def __init__(
        self,
        name: str,
        *,
        service: str,
        policies: list[str],
        tags: pulumi.Input[dict[str, pulumi.Input[str]]] | None,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("eks:index:ServiceRole", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": ["sts:AssumeRole", "sts:TagSession"],
                    "Effect": "Allow",
                    "Principal": {"Service": [service]},
                }
            ],
        }
        self.role = aws.iam.Role(
            f"{name}-role",
            description="Allows EKS to manage clusters on your behalf.",
            assume_role_policy=json.dumps(trust, separators=(",", ":")),
            tags=tags,
            opts=child,
        )
        self.attachments = [
            aws.iam.RolePolicyAttachment(
                f"{name}-{hashlib.sha1(f'arn:aws:iam::aws:policy/{policy}'.encode()).hexdigest()[:8]}",
                policy_arn=f"arn:aws:iam::aws:policy/{policy}",
                role=self.role.name,
                opts=child,
            )
            for policy in policies
        ]
        self.register_outputs({"directRole": self.role, "resolvedRole": self.role})


class VpcCniAddon(pulumi.ComponentResource):
    """cni-addon.ts: the add-on with the component's own defaults in its environment."""

    def __init__(
        self,
        name: str,
        *,
        cluster: aws.eks.Cluster,
        options: dict[str, object],
        tags: pulumi.Input[dict[str, pulumi.Input[str]]] | None,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("eks:index:VpcCniAddon", name, None, opts)
        given = cast("dict[str, object]", options.get("configurationValues") or {})
        env = {**_CNI_ENV, **cast("dict[str, object]", given.get("env") or {})}
        values: dict[str, object] = {
            **given,
            "env": env,
            "init": {"env": {"DISABLE_TCP_EARLY_DEMUX": "false"}},
        }
        version = cast("str | None", options.get("addonVersion")) or _latest(
            "vpc-cni", cluster, pulumi.InvokeOptions(parent=self)
        )
        self.addon = aws.eks.Addon(
            name,
            cluster_name=cluster.name,
            addon_name="vpc-cni",
            addon_version=version,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            preserve=True,
            configuration_values=pulumi.Output.json_dumps(values),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"addon": self.addon})


class Cluster(pulumi.ComponentResource):
    """cluster.ts, for the arguments our program gives."""

    def __init__(self, name: str, inputs: Inputs, opts: pulumi.ResourceOptions) -> None:
        super().__init__(CLUSTER, name, dict(inputs), opts)
        given = _Vars(inputs)
        self._refuse(given)
        self._child = pulumi.ResourceOptions(parent=self)
        service_role = None if given.value("serviceRole") else self._service_role(name, given)
        group = None if given.flag("skipDefaultSecurityGroups") else self._group(name, given)
        cluster = self._cluster(name, given, service_role, group)
        self._kube_proxy(name, given, cluster)
        kubeconfig = _kubeconfig(cluster, given, with_profile=False)
        provider = kubernetes.Provider(
            f"{name}-eks-k8s",
            kubeconfig=pulumi.Output.json_dumps(_kubeconfig(cluster, given, with_profile=True)),
            opts=self._child,
        )
        entries = self._access_entries(name, given, cluster)
        if not given.flag("useDefaultVpcCni"):
            VpcCniAddon(
                f"{name}-vpc-cni",
                cluster=cluster,
                options=given.options("vpcCniOptions"),
                tags=given.tags(),
                opts=pulumi.ResourceOptions(parent=self, depends_on=entries),
            )
        self._coredns(name, given, cluster)
        oidc = self._oidc(name, cluster) if given.flag("createOidcProvider") else None
        nodes = self._node_group(name, given, cluster, group) if group else None

        own = cluster.vpc_config.cluster_security_group_id
        url = cluster.identities.apply(_issuer_of)
        issuer = url.apply(lambda found: found.removeprefix("https://"))
        self.outputs: dict[str, pulumi.Input[object]] = {
            "kubeconfig": kubeconfig,
            "kubeconfigJson": pulumi.Output.json_dumps(kubeconfig),
            "eksCluster": cluster,
            "clusterSecurityGroup": group,
            "clusterSecurityGroupId": group.id if group else own,
            "nodeSecurityGroup": nodes[0] if nodes else None,
            "nodeSecurityGroupId": nodes[0].id if nodes else own,
            "eksClusterIngressRule": nodes[1] if nodes else None,
            "clusterIngressRuleId": nodes[1].security_group_rule_id if nodes else "",
            "instanceRoles": [],
            "defaultNodeGroupAsgName": "",
            "fargateProfileId": "",
            "fargateProfileStatus": "",
            "autoModeNodeRoleName": "",
            "oidcProviderArn": oidc.arn if oidc else "",
            "oidcProviderUrl": url,
            "oidcIssuer": issuer,
            "core": {
                "cluster": cluster,
                "clusterIamRole": service_role.role if service_role else given.value("serviceRole"),
                "clusterSecurityGroup": group,
                "endpoint": cluster.endpoint,
                "instanceRoles": [],
                "kubeconfig": kubeconfig,
                "nodeGroupOptions": {},
                "oidcProvider": oidc,
                "provider": provider,
                "subnetIds": _subnet_ids(given),
                "vpcId": given.value("vpcId"),
            },
        }
        self.register_outputs(self.outputs)

    def _refuse(self, given: _Vars) -> None:
        for name in _UNUSED:
            if given.value(name):
                raise ValueError(f"the eks stand-in does not imitate the argument {name}")
        if not given.flag("skipDefaultNodeGroup"):
            raise ValueError(
                "the eks stand-in makes no default node group: set skipDefaultNodeGroup"
            )
        if given.value("authenticationMode") != "API":
            raise ValueError(
                "the eks stand-in makes no aws-auth ConfigMap: set authenticationMode to API"
            )
        if not given.value("vpcId"):
            raise ValueError("the simulated account has no default VPC: set vpcId")

    def _service_role(self, name: str, given: _Vars) -> ServiceRole:
        return ServiceRole(
            f"{name}-eksRole",
            service="eks.amazonaws.com",
            policies=["AmazonEKSClusterPolicy"],
            tags=given.tags(),
            opts=self._child,
        )

    def _group(self, name: str, given: _Vars) -> aws.ec2.SecurityGroup:
        existing = given.value("clusterSecurityGroup")
        if existing is not None:
            return cast("aws.ec2.SecurityGroup", existing)
        group = aws.ec2.SecurityGroup(
            f"{name}-eksClusterSecurityGroup",
            vpc_id=given.text("vpcId"),
            revoke_rules_on_delete=True,
            tags=_tags(given, f"{name}-eksClusterSecurityGroup", "clusterSecurityGroupTags"),
            opts=self._child,
        )
        aws.ec2.SecurityGroupRule(
            f"{name}-eksClusterInternetEgressRule",
            description="Allow internet access.",
            type="egress",
            from_port=0,
            to_port=0,
            protocol="-1",
            cidr_blocks=["0.0.0.0/0"],
            security_group_id=group.id,
            opts=self._child,
        )
        return group

    def _cluster(
        self,
        name: str,
        given: _Vars,
        service_role: ServiceRole | None,
        group: aws.ec2.SecurityGroup | None,
    ) -> aws.eks.Cluster:
        role_arn = (
            service_role.role.arn
            if service_role
            else pulumi.Output.from_input(given.value("serviceRole")).apply(
                lambda role: cast("aws.iam.Role", role).arn
            )
        )
        network: dict[str, object] = {
            "service_ipv4_cidr": given.value("kubernetesServiceIpAddressRange"),
            "ip_family": given.value("ipFamily") or "ipv4",
        }
        asked = given.value("kubernetesServiceIpAddressRange") or given.value("ipFamily")
        return aws.eks.Cluster(
            f"{name}-eksCluster",
            name=given.text("name"),
            role_arn=role_arn,
            bootstrap_self_managed_addons=given.flag("bootstrapSelfManagedAddons") is not False,
            vpc_config=aws.eks.ClusterVpcConfigArgs(
                security_group_ids=[group.id] if group else None,
                subnet_ids=_subnet_ids(given),
                endpoint_private_access=given.flag("endpointPrivateAccess"),
                endpoint_public_access=given.flag("endpointPublicAccess"),
                public_access_cidrs=given.texts("publicAccessCidrs"),
            ),
            kubernetes_network_config=cast(
                "aws.eks.ClusterKubernetesNetworkConfigArgsDict | None", network if asked else None
            ),
            version=given.text("version"),
            enabled_cluster_log_types=given.texts("enabledClusterLogTypes"),
            tags=_tags(given, f"{name}-eksCluster", "clusterTags"),
            access_config=aws.eks.ClusterAccessConfigArgs(
                authentication_mode=given.text("authenticationMode"),
                bootstrap_cluster_creator_admin_permissions=True,
            ),
            upgrade_policy=cast(
                "aws.eks.ClusterUpgradePolicyArgsDict | None", given.value("upgradePolicy")
            ),
            deletion_protection=given.flag("deletionProtection"),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(service_role.attachments) if service_role else [],
                ignore_changes=[
                    "accessConfig.bootstrapClusterCreatorAdminPermissions",
                    "bootstrapSelfManagedAddons",
                ],
            ),
        )

    def _kube_proxy(self, name: str, given: _Vars, cluster: aws.eks.Cluster) -> None:
        options = given.options("kubeProxyAddonOptions")
        if options.get("enabled", True):
            self._addon(name, "kube-proxy", options, given, cluster)

    def _coredns(self, name: str, given: _Vars, cluster: aws.eks.Cluster) -> None:
        # Without a default node group the real component makes it only when told to.
        options = given.options("corednsAddonOptions")
        if options.get("enabled") is True or options.get("configurationValues"):
            self._addon(name, "coredns", options, given, cluster)

    def _addon(
        self,
        name: str,
        addon: str,
        options: dict[str, object],
        given: _Vars,
        cluster: aws.eks.Cluster,
    ) -> None:
        values = options.get("configurationValues")
        aws.eks.Addon(
            f"{name}-{addon}",
            cluster_name=cluster.name,
            addon_name=addon,
            preserve=True,
            tags=given.tags(),
            resolve_conflicts_on_create=str(options.get("resolveConflictsOnCreate") or "OVERWRITE"),
            resolve_conflicts_on_update=str(options.get("resolveConflictsOnUpdate") or "OVERWRITE"),
            addon_version=cast("str | None", options.get("version"))
            or _latest(addon, cluster, pulumi.InvokeOptions(parent=self)),
            configuration_values=pulumi.Output.json_dumps(values) if values else None,
            opts=self._child,
        )

    def _access_entries(
        self, name: str, given: _Vars, cluster: aws.eks.Cluster
    ) -> list[pulumi.Resource]:
        made: list[pulumi.Resource] = []
        for key, raw in given.options("accessEntries").items():
            entry = cast("dict[str, pulumi.Input[str]]", raw)
            options = pulumi.ResourceOptions(parent=self, depends_on=[cluster])
            made.append(
                aws.eks.AccessEntry(
                    f"{name}-{key}",
                    cluster_name=cluster.name,
                    principal_arn=entry["principalArn"],
                    kubernetes_groups=cast("list[str] | None", entry.get("kubernetesGroups")),
                    type=entry.get("type"),
                    user_name=entry.get("username"),
                    tags=cast("dict[str, str] | None", entry.get("tags")),
                    opts=options,
                )
            )
            policies = cast("dict[str, dict[str, object]]", entry.get("accessPolicies") or {})
            for policy_key, policy in policies.items():
                made.append(
                    aws.eks.AccessPolicyAssociation(
                        f"{name}-{key}-{policy_key}",
                        cluster_name=cluster.name,
                        principal_arn=entry["principalArn"],
                        policy_arn=cast("str", policy["policyArn"]),
                        access_scope=cast(
                            "aws.eks.AccessPolicyAssociationAccessScopeArgsDict",
                            policy["accessScope"],
                        ),
                        opts=pulumi.ResourceOptions(parent=self, depends_on=list(made)),
                    )
                )
        return made

    def _oidc(self, name: str, cluster: aws.eks.Cluster) -> aws.iam.OpenIdConnectProvider:
        return aws.iam.OpenIdConnectProvider(
            f"{name}-oidcProvider",
            client_id_lists=["sts.amazonaws.com"],
            url=cluster.identities.apply(_issuer_of),
            thumbprint_lists=[_THUMBPRINT],
            opts=self._child,
        )

    def _node_group(
        self, name: str, given: _Vars, cluster: aws.eks.Cluster, group: aws.ec2.SecurityGroup
    ) -> tuple[aws.ec2.SecurityGroup, aws.ec2.SecurityGroupRule]:
        tags = cluster.name.apply(
            lambda found: {
                "Name": f"{name}-nodeSecurityGroup",
                f"kubernetes.io/cluster/{found}": "owned",
            }
        )
        nodes = aws.ec2.SecurityGroup(
            f"{name}-nodeSecurityGroup",
            vpc_id=given.text("vpcId"),
            revoke_rules_on_delete=True,
            tags=tags,
            opts=self._child,
        )

        def rule(
            suffix: str,
            *,
            type: str = "ingress",
            ports: tuple[int, int],
            target: aws.ec2.SecurityGroup,
            source: aws.ec2.SecurityGroup | None = None,
            to_self: bool | None = None,
        ) -> aws.ec2.SecurityGroupRule:
            everything = ports == (0, 0)
            return aws.ec2.SecurityGroupRule(
                f"{name}-{suffix}",
                type=type,
                from_port=ports[0],
                to_port=ports[1],
                protocol="-1" if everything else "tcp",
                security_group_id=target.id,
                source_security_group_id=source.id if source else None,
                self=to_self,
                cidr_blocks=["0.0.0.0/0"] if type == "egress" else None,
                opts=self._child,
            )

        rule("eksNodeIngressRule", ports=(0, 0), target=nodes, to_self=True)
        rule("eksNodeClusterIngressRule", ports=(1025, 65535), target=nodes, source=group)
        rule("eksExtApiServerClusterIngressRule", ports=(443, 443), target=nodes, source=group)
        rule("eksNodeInternetEgressRule", type="egress", ports=(0, 0), target=nodes)
        return nodes, rule("eksClusterIngressRule", ports=(443, 443), target=group, source=nodes)


class EksProvider(Provider):
    """Builds the component when the engine asks for one."""

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        if resource_type != CLUSTER:
            raise ValueError(f"the eks stand-in does not know {resource_type}")
        cluster = Cluster(name, inputs, options or pulumi.ResourceOptions())
        return ConstructResult(urn=cluster.urn, state=cluster.outputs)


class EksServicer(ProviderServicer):
    """The SDK's own servicer, with the calls it lacks for an engine that attaches to it."""

    def __init__(self, version: str) -> None:
        super().__init__(EksProvider(version), [], engine_address="")
        # The SDK's runtime settings are global to the process: one construction at a time.
        self._one = asyncio.Lock()

    async def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ProviderHandshakeResponse:
        self.engine_address = request.engine_address
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, accept_resources=True, accept_outputs=True
        )

    async def Attach(
        self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext
    ) -> Empty:
        self.engine_address = request.address
        return Empty()

    async def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    async def Construct(
        self, request: proto.ConstructRequest, context: Any
    ) -> proto.ConstructResponse:
        async with self._one:
            return await super().Construct(request, context)


def _latest(addon: str, cluster: aws.eks.Cluster, opts: pulumi.InvokeOptions) -> pulumi.Output[str]:
    return aws.eks.get_addon_version_output(
        addon_name=addon, kubernetes_version=cluster.version, most_recent=True, opts=opts
    ).version


def _issuer_of(identities: Sequence[aws.eks.outputs.ClusterIdentity]) -> str:
    oidcs = identities[0].oidcs
    return str(oidcs[0].issuer) if oidcs else ""


def _subnet_ids(given: _Vars) -> pulumi.Output[list[str]]:
    if given.value("subnetIds"):
        return cast("pulumi.Output[list[str]]", pulumi.Output.from_input(given.texts("subnetIds")))
    both = pulumi.Output.all(
        given.texts("publicSubnetIds") or [], given.texts("privateSubnetIds") or []
    )
    return both.apply(lambda pair: [*pair[0], *pair[1]])


def _tags(given: _Vars, name: str, extra: str) -> pulumi.Output[dict[str, str]]:
    return pulumi.Output.all(given.tags(), given.tags(extra)).apply(
        lambda pair: {"Name": name, **(pair[1] or {}), **(pair[0] or {})}
    )


def _kubeconfig(
    cluster: aws.eks.Cluster, given: _Vars, *, with_profile: bool
) -> pulumi.Output[dict[str, object]]:
    """generateKubeconfig of cluster.ts."""
    known = pulumi.Output.all(
        name=cluster.name,
        endpoint=cluster.endpoint,
        authority=cluster.certificate_authority.data,
        arn=cluster.arn,
        credentials=given.options("providerCredentialOpts"),
    )

    def build(facts: dict[str, object]) -> dict[str, object]:
        credentials = cast("dict[str, str]", facts["credentials"])
        region = str(facts["arn"]).split(":")[3]
        args = ["--region", region, "eks", "get-token", "--cluster-name", facts["name"]]
        args += ["--output", "json"]
        if credentials.get("roleArn"):
            args += ["--role", credentials["roleArn"]]
        if with_profile and credentials.get("profileName"):
            args += ["--profile", credentials["profileName"]]
        return {
            "apiVersion": "v1",
            "clusters": [
                {
                    "cluster": {
                        "server": facts["endpoint"],
                        "certificate-authority-data": facts["authority"],
                    },
                    "name": "kubernetes",
                }
            ],
            "contexts": [{"context": {"cluster": "kubernetes", "user": "aws"}, "name": "aws"}],
            "current-context": "aws",
            "kind": "Config",
            "users": [
                {
                    "name": "aws",
                    "user": {
                        "exec": {
                            "apiVersion": "client.authentication.k8s.io/v1beta1",
                            "command": "aws",
                            "args": args,
                            "env": [
                                {
                                    "name": "KUBERNETES_EXEC_INFO",
                                    "value": '{"apiVersion": '
                                    '"client.authentication.k8s.io/v1beta1"}',
                                }
                            ],
                        }
                    },
                }
            ],
        }

    return known.apply(build)
