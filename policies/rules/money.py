"""What costs 50 to 140 dollars an hour and node: how much of it, from where, and for how long."""

from __future__ import annotations

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from rules.checks import Say, by_type
from rules.pools import (
    AKS_POOL,
    EKS_POOL,
    EKS_TEMPLATE,
    GKE_CLUSTER,
    GKE_POOL,
    gpus,
    most_nodes,
    pool_has_gpus,
    pools,
    rdma,
)
from rules.props import Props, every, for_each, known, mapping, number, yes
from rules.settings import Limit, schema

_MAXIMUM = Limit(
    name="maximum",
    default=4,
    description="GPU nodes of all pools together, with every autoscaler at its ceiling.",
)


def _bounded(args: StackValidationArgs, report: ReportViolation) -> None:
    """A node is 50 to 140 dollars an hour; a slip of a digit, and there are 20 of them."""
    maximum = _MAXIMUM.of(args)
    sizes = [(pool.name, most_nodes(pool)) for pool in pools(args.resources) if pool_has_gpus(pool)]
    total = sum(size for _, size in sizes)
    if total > maximum:
        listed = ", ".join(f"{name} {size}" for name, size in sizes)
        report(
            f"{total} GPU nodes at most ({listed}), and {maximum} are allowed; make pools smaller, "
            "or raise `maximum` in the policy's configuration",
            None,
        )


gpu_nodes_bounded = StackValidationPolicy(
    name="gpu-nodes-bounded",
    description="A stack has at most so many GPU nodes, whatever its autoscalers do.",
    enforcement_level=EnforcementLevel.MANDATORY,
    config_schema=schema(_MAXIMUM),
    validate=_bounded,
)


# Autoscalers. Karpenter: "limits" of a NodePool, none by default. GKE: a node pool's autoscaling
# block without a maximum; node auto-provisioning, whose GPU limits are its only ones.


def _karpenter(props: Props, say: Say) -> None:
    if not mapping(mapping(props.get("spec")).get("limits")):
        say("Karpenter may add nodes without end; set spec.limits (cpu, or nvidia.com/gpu)")


def _gke_pool_ceiling(props: Props, say: Say) -> None:
    scaling = props.get("autoscaling")
    bounds = mapping(scaling)
    if scaling is not None and not (bounds.get("maxNodeCount") or bounds.get("totalMaxNodeCount")):
        say("the pool scales without a ceiling; set autoscaling.totalMaxNodeCount")


def _gke_provisioning(props: Props, say: Say) -> None:
    scaling = mapping(props.get("clusterAutoscaling"))
    if not scaling.get("enabled"):
        return

    def limit(_: int, value: object) -> None:
        bound = mapping(value)
        if not bound.get("maximum"):
            say(f"auto-provisioning of {bound.get('resourceType')} has no maximum")

    for_each(scaling.get("resourceLimits"), limit)


def _aks_ceiling(props: Props, say: Say) -> None:
    if props.get("enableAutoScaling") and not props.get("maxCount"):
        say("the pool scales without a ceiling; set maxCount")


autoscalers_have_a_ceiling = ResourceValidationPolicy(
    name="autoscalers-have-a-ceiling",
    description="Whatever adds nodes by itself says how many at most.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=by_type(
        {
            "kubernetes:karpenter.sh/v1:NodePool": _karpenter,
            "kubernetes:karpenter.sh/v1beta1:NodePool": _karpenter,
            AKS_POOL: _aks_ceiling,
            GKE_POOL: _gke_pool_ceiling,
            GKE_CLUSTER: _gke_provisioning,
        }
    ),
)


# Where GPU nodes come from. A reservation that is not named is not used, or somebody else's is, and
# both are paid (eksctl issues 8542, 7906; EKS, "Capacity Blocks for ML"; GCP facts, reservations).


def _eks_capacity(props: Props, say: Say) -> None:
    if gpus(EKS_POOL, props) and not props.get("capacityType"):
        say("a GPU pool has to say where its nodes come from; set capacityType")


