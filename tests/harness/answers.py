"""What simulated providers answer: for each type that we know, an id and computed outputs.

A type that is not here is refused: an answer of `{}` would let None flow through the program
unseen. The remote component `eks:index:Cluster` is one resource under mocks, and answers with the
outputs that the program reads; what it is made of is the rehearsal's business.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from tests.harness.azure_answers import AZURE
from tests.harness.gcp_answers import GCP
from tests.harness.values import Reference

Inputs = Mapping[str, object]
ACCOUNT = "123456789012"


class UnmockedResource(AssertionError):
    """The program registered a type that the harness has no answer for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An id, and outputs beyond the inputs. `children` are resources that the outputs refer to."""

    id: str
    outputs: Mapping[str, object]
    children: Mapping[str, Mapping[str, object]]


def answer(type_: str, name: str, urn: str, inputs: Inputs) -> Answer:
    """The answer to one registration of a custom or remote resource."""
    if type_.startswith("pulumi:providers:"):
        return _plain(_hexadecimal(urn, 12), {})
    if type_ == "eks:index:Cluster":
        return _eks_cluster(urn, inputs)
    if type_.startswith("kubernetes:"):
        return _kubernetes(type_, name, urn, inputs)
    if type_ in AZURE:
        return _plain(*AZURE[type_](name, _hexadecimal(urn, 32), inputs))
    if type_ in GCP:
        return _plain(*GCP[type_](name, _hexadecimal(urn, 32), inputs))
    make = _AWS.get(type_)
    if make is None:
        raise UnmockedResource(
            f"{type_} ({name}): no answer is written for this type; "
            "add its computed outputs to tests/harness/answers.py"
        )
    return make(name, _hexadecimal(urn, 17), inputs)


def _hexadecimal(urn: str, length: int) -> str:
    return hashlib.sha1(urn.encode()).hexdigest()[:length]


def _plain(id_: str, outputs: Mapping[str, object]) -> Answer:
    return Answer(id=id_, outputs=outputs, children={})


def _arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{rest}"


_Aws = Callable[[str, str, Inputs], Answer]


def _ec2(prefix: str, kind: str, **more: Callable[[str], object]) -> _Aws:
    """An EC2 object: an id of hexadecimal digits after a prefix, and an ARN made from it."""

    def make(name: str, digits: str, inputs: Inputs) -> Answer:
        del name, inputs
        id_ = f"{prefix}-{digits}"
        return _plain(
            id_, {"arn": _arn("ec2", f"{kind}/{id_}"), **{k: f(digits) for k, f in more.items()}}
        )

    return make


def _named(service: str, kind: str, output: str = "name", **more: Callable[[str], object]) -> _Aws:
    """An object whose id is its name: given, or made from the logical one by auto-naming."""

    def make(name: str, digits: str, inputs: Inputs) -> Answer:
        physical = str(inputs.get(output, f"{name}-{digits[:7]}"))
        computed = {output: physical, "arn": _arn(service, f"{kind}/{physical}")}
        return _plain(physical, {**computed, **{key: f(digits) for key, f in more.items()}})

    return make


def _role(name: str, digits: str, inputs: Inputs) -> Answer:
    physical = str(inputs.get("name", f"{name}-{digits[:7]}"))
    return _plain(physical, {"name": physical, "arn": f"arn:aws:iam::{ACCOUNT}:role/{physical}"})


def _attachment(name: str, digits: str, inputs: Inputs) -> Answer:
    del name
    return _plain(f"{inputs['role']}-{digits}", {})


def _node_group(name: str, digits: str, inputs: Inputs) -> Answer:
    physical = str(inputs.get("nodeGroupName", f"{name}-{digits[:7]}"))
    return _plain(
        f"{inputs['clusterName']}:{physical}",
        {
            "nodeGroupName": physical,
            "arn": _arn("eks", f"nodegroup/{physical}"),
            "status": "ACTIVE",
        },
    )


def _addon(name: str, digits: str, inputs: Inputs) -> Answer:
    del name, digits
    id_ = f"{inputs['clusterName']}:{inputs['addonName']}"
    return _plain(id_, {"arn": _arn("eks", f"addon/{id_}"), "addonVersion": "v1.0.0-eksbuild.1"})


def _file_system(service: str, **more: Callable[[str], object]) -> _Aws:
    def make(name: str, digits: str, inputs: Inputs) -> Answer:
        del name, inputs
        id_ = f"fs-{digits}"
        computed = {"arn": _arn(service, f"file-system/{id_}"), "dnsName": f"{id_}.{service}.test"}
        return _plain(id_, {**computed, **{key: f(digits) for key, f in more.items()}})

    return make


_AWS: dict[str, _Aws] = {
    "aws:ec2/vpc:Vpc": _ec2("vpc", "vpc"),
    "aws:ec2/internetGateway:InternetGateway": _ec2("igw", "internet-gateway"),
    "aws:ec2/routeTable:RouteTable": _ec2("rtb", "route-table"),
    "aws:ec2/route:Route": _ec2("r", "route"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _ec2("rtbassoc", "association"),
    "aws:ec2/subnet:Subnet": _ec2("subnet", "subnet"),
    "aws:ec2/eip:Eip": _ec2(
        "eipalloc", "elastic-ip", allocationId=lambda digits: f"eipalloc-{digits}"
    ),
    "aws:ec2/natGateway:NatGateway": _ec2("nat", "natgateway"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _ec2("vpce", "vpc-endpoint"),
    "aws:ec2/securityGroup:SecurityGroup": _ec2("sg", "security-group"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _ec2("sgr", "rule"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _ec2("sgr", "rule"),
    "aws:ec2/launchTemplate:LaunchTemplate": _ec2(
        "lt", "launch-template", latestVersion=lambda digits: 1
    ),
    "aws:ec2/placementGroup:PlacementGroup": _named("ec2", "placement-group"),
    "aws:iam/role:Role": _role,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _attachment,
    "aws:eks/nodeGroup:NodeGroup": _node_group,
    "aws:eks/addon:Addon": _addon,
    "aws:fsx/lustreFileSystem:LustreFileSystem": _file_system(
        "fsx", mountName=lambda digits: digits[:8]
    ),
    "aws:efs/fileSystem:FileSystem": _file_system("efs"),
    "aws:efs/mountTarget:MountTarget": _ec2("fsmt", "mount-target"),
}
# Namespaced or not decides the id, as in the real provider.
_KUBERNETES = frozenset(
    {
        "kubernetes:apps/v1:DaemonSet",
        "kubernetes:core/v1:ConfigMap",
        "kubernetes:core/v1:Namespace",
        "kubernetes:core/v1:PersistentVolume",
        "kubernetes:core/v1:PersistentVolumeClaim",
        "kubernetes:core/v1:Secret",
        "kubernetes:core/v1:ServiceAccount",
        "kubernetes:batch/v1:Job",
        "kubernetes:helm.sh/v3:Release",
        "kubernetes:mellanox.com/v1alpha1:NicClusterPolicy",
        "kubernetes:networking.gke.io/v1:GKENetworkParamSet",
        "kubernetes:networking.gke.io/v1:Network",
        "kubernetes:nfd.k8s-sigs.io/v1alpha1:NodeFeatureRule",
        "kubernetes:nvidia.com/v1alpha1:DynamoGraphDeployment",
        "kubernetes:nvidia.com/v1beta1:DynamoGraphDeployment",
        "kubernetes:rbac.authorization.k8s.io/v1:Role",
        "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
        "kubernetes:scheduling.run.ai/v2:Queue",
        "kubernetes:storage.k8s.io/v1:StorageClass",
    }
)


def _kubernetes(type_: str, name: str, urn: str, inputs: Inputs) -> Answer:
    if type_ not in _KUBERNETES:
        raise UnmockedResource(
            f"{type_} ({name}): no answer is written for this kind; "
            "add it to tests/harness/answers.py"
        )
    if type_ == "kubernetes:helm.sh/v3:Release":
        namespace, physical = inputs.get("namespace", "default"), inputs["name"]
        return _plain(f"{namespace}/{physical}", {"status": {"status": "deployed"}})
    metadata = dict(cast("Inputs", inputs.get("metadata", {})))
    metadata.setdefault("name", f"{name}-{_hexadecimal(urn, 8)}")  # the provider's auto-naming
    namespace = metadata.get("namespace")
    id_ = f"{namespace}/{metadata['name']}" if namespace else str(metadata["name"])
    return _plain(id_, {"metadata": metadata})


def _eks_cluster(urn: str, inputs: Inputs) -> Answer:
    name = str(inputs["name"])
    endpoint = f"https://{_hexadecimal(urn, 32).upper()}.gr7.us-east-1.eks.amazonaws.com"
    parent, _, logical = urn.rpartition("::")
    child = f"{parent}$aws:eks/cluster:Cluster::{logical}-eksCluster"
    group = f"sg-{_hexadecimal(urn, 17)}"
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "aws",
        "clusters": [{"name": "kubernetes", "cluster": {"server": endpoint}}],
        "contexts": [{"name": "aws", "context": {"cluster": "kubernetes", "user": "aws"}}],
        "users": [{"name": "aws", "user": {"exec": {"command": "aws"}}}],
    }
    return Answer(
        id="",
        outputs={
            # Plain on purpose: that it ends up secret is our component's doing.
            "kubeconfigJson": json.dumps(kubeconfig),
            "clusterSecurityGroupId": group,
            "eksCluster": Reference(child),
            "core": {"endpoint": endpoint, "vpcId": inputs["vpcId"]},
        },
        children={child: {"name": name, "arn": _arn("eks", f"cluster/{name}")}},
    )
