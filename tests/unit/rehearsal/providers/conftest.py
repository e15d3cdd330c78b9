"""A simulated account with a short way to make things in it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from rehearsal.providers.aws import Aws, kinds
from rehearsal.providers.kubernetes import Kubernetes
from rehearsal.providers.kubernetes.charts import ChartFacts, CustomKind, Object
from rehearsal.providers.kubernetes.scopes import Kind
from rehearsal.providers.standin import Made, StandIn, Subject
from rehearsal.providers.values import Props, text
from rehearsal.providers.world import CapacityBlock, Seed, World

REGION = "us-west-2"
ZONES = ("usw2-az1", "usw2-az2")
CHARTS = (
    ChartFacts(
        name="kai-scheduler",
        chart="kai-scheduler",
        version="v0.13.4",
        kinds=(
            CustomKind(
                group="scheduling.run.ai",
                versions=("v2",),
                kind="Queue",
                plural="queues",
                namespaced=False,
            ),
        ),
        makes=(Object(kind=Kind("apps", "Deployment"), version="v1", name="kai-operator"),),
    ),
    ChartFacts(
        name="dynamo-platform",
        chart="dynamo-platform",
        version="1.2.0",
        kinds=(
            CustomKind(
                group="nvidia.com",
                versions=("v1alpha1", "v1beta1"),
                kind="DynamoGraphDeployment",
                plural="dynamographdeployments",
                namespaced=True,
            ),
        ),
        leaves=(Object(kind=Kind("", "PersistentVolumeClaim"), version="v1", name="nats-0"),),
    ),
)


@dataclass
class Package:
    """One stand-in, driven as the engine drives it."""

    stand_in: StandIn
    config: Props = field(default_factory=dict)

    def subject(self, type: str, name: str) -> Subject:
        return Subject(type=type, name=name, urn=f"urn::{type}::{name}", config=self.config)

    def make(self, type: str, label: str, /, **inputs: object) -> Made:
        subject = self.subject(type, label)
        checked = self.stand_in.check(subject, dict(inputs), None, b"seed")  # type: ignore[arg-type]
        return self.stand_in.create(subject, checked)

    def change(self, type: str, made: Made, /, **inputs: object) -> Made:
        subject = self.subject(type, "changed")
        return self.stand_in.update(subject, made.id, {**made.inputs, **inputs})  # type: ignore[dict-item]

    def remove(self, type: str, made: Made) -> None:
        self.stand_in.delete(self.subject(type, "removed"), made.id)


@dataclass
class Account:
    """AWS with the usual network on request, and the Kubernetes clusters in it."""

    world: World
    aws: Package

    def network(self) -> tuple[Made, list[Made]]:
        vpc = self.aws.make(kinds.VPC, "vpc", cidrBlock="10.40.0.0/16")
        return vpc, [
            self.aws.make(
                kinds.SUBNET,
                f"s{index}",
                vpcId=vpc.id,
                cidrBlock=f"10.40.{index}.0/24",
                availabilityZoneId=zone,
            )
            for index, zone in enumerate(ZONES)
        ]

    def way_out(self, vpc: Made, subnets: list[Made]) -> None:
        gateway = self.aws.make(kinds.INTERNET_GATEWAY, "igw", vpcId=vpc.id)
        table = self.aws.make(kinds.ROUTE_TABLE, "table", vpcId=vpc.id)
        self.aws.make(
            kinds.ROUTE,
            "out",
            routeTableId=table.id,
            destinationCidrBlock="0.0.0.0/0",
            gatewayId=gateway.id,
        )
        for subnet in subnets:
            self.aws.make(
                kinds.ROUTE_TABLE_ASSOCIATION, "a", routeTableId=table.id, subnetId=subnet.id
            )

    def cluster(self, subnets: list[Made], name: str = "c") -> Made:
        role = self.aws.make(kinds.ROLE, f"{name}-role", assumeRolePolicy="{}")
        return self.aws.make(
            kinds.CLUSTER,
            name,
            name=name,
            roleArn=text(role.outputs, "arn"),
            vpcConfig={"subnetIds": [subnet.id for subnet in subnets]},
        )

    def node_role(self) -> Made:
        role = self.aws.make(kinds.ROLE, "nodes", name="nodes", assumeRolePolicy="{}")
        self.aws.make(
            kinds.ROLE_POLICY_ATTACHMENT,
            "worker",
            role="nodes",
            policyArn="arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
        )
        return role

    def kubernetes(self, server: str) -> Package:
        kubeconfig = (
            '{"current-context": "x", "contexts": [{"name": "x", "context": {"cluster": "y"}}],'
            f'"clusters": [{{"name": "y", "cluster": {{"server": "{server}"}}}}]}}'
        )
        return Package(Kubernetes(self.world, CHARTS), {"kubeconfig": kubeconfig})


def _offered(machine_type: str, region: str) -> tuple[str, ...] | None:
    return {"p5.48xlarge": ("usw2-az1",)}.get(machine_type) if region == REGION else None


@pytest.fixture
def account() -> Account:
    blocks = (
        CapacityBlock(
            id="cr-active", instance_type="p5.48xlarge", zone_id=ZONES[0], count=2, state="active"
        ),
        CapacityBlock(
            id="cr-later", instance_type="p5.48xlarge", zone_id=ZONES[0], count=2, state="scheduled"
        ),
    )
    world = World(Seed(capacity_blocks=blocks))
    world.start_cluster("https://existing:6443")
    return Account(world, Package(Aws(world, _offered), {"region": REGION}))
