"""What GPU nodes cost, and where they come from."""

from __future__ import annotations

import pytest
from pulumi_policy.proxy import UnknownValueError

from tests.harness.policies import Cases, Props, Subject, judged, table, violations
from tests.harness.values import UNKNOWN

EKS = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
AKS = "azure-native:containerservice:AgentPool"
AKS_CLUSTER = "azure-native:containerservice:ManagedCluster"
GKE = "gcp:container/nodePool:NodePool"
GKE_CLUSTER = "gcp:container/cluster:Cluster"
KARPENTER = "kubernetes:karpenter.sh/v1:NodePool"
NVIDIA = "AL2023_x86_64_NVIDIA"
H100 = "Standard_ND96isr_H100_v5"
H200 = {"machineType": "a3-ultragpu-8g"}
BLUE_GREEN = {"maxSurge": 0, "strategy": "BLUE_GREEN"}


def eks(size: object, **props: object) -> Subject:
    given = {"amiType": NVIDIA, "scalingConfig": {"maxSize": size}, **props}
    return Subject(type=EKS, name="eks", props=given)


def aks(**props: object) -> Subject:
    return Subject(type=AKS, name="aks", props={"vmSize": H100, **props})


def gke(**props: object) -> Subject:
    return Subject(type=GKE, name="gke", props={"nodeConfig": H200, **props})


class TestGpuNodesBounded:
    NAME = "gpu-nodes-bounded"

    @pytest.mark.parametrize(
        "pool",
        [
            eks(4),
            eks(40, amiType="AL2023_x86_64_STANDARD"),
            aks(count=4),
            aks(count=40, vmSize="Standard_D8s_v5"),
            aks(count=40, maxCount=4, enableAutoScaling=True),
            gke(nodeCount=2, nodeLocations=["a", "b"]),
            gke(autoscaling={"totalMaxNodeCount": 4}, nodeLocations=["a", "b"]),
            gke(autoscaling={"maxNodeCount": 4}, nodeLocations=["a"]),
            gke(nodeCount=40, nodeConfig={"machineType": "n2-standard-8"}),
        ],
    )
    def test_clean(self, pool: Subject) -> None:
        assert violations(self.NAME, pool) == []

    @pytest.mark.parametrize(
        ("pool", "nodes"),
        [
            (eks(5), 5),
            (eks(5, amiType="CUSTOM", taints=[{"key": "nvidia.com/gpu"}]), 5),
            (eks(5, amiType="CUSTOM", instanceTypes=["g6.xlarge"]), 5),
            (aks(count=5), 5),
            (aks(count=1, maxCount=20, enableAutoScaling=True), 20),
            (gke(nodeCount=3, nodeLocations=["a", "b"]), 6),
            (gke(nodeCount=2), 6),  # a region has three zones, where none is named
            (gke(initialNodeCount=5, nodeLocations=["a"]), 5),
            (gke(autoscaling={"maxNodeCount": 3}, nodeLocations=["a", "b"]), 6),
            (gke(autoscaling={"totalMaxNodeCount": 5}), 5),
        ],
    )
    def test_violating(self, pool: Subject, nodes: int) -> None:
        (message,) = violations(self.NAME, pool)
        assert message.startswith(f"{nodes} GPU nodes at most ({pool.name} {nodes}), and 4 are")

    def test_pools_count_together(self) -> None:
        pools = [eks(2), aks(count=2), gke(nodeCount=1, nodeLocations=["a"])]
        (message,) = violations(self.NAME, *pools)
        assert message.startswith("5 GPU nodes at most (eks 2, aks 2, gke 1)")

    def test_the_limit_is_configurable(self) -> None:
        assert violations(self.NAME, eks(16), config={"maximum": 16.0}) == []
        assert len(violations(self.NAME, eks(2), config={"maximum": 1.0})) == 1

    def test_a_launch_template_tells_the_machine(self) -> None:
        template = Subject(type=TEMPLATE, name="t", props={"instanceType": "p5.48xlarge"})
        props = {"amiType": "CUSTOM", "scalingConfig": {"maxSize": 9}}
        pool = Subject(type=EKS, name="p", props=props, refers={"launchTemplate": (template,)})
        assert len(violations(self.NAME, pool, template)) == 1

    def test_an_aks_cluster_lists_every_pool_and_none_counts_twice(self) -> None:
        profiles = [{"name": "gpu", "vmSize": H100, "count": 3}]
        cluster = Subject(type=AKS_CLUSTER, props={"agentPoolProfiles": profiles})
        assert violations(self.NAME, cluster, aks(agentPoolName="gpu", count=3)) == []
        assert len(violations(self.NAME, cluster, aks(agentPoolName="other", count=3))) == 1

    def test_an_unknown_size_is_left_to_the_engine(self) -> None:
        with pytest.raises(UnknownValueError):
            violations(self.NAME, eks(UNKNOWN))

    def test_what_the_provider_fills_in_may_be_unknown(self) -> None:
        assert violations(self.NAME, eks(4, instanceTypes=UNKNOWN)) == []
        assert violations(self.NAME, aks(count=4, enableAutoScaling=UNKNOWN)) == []


