"""The network between GPU nodes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pulumi_policy import (
    EnforcementLevel,
    PolicyResource,
    ReportViolation,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from rules.pools import (
    AKS_POOL,
    EKS_POOL,
    EKS_TEMPLATE,
    GKE_POOL,
    Pool,
    gke_networks,
    most_nodes,
    pools,
    rdma,
    uses_efa,
)
from rules.props import every, for_each, items, known, made_here, mapping, number, texts

_IN = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_OUT = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
_GROUP = "aws:ec2/securityGroup:SecurityGroup"


def _both_ways(args: StackValidationArgs, report: ReportViolation) -> None:
    """EC2 User Guide, EFA; AWS facts A7."""
    for template in args.resources:
        if template.resource_type != EKS_TEMPLATE or not uses_efa(template):
            continue
        groups = _groups_of_interfaces(template)
        for token, way in ((_IN, "ingress"), (_OUT, "egress")):
            rules = (rule for rule in args.resources if rule.resource_type == token)
            if not any(_all_to_itself(rule, groups) for rule in rules):
                report(
                    f"the launch template {template.name} has EFA interfaces, but none of their "
                    f"security groups has an {way} rule for all protocols that refers to the "
                    "group itself: EFA traffic is dropped and NCCL hangs",
                    template.urn,
                )


def _all_to_itself(rule: PolicyResource, groups: frozenset[str]) -> bool:
    if rule.props.get("ipProtocol") != "-1":
        return False
    own = frozenset(_identities(rule, "securityGroupId"))
    return bool(own & groups & frozenset(_identities(rule, "referencedSecurityGroupId")))


def _groups_of_interfaces(template: PolicyResource) -> frozenset[str]:
    found = {group.urn for group in made_here(template, "networkInterfaces", _GROUP)}

    def add(_: int, group: object) -> None:
        found.add(str(group))

    for interface in items(template.props.get("networkInterfaces")):
        try:
            for_each(mapping(interface).get("securityGroups"), add)
        except UnknownValueError:
            continue  # a group of this stack: its resource is in `found` already
    return frozenset(found)


def _identities(rule: PolicyResource, prop: str) -> Iterator[str]:
    """Names for the group a property refers to: its resource, and its id once that is known."""
    for group in made_here(rule, prop, _GROUP):
        yield group.urn
    group_id = known(rule.props, prop)
    if group_id:
        yield str(group_id)


efa_group_refers_to_itself = StackValidationPolicy(
    name="efa-group-refers-to-itself",
    description="EFA nodes share a security group that lets everything through to itself.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_both_ways,
)


_MOST_INFINIBAND_NODES = 100


def _one_fabric(args: StackValidationArgs, report: ReportViolation) -> None:
    """AWS facts A4, Azure facts Z3, GCP facts G4 and G23: a fabric ends at the zone, and sooner."""

    def judge(pool: Pool) -> None:
        for problem in _splits(pool):
            report(f"pool {pool.name} {problem}", pool.resource.urn)

    every(*(partial(judge, pool) for pool in pools(args.resources) if rdma(pool)))


def _splits(pool: Pool) -> Iterator[str]:
    match pool.resource.resource_type:
        case str(kind) if kind == EKS_POOL:
            subnets = len(items(pool.props.get("subnetIds")))
            if subnets != 1:
                yield f"has EFA and {subnets} subnets: EFA ends at the zone; give it one"
        case str(kind) if kind == AKS_POOL:
            zones = texts(known(pool.props, "availabilityZones"))
            if len(zones) > 1:
                yield f"has InfiniBand and is in zones {', '.join(zones)}; give it one"
            if most_nodes(pool) > _MOST_INFINIBAND_NODES:
                yield (
                    f"may have {most_nodes(pool)} nodes, and one InfiniBand fabric has room for "
                    f"{_MOST_INFINIBAND_NODES}"
                )
        case str(kind) if kind == GKE_POOL:
            zones = texts(pool.props.get("nodeLocations"))
            if len(zones) != 1:
                yield f"has RDMA and {len(zones)} nodeLocations: RDMA ends at the zone; give it one"
            for network in gke_networks(pool):
                profile = str(known(network.props, "networkProfile") or "")
                if profile and len(zones) == 1 and f"/{zones[0]}-" not in profile:
                    yield (
                        f"is in {zones[0]}, and its network {network.name} has the profile "
                        f"{profile.rpartition('/')[2]}, which is another zone's"
                    )
        case _:
            return


rdma_pool_is_one_fabric = StackValidationPolicy(
    name="rdma-pool-is-one-fabric",
    description="A pool on EFA, InfiniBand or RoCE is in one zone, and on one fabric.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_one_fabric,
)


_LEAST_MTU = 8244


def _large_frames(args: StackValidationArgs, report: ReportViolation) -> None:
    """GCP facts G5: 8244 for GPUDirect-TCPX, 8896 beside RDMA. RDMA profiles bring their own."""

    def judge(network: PolicyResource) -> None:
        if known(network.props, "networkProfile"):
            return
        mtu = network.props.get("mtu")
        if mtu is None or number(mtu) < _LEAST_MTU:
            report(
                f"the network {network.name} is for GPU traffic, and its mtu is "
                f"{'not set' if mtu is None else number(mtu)}: NCCL crawls or stalls; set 8896, "
                "or 8244 for GPUDirect-TCPX",
                network.urn,
            )

    networks = {
        network.urn: network for pool in pools(args.resources) for network in gke_networks(pool)
    }
    every(*(partial(judge, network) for network in networks.values()))


gpu_networks_carry_large_frames = StackValidationPolicy(
    name="gpu-networks-carry-large-frames",
    description="Networks that GPU pools have beside the cluster's own carry frames of 8244 bytes.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_large_frames,
)
