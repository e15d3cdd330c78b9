"""The network between GPU nodes, at preview (ids unknown) and at up."""

from __future__ import annotations

import pytest
from pulumi_policy.proxy import UnknownValueError

from tests.harness.policies import Subject, violations
from tests.harness.values import UNKNOWN

NAME = "efa-group-refers-to-itself"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
IN = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
OUT = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
GROUP = Subject(type="aws:ec2/securityGroup:SecurityGroup", name="efa")
OTHER = Subject(type="aws:ec2/securityGroup:SecurityGroup", name="other")
IDS = {"efa": "sg-1", "other": "sg-2"}


def group_id(group: Subject, preview: bool) -> object:
    return UNKNOWN if preview else IDS[group.name]


def template(*groups: Subject, preview: bool, kind: str = "efa-only") -> Subject:
    interface = {
        "interfaceType": kind,
        "securityGroups": [group_id(group, preview) for group in groups],
    }
    ip = {"interfaceType": "interface", "securityGroups": []}
    return Subject(
        type=TEMPLATE,
        name="gpu",
        props={"networkInterfaces": [ip, interface]},
        refers={"networkInterfaces": groups},
    )


def rule(
    type_: str,
    *,
    preview: bool,
    of: Subject = GROUP,
    to: Subject | None = GROUP,
    protocol: str = "-1",
) -> Subject:
    props: dict[str, object] = {"ipProtocol": protocol, "securityGroupId": group_id(of, preview)}
    refers: dict[str, tuple[Subject, ...]] = {"securityGroupId": (of,)}
    if to is None:
        props["cidrIpv4"] = "0.0.0.0/0"
    else:
        props["referencedSecurityGroupId"] = group_id(to, preview)
        refers["referencedSecurityGroupId"] = (to,)
    return Subject(type=type_, name=type_, props=props, refers=refers)


both_modes = pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])


@both_modes
@pytest.mark.parametrize("kind", ["efa", "efa-only"])
def test_clean(preview: bool, kind: str) -> None:
    rules = [rule(IN, preview=preview), rule(OUT, preview=preview)]
    assert violations(NAME, template(GROUP, OTHER, preview=preview, kind=kind), *rules) == []


@both_modes
@pytest.mark.parametrize(("there", "missing"), [(IN, "egress"), (OUT, "ingress")])
def test_one_way_is_not_enough(preview: bool, there: str, missing: str) -> None:
    (message,) = violations(NAME, template(GROUP, preview=preview), rule(there, preview=preview))
    assert message.startswith("the launch template gpu has EFA interfaces")
    assert f"has an {missing} rule" in message


@both_modes
def test_addresses_do_not_let_efa_through(preview: bool) -> None:
    rules = [rule(type_, to=None, preview=preview) for type_ in (IN, OUT)]
    assert len(violations(NAME, template(GROUP, preview=preview), *rules)) == 2


@both_modes
def test_one_protocol_is_not_enough(preview: bool) -> None:
    rules = [rule(type_, protocol="tcp", preview=preview) for type_ in (IN, OUT)]
    assert len(violations(NAME, template(GROUP, preview=preview), *rules)) == 2


@both_modes
def test_another_group_is_not_itself(preview: bool) -> None:
    rules = [rule(type_, to=OTHER, preview=preview) for type_ in (IN, OUT)]
    assert len(violations(NAME, template(GROUP, OTHER, preview=preview), *rules)) == 2


@both_modes
def test_a_group_that_no_interface_has_is_no_help(preview: bool) -> None:
    rules = [rule(type_, of=OTHER, to=OTHER, preview=preview) for type_ in (IN, OUT)]
    assert len(violations(NAME, template(GROUP, preview=preview), *rules)) == 2


@both_modes
def test_a_template_without_efa_needs_no_rules(preview: bool) -> None:
    assert violations(NAME, template(GROUP, preview=preview, kind="interface")) == []
    assert violations(NAME, Subject(type=TEMPLATE)) == []


def test_a_group_made_elsewhere_is_known_by_its_id() -> None:
    interface = {"interfaceType": "efa", "securityGroups": ["sg-9"]}
    props = {"ipProtocol": "-1", "securityGroupId": "sg-9", "referencedSecurityGroupId": "sg-9"}
    subjects = [
        Subject(type=TEMPLATE, props={"networkInterfaces": [interface]}),
        Subject(type=IN, name="in", props=props),
        Subject(type=OUT, name="out", props=props),
    ]
    assert violations(NAME, *subjects) == []