class TestNoSpotUnderRdma:
    NAME = "no-spot-under-rdma"
    EFA = Subject(
        type=TEMPLATE, name="t", props={"networkInterfaces": [{"interfaceType": "efa-only"}]}
    )
    PLAIN = Subject(type=TEMPLATE, name="t")
    NETWORK = Subject(type="gcp:compute/network:Network", name="rdma")

    def eks(self, template: Subject, **props: object) -> Subject:
        return Subject(type=EKS, name="p", props=props, refers={"launchTemplate": (template,)})

    def gke(self, **node: object) -> Subject:
        config = {"additionalNodeNetworkConfigs": [{"network": UNKNOWN}]}
        return Subject(
            type=GKE,
            name="p",
            props={"nodeConfig": node, "networkConfig": config},
            refers={"networkConfig": (self.NETWORK,)},
        )

    def test_clean(self) -> None:
        spot = self.eks(self.PLAIN, capacityType="SPOT")
        assert violations(self.NAME, spot, self.PLAIN) == []
        reserved = self.eks(self.EFA, capacityType="CAPACITY_BLOCK")
        assert violations(self.NAME, reserved, self.EFA) == []
        assert violations(self.NAME, aks()) == []
        assert violations(self.NAME, aks(vmSize="Standard_NC24ads_A100_v4", count=1)) == []
        cheap = aks(vmSize="Standard_NC24ads_A100_v4", scaleSetPriority="Spot")
        assert violations(self.NAME, cheap) == []
        assert violations(self.NAME, self.gke(), self.NETWORK) == []
        assert violations(self.NAME, gke(nodeConfig={"spot": True})) == []

    def test_violating(self) -> None:
        (message,) = violations(self.NAME, self.eks(self.EFA, capacityType="SPOT"), self.EFA)
        assert message.startswith("pool p shares a fabric and is made of spot nodes")
        assert len(violations(self.NAME, aks(scaleSetPriority="Spot"))) == 1
        for word in ("spot", "preemptible"):
            assert len(violations(self.NAME, self.gke(**{word: True}), self.NETWORK)) == 1

    def test_what_was_left_out_may_be_unknown(self) -> None:
        assert violations(self.NAME, aks(scaleSetPriority=UNKNOWN)) == []
        assert violations(self.NAME, self.gke(spot=UNKNOWN), self.NETWORK) == []


def market(kind: str, **target: object) -> dict[str, object]:
    return {
        "instanceMarketOptions": {"marketType": kind},
        "capacityReservationSpecification": {"capacityReservationTarget": target},
    }


def provisioning(*limits: Props) -> Props:
    return {"clusterAutoscaling": {"enabled": True, "resourceLimits": list(limits)}}


def affinity(kind: object) -> dict[str, object]:
    return {"nodeConfig": {**H200, "reservationAffinity": {"consumeReservationType": kind}}}


