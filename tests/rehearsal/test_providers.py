"""The stand-ins under the real engine: a whole life, and what the engine says of a refusal."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks
import pulumi_kubernetes as kubernetes
import pytest
from pulumi import automation as auto

from rehearsal.engine import Engine, EngineUnavailable, find
from rehearsal.providers.process import StandIns

pytestmark = [
    pytest.mark.engine,
    # When a program fails, the Automation API drops its event loop without closing it.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

_HUSH = "a-value-nobody-may-read"


@pytest.fixture(scope="module")
def engine() -> Engine:
    try:
        return find()
    except EngineUnavailable as unavailable:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no Pulumi engine: {unavailable}")


@pytest.fixture(autouse=True)
def _dropped_loops_end_here() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture
def stand_ins() -> Iterator[StandIns]:
    with StandIns() as started:
        yield started


@pytest.fixture
def stack(
    engine: Engine, stand_ins: StandIns, tmp_path: Path
) -> Callable[[Callable[[], None]], auto.Stack]:
    def make(program: Callable[[], None]) -> auto.Stack:
        options = auto.LocalWorkspaceOptions(
            pulumi_command=engine.command,
            work_dir=str(tmp_path),
            env_vars={
                "PULUMI_BACKEND_URL": f"file://{tmp_path}",
                "PULUMI_CONFIG_PASSPHRASE": "test",
                "PULUMI_SKIP_UPDATE_CHECK": "true",
                "PULUMI_DEBUG_PROVIDERS": stand_ins.debug_providers,
            },
            project_settings=auto.ProjectSettings(name="stand-ins", runtime="python"),
        )
        made = auto.create_or_select_stack("test", "stand-ins", program, opts=options)
        made.set_config("pulumi:disable-default-providers", auto.ConfigValue('["*"]'))
        return made

    return make


def network(
    provider: aws.Provider, cidr: str = "10.40.{}.0/24"
) -> tuple[aws.ec2.Vpc, list[aws.ec2.Subnet]]:
    with_aws = pulumi.ResourceOptions(provider=provider)
    vpc = aws.ec2.Vpc("vpc", cidr_block="10.40.0.0/16", opts=with_aws)
    return vpc, [
        aws.ec2.Subnet(
            f"subnet-{index}",
            vpc_id=vpc.id,
            cidr_block=cidr.format(index),
            availability_zone_id=f"usw2-az{index + 1}",
            opts=with_aws,
        )
        for index in range(2)
    ]


def cluster_program() -> None:
    provider = aws.Provider("aws", region="us-west-2", default_tags={"tags": {"made-by": "test"}})
    with_aws = pulumi.ResourceOptions(provider=provider)
    vpc, subnets = network(provider)
    cluster = eks.Cluster(
        "main",
        name="main",
        vpc_id=vpc.id,
        private_subnet_ids=[subnet.id for subnet in subnets],
        skip_default_node_group=True,
        skip_default_security_groups=True,
        authentication_mode=eks.AuthenticationMode.API,
        create_oidc_provider=True,
        version="1.34",
        opts=pulumi.ResourceOptions(providers=[provider, eks.Provider("eks")]),
    )
    group = cluster.eks_cluster.vpc_config.cluster_security_group_id
    aws.vpc.SecurityGroupIngressRule(
        "self",
        security_group_id=group,
        referenced_security_group_id=group,
        ip_protocol="-1",
        opts=with_aws,
    )
    inside = pulumi.ResourceOptions(
        provider=kubernetes.Provider(
            "inside",
            kubeconfig=pulumi.Output.secret(cluster.kubeconfig_json),
            cluster_identifier="main",
        )
    )
    namespace = kubernetes.core.v1.Namespace("kai", opts=inside)
    kubernetes.core.v1.Secret(
        "token",
        metadata={"namespace": namespace.metadata.name},
        string_data={"token": pulumi.Output.secret(_HUSH), "plain": "seen"},
        opts=inside,
    )
    release = kubernetes.helm.v3.Release(
        "kai-scheduler",
        chart="oci://ghcr.io/kai-scheduler/kai-scheduler/kai-scheduler",
        version="v0.13.4",
        name="kai-scheduler",
        namespace=namespace.metadata.name,
        opts=inside,
    )
    kubernetes.apiextensions.CustomResource(
        "queue",
        api_version="scheduling.run.ai/v2",
        kind="Queue",
        metadata={"name": "team"},
        spec={"parentQueue": "default-parent-queue"},
        opts=pulumi.ResourceOptions(provider=inside.provider, depends_on=[release]),
    )
    pulumi.export("namespace", namespace.metadata.name)
    pulumi.export("server", cluster.eks_cluster.endpoint)
    pulumi.export("kubeconfig", cluster.kubeconfig)
    pulumi.export("issuer", cluster.oidc_issuer)


def test_a_whole_life(
    stack: Callable[[Callable[[], None]], auto.Stack], stand_ins: StandIns, tmp_path: Path
) -> None:
    made = stack(cluster_program)
    planned = made.preview().change_summary
    assert stand_ins.inventory() == [], "a preview makes nothing"

    up = made.up()
    assert up.summary.resource_changes == {"create": planned[auto.OpType.CREATE]}
    server = up.outputs["server"].value
    assert up.outputs["kubeconfig"].value["clusters"][0]["cluster"]["server"] == server
    assert not up.outputs["kubeconfig"].secret, "as the real component has it"
    assert up.outputs["namespace"].value.startswith("kai-")
    assert "://" not in up.outputs["issuer"].value

    state = "".join(p.read_text() for p in (tmp_path / ".pulumi" / "stacks").rglob("*.json"))
    assert _HUSH not in state
    assert "Queue" in state, "the file that was searched is the state"

    again = made.up().summary.resource_changes
    assert set(again or {}) == {"same"}
    refreshed = made.refresh().summary.resource_changes
    assert set(refreshed or {}) == {"same"}

    types = {held.type for held in stand_ins.inventory()}
    assert {"aws:eks/cluster:Cluster", "Queue.scheduling.run.ai", "Release.helm.sh"} <= types
    made.destroy()
    assert stand_ins.inventory() == []


def overlapping_subnets() -> None:
    network(aws.Provider("aws", region="us-west-2"), cidr="10.40.0.0/24")


def missing_vpc() -> None:
    aws.ec2.Subnet(
        "lost",
        vpc_id="vpc-gone",
        cidr_block="10.40.0.0/24",
        opts=pulumi.ResourceOptions(provider=aws.Provider("aws", region="us-west-2")),
    )


def unknown_type() -> None:
    aws.sqs.Queue(
        "queue", opts=pulumi.ResourceOptions(provider=aws.Provider("aws", region="us-west-2"))
    )


def nobody_there() -> None:
    kubeconfig = {
        "current-context": "x",
        "contexts": [{"name": "x", "context": {"cluster": "y"}}],
        "clusters": [{"name": "y", "cluster": {"server": "https://nowhere.invalid"}}],
    }
    provider = kubernetes.Provider("inside", kubeconfig=json.dumps(kubeconfig))
    kubernetes.core.v1.Namespace("lost", opts=pulumi.ResourceOptions(provider=provider))


def another_default_node_group() -> None:
    provider = aws.Provider("aws", region="us-west-2")
    vpc, subnets = network(provider)
    eks.Cluster(
        "main",
        vpc_id=vpc.id,
        subnet_ids=[subnet.id for subnet in subnets],
        authentication_mode=eks.AuthenticationMode.API,
        opts=pulumi.ResourceOptions(providers=[provider, eks.Provider("eks")]),
    )


@contextmanager
def refused(words: str) -> Iterator[None]:
    with pytest.raises(auto.CommandError) as raised:
        yield
    assert words in str(raised.value)
    assert "defect of the rehearsal" not in str(raised.value)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (overlapping_subnets, "InvalidSubnet.Conflict: The CIDR '10.40.0.0/24' conflicts"),
        (missing_vpc, "InvalidVpcID.NotFound: vpc-gone does not exist (at vpcId)"),
        (unknown_type, "the aws stand-in does not know aws:sqs/queue:Queue"),
        (nobody_there, "dial https://nowhere.invalid: connection refused"),
        (another_default_node_group, "makes no default node group"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_engine_shows_a_refusal(
    stack: Callable[[Callable[[], None]], auto.Stack], program: Callable[[], None], words: str
) -> None:
    with refused(words):
        stack(program).up()


def test_a_known_subnet_that_moves_is_replaced(
    stack: Callable[[Callable[[], None]], auto.Stack],
) -> None:
    def before() -> None:
        network(aws.Provider("aws", region="us-west-2"))

    def after() -> None:
        network(aws.Provider("aws", region="us-west-2"), cidr="10.40.1{}.0/24")

    made = stack(before)
    made.up()
    made.workspace.program = after
    changes = made.up().summary.resource_changes or {}
    assert {str(kind): count for kind, count in changes.items()}["replace"] == 2
    made.destroy()