def _eks_block(props: Props, say: Say) -> None:
    market = mapping(props.get("instanceMarketOptions")).get("marketType")
    specification = mapping(props.get("capacityReservationSpecification"))
    target = mapping(specification.get("capacityReservationTarget"))
    # Its id may be unknown yet.
    if market == "capacity-block" and "capacityReservationId" not in set(target):
        say("the template asks for a Capacity Block and names none; set capacityReservationId")


def _gke_capacity(props: Props, say: Say) -> None:
    node = mapping(props.get("nodeConfig"))
    if not gpus(GKE_POOL, props) or node.get("spot") or node.get("flexStart"):
        return
    source = mapping(node.get("reservationAffinity")).get("consumeReservationType")
    if source not in ("NO_RESERVATION", "SPECIFIC_RESERVATION"):
        say(
            "a GPU pool takes any open reservation of the project that fits; set "
            "reservationAffinity to NO_RESERVATION, or to a SPECIFIC_RESERVATION"
        )


gpu_capacity_is_named = ResourceValidationPolicy(
    name="gpu-capacity-is-named",
    description="A GPU pool says where its nodes come from, and takes no other reservation.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=by_type({EKS_POOL: _eks_capacity, EKS_TEMPLATE: _eks_block, GKE_POOL: _gke_capacity}),
)


def _no_spot(args: StackValidationArgs, report: ReportViolation) -> None:
    """A gang runs whole or not at all: one node taken back idles all the others, which are paid."""
    for pool in pools(args.resources):
        if rdma(pool) and _is_spot(pool.props):
            report(
                f"pool {pool.name} shares a fabric and is made of spot nodes: one that is taken "
                "back stops the graph on all of them; use a reservation or on-demand nodes",
                pool.resource.urn,
            )


def _is_spot(props: Props) -> bool:
    node = mapping(known(props, "nodeConfig"))
    return (
        known(props, "capacityType") == "SPOT"
        or known(props, "scaleSetPriority") == "Spot"
        or yes(known(node, "spot"))
        or yes(known(node, "preemptible"))
    )


no_spot_under_rdma = StackValidationPolicy(
    name="no-spot-under-rdma",
    description="Pools on EFA, InfiniBand or RoCE are not made of spot nodes.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_no_spot,
)


# Upgrades. A spare node beside a full reservation never comes, and where it comes it is paid (EKS
# API, NodegroupUpdateConfig; Azure facts Z12 and Z15; GCP facts G21).


def _eks_upgrade(props: Props, say: Say) -> None:
    strategy = mapping(props.get("updateConfig")).get("updateStrategy")
    if gpus(EKS_POOL, props) and strategy != "MINIMAL":
        say("an update starts with spare GPU nodes; set updateConfig.updateStrategy to MINIMAL")


def _aks_upgrade(props: Props, say: Say) -> None:
    surge = mapping(props.get("upgradeSettings")).get("maxSurge")
    if gpus(AKS_POOL, props) and str(surge).rstrip("%") != "0":
        say(
            "an upgrade starts with spare GPU nodes; set upgradeSettings.maxSurge to 0 and "
            "maxUnavailable to 1"
        )


def _gke_upgrade(props: Props, say: Say) -> None:
    if not gpus(GKE_POOL, props):
        return
    settings = mapping(props.get("upgradeSettings"))

    def surge() -> None:
        spare = settings.get("maxSurge")
        if spare is None or number(spare) != 0:
            say(
                "an upgrade starts with spare GPU nodes; set upgradeSettings.maxSurge to 0 and "
                "maxUnavailable to 1"
            )

    def strategy() -> None:
        if settings.get("strategy") == "BLUE_GREEN":
            say("a blue-green upgrade doubles the pool; set upgradeSettings.strategy to SURGE")

    every(surge, strategy)


gpu_upgrades_need_no_spares = ResourceValidationPolicy(
    name="gpu-upgrades-need-no-spares",
    description="GPU pools upgrade node by node, without extra nodes.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=by_type({EKS_POOL: _eks_upgrade, AKS_POOL: _aks_upgrade, GKE_POOL: _gke_upgrade}),
)