CASES = {
    "autoscalers-have-a-ceiling": Cases(
        clean=[
            (KARPENTER, {"spec": {"limits": {"nvidia.com/gpu": "16"}}}),
            (AKS, {"enableAutoScaling": True, "maxCount": 4}),
            (AKS, {"count": 2}),
            (GKE, {"autoscaling": {"maxNodeCount": 4}}),
            (GKE, {"autoscaling": {"totalMaxNodeCount": 4}}),
            (GKE, {"nodeCount": 2}),
            (GKE_CLUSTER, {}),
            (GKE_CLUSTER, {"clusterAutoscaling": {"enabled": False}}),
            (GKE_CLUSTER, provisioning({"resourceType": "nvidia-l4", "maximum": 4})),
        ],
        violating=[
            (KARPENTER, {"spec": {}}),
            (KARPENTER, {}),
            (AKS, {"enableAutoScaling": True}),
            (GKE, {"autoscaling": {"minNodeCount": 1}}),
            (GKE, {"autoscaling": {}}),
            (GKE_CLUSTER, provisioning({"maximum": 9}, {"resourceType": "nvidia-l4"})),
        ],
        unknown=[
            (KARPENTER, {"spec": {"limits": UNKNOWN}}),
            (AKS, {"enableAutoScaling": True, "maxCount": UNKNOWN}),
            (GKE, {"autoscaling": {"maxNodeCount": UNKNOWN}}),
            (GKE_CLUSTER, provisioning({"maximum": UNKNOWN})),
        ],
    ),
    "gpu-capacity-is-named": Cases(
        clean=[
            (EKS, {"amiType": NVIDIA, "capacityType": "CAPACITY_BLOCK"}),
            (EKS, {"amiType": "AL2023_x86_64_STANDARD"}),
            (TEMPLATE, market("capacity-block", capacityReservationId="cr-1")),
            (TEMPLATE, market("capacity-block", capacityReservationId=UNKNOWN)),
            (TEMPLATE, market("spot")),
            (TEMPLATE, {}),
            (GKE, affinity("NO_RESERVATION")),
            (GKE, affinity("SPECIFIC_RESERVATION")),
            (GKE, {"nodeConfig": {**H200, "spot": True}}),
            (GKE, {"nodeConfig": {"machineType": "n2-standard-8"}}),
        ],
        violating=[
            (EKS, {"amiType": NVIDIA}),
            (TEMPLATE, market("capacity-block")),
            (TEMPLATE, {"instanceMarketOptions": {"marketType": "capacity-block"}}),
            (GKE, {"nodeConfig": H200}),
            (GKE, affinity("ANY_RESERVATION")),
        ],
        unknown=[
            (EKS, {"amiType": UNKNOWN}),
            (GKE, {"nodeConfig": {"machineType": UNKNOWN}}),
            (GKE, affinity(UNKNOWN)),
        ],
    ),
    "gpu-upgrades-need-no-spares": Cases(
        clean=[
            (EKS, {"amiType": NVIDIA, "updateConfig": {"updateStrategy": "MINIMAL"}}),
            (EKS, {"amiType": "AL2023_x86_64_STANDARD"}),
            (AKS, {"vmSize": H100, "upgradeSettings": {"maxSurge": "0"}}),
            (AKS, {"vmSize": "Standard_D8s_v5"}),
            (GKE, {"nodeConfig": H200, "upgradeSettings": {"maxSurge": 0.0}}),
            (GKE, {"nodeConfig": {"machineType": "n2-standard-8"}}),
        ],
        violating=[
            (EKS, {"amiType": NVIDIA, "updateConfig": {"maxUnavailable": 1}}),
            (EKS, {"amiType": NVIDIA}),
            (AKS, {"vmSize": H100}),
            (AKS, {"vmSize": H100, "upgradeSettings": {"maxSurge": "10%"}}),
            (GKE, {"nodeConfig": H200}),
            (GKE, {"nodeConfig": H200, "upgradeSettings": {"maxSurge": 1}}),
            (GKE, {"nodeConfig": H200, "upgradeSettings": BLUE_GREEN}),
        ],
        unknown=[
            (EKS, {"amiType": NVIDIA, "updateConfig": UNKNOWN}),
            (AKS, {"vmSize": H100, "upgradeSettings": {"maxSurge": UNKNOWN}}),
            (AKS, {"vmSize": UNKNOWN}),
            (GKE, {"nodeConfig": H200, "upgradeSettings": {"maxSurge": UNKNOWN}}),
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