EKS = "aws:eks/nodeGroup:NodeGroup"
AKS = "azure-native:containerservice:AgentPool"
GKE = "gcp:container/nodePool:NodePool"
NETWORK = "gcp:compute/network:Network"
PROFILES = "https://www.googleapis.com/compute/beta/projects/p/global/networkProfiles"
RDMA = Subject(
    type=NETWORK, name="rdma", props={"networkProfile": f"{PROFILES}/us-central1-b-vpc-roce"}
)


def eks_pool(subnets: object, *, kind: str = "efa", preview: bool = True) -> list[Subject]:
    made_from = template(GROUP, preview=preview, kind=kind)
    props = {"subnetIds": subnets, "launchTemplate": {"id": UNKNOWN}}
    refers = {"launchTemplate": (made_from,)}
    return [Subject(type=EKS, name="gpu", props=props, refers=refers), made_from]


def aks_pool(**props: object) -> list[Subject]:
    return [Subject(type=AKS, name="gpu", props={"vmSize": "Standard_ND96isr_H100_v5", **props})]


def gke_pool(zones: object, *networks: Subject) -> list[Subject]:
    interfaces = [{"network": UNKNOWN} for _ in networks]
    props = {"nodeLocations": zones, "networkConfig": {"additionalNodeNetworkConfigs": interfaces}}
    refers = {"networkConfig": networks}
    return [Subject(type=GKE, name="gpu", props=props, refers=refers), *networks]


def network(**props: object) -> Subject:
    return Subject(type=NETWORK, name="host", props=props)


class TestRdmaPoolIsOneFabric:
    NAME = "rdma-pool-is-one-fabric"

    @pytest.mark.parametrize(
        "stack",
        [
            eks_pool([UNKNOWN]),
            eks_pool(["subnet-1"], preview=False),
            eks_pool([UNKNOWN, UNKNOWN], kind="interface"),
            aks_pool(availabilityZones=["1"], count=2),
            aks_pool(availabilityZones=UNKNOWN, count=100),
            aks_pool(vmSize="Standard_NC96ads_A100_v4", availabilityZones=["1", "2"]),
            gke_pool(["us-central1-b"], RDMA, network(mtu=8896)),
            gke_pool(["us-central1-b", "us-central1-c"]),
        ],
    )
    def test_clean(self, stack: list[Subject]) -> None:
        assert violations(self.NAME, *stack) == []

    @pytest.mark.parametrize(
        ("stack", "says"),
        [
            (eks_pool([UNKNOWN, UNKNOWN]), "has EFA and 2 subnets"),
            (aks_pool(availabilityZones=["1", "2"]), "is in zones 1, 2"),
            (aks_pool(count=101), "may have 101 nodes"),
            (aks_pool(count=1, maxCount=200, enableAutoScaling=True), "may have 200 nodes"),
            (gke_pool(["us-central1-b", "us-central1-c"], RDMA), "has RDMA and 2 nodeLocations"),
            (gke_pool(["us-central1-a"], RDMA), "has the profile us-central1-b-vpc-roce"),
        ],
    )
    def test_violating(self, stack: list[Subject], says: str) -> None:
        (message,) = violations(self.NAME, *stack)
        assert message.startswith("pool gpu ")
        assert says in message

    @pytest.mark.parametrize("stack", [eks_pool(UNKNOWN), gke_pool(UNKNOWN, RDMA)])
    def test_unknown(self, stack: list[Subject]) -> None:
        with pytest.raises(UnknownValueError):
            violations(self.NAME, *stack)


class TestGpuNetworksCarryLargeFrames:
    NAME = "gpu-networks-carry-large-frames"

    @pytest.mark.parametrize(
        "stack",
        [
            gke_pool(["us-central1-b"], RDMA, network(mtu=8896.0)),
            gke_pool(["us-central1-b"], network(mtu=8244)),
            [network(mtu=1460)],
        ],
    )
    def test_clean(self, stack: list[Subject]) -> None:
        assert violations(self.NAME, *stack) == []

    @pytest.mark.parametrize(("props", "mtu"), [({}, "not set"), ({"mtu": 1460.0}, "1460")])
    def test_violating(self, props: dict[str, object], mtu: str) -> None:
        (message,) = violations(self.NAME, *gke_pool(["us-central1-b"], RDMA, network(**props)))
        assert f"the network host is for GPU traffic, and its mtu is {mtu}:" in message

    def test_a_network_of_two_pools_is_named_once(self) -> None:
        pools = [*gke_pool(["a"], network(mtu=1460)), gke_pool(["a"], network(mtu=1460))[0]]
        assert len(violations(self.NAME, *pools)) == 1

    def test_unknown(self) -> None:
        with pytest.raises(UnknownValueError):
            violations(self.NAME, *gke_pool(["us-central1-b"], network(mtu=UNKNOWN)))
