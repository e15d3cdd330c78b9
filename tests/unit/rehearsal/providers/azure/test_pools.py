"""What AKS refuses, and what it would accept to fail later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.providers.azure import kinds
from rehearsal.providers.azure.features import INFINIBAND
from rehearsal.providers.azure.sizes import on_infiniband
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import get, text

if TYPE_CHECKING:
    from tests.unit.rehearsal.providers.azure.conftest import Subscription

H100 = "Standard_ND96isr_H100_v5"
ASK = "azure-native:features:getSubscriptionFeatureRegistration"
FEATURE = {
    "providerNamespace": "Microsoft.ContainerService",
    "featureName": "AKSInfinibandSupport",
}
TEMPLATE = {
    "resources": [
        {
            "type": "Microsoft.Features/featureProviders/subscriptionFeatureRegistrations",
            "apiVersion": "2021-07-01",
            "name": INFINIBAND,
            "properties": {},
        }
    ]
}


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (H100, True),
        ("Standard_ND96amsr_A100_v4", True),
        ("Standard_ND96asr_v4", True),
        ("Standard_ND128isr_NDR_GB200_v6", True),
        ("Standard_ND128isrG5_GB300_v6", True),
        ("Standard_HB120-64rs_v3", True),
        ("Standard_ND96is_H100_v5", False),
        ("Standard_NC40ads_H100_v5", False),
        ("Standard_NC128ds_xl_RTXPRO6000BSE_v6", False),
        ("Standard_D4s_v5", False),
    ],
)
def test_sizes_with_infiniband_are_known_by_name(size: str, expected: bool) -> None:
    assert on_infiniband(size) is expected


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"agentPoolName": "GPU"}, "agent pool name GPU is not valid"),
        ({"agentPoolName": "gpu-pool"}, "1 to 12 lower-case"),
        ({"agentPoolName": "averylongname"}, "1 to 12 lower-case"),
        # Z3
        ({"vmSize": H100, "count": 101}, "101 nodes are more than 100, .*InfiniBand"),
        (
            {"vmSize": H100, "enableAutoScaling": True, "minCount": 0, "maxCount": 101},
            r"more than 100.*\(at maxCount\)",
        ),
        ({"count": 1001}, "more than 1000"),
        ({"enableAutoScaling": True, "minCount": 3, "maxCount": 4}, "between minCount 3"),
        # Z13
        ({"mode": "System", "scaleSetPriority": "Spot"}, "Spot pool cannot be of mode System"),
        ({"scaleSetPriority": "Spot", "type": "VirtualMachines"}, "virtual machine scale set"),
        ({"scaleSetEvictionPolicy": "Delete"}, "EvictionPolicy is for Spot only"),
        ({"spotMaxPrice": -1}, "spotMaxPrice is for Spot only"),
        ({"scaleSetPriority": "Spot", "spotMaxPrice": 0.1234567}, "5 decimals at most"),
        ({"mode": "System", "count": 0}, "one node at least"),
    ],
)
def test_pools_that_are_refused(azure: Subscription, given: dict[str, object], says: str) -> None:
    azure.network()
    subnet = azure.subnet("nodes", "10.50.0.0/20")
    azure.cluster(subnet)
    with pytest.raises(Refusal, match=says):
        azure.pool(subnet, **given)


@pytest.mark.parametrize(
    "given",
    [
        {"vmSize": H100, "count": 100},
        {"scaleSetPriority": "Spot", "scaleSetEvictionPolicy": "Delete", "spotMaxPrice": -1},
        {"scaleSetPriority": "Spot", "spotMaxPrice": 0.12345},
        {"count": 0},
        {"enableAutoScaling": True, "minCount": 0, "maxCount": 4, "count": None},
    ],
)
def test_pools_that_are_made(azure: Subscription, given: dict[str, object]) -> None:
    azure.network()
    subnet = azure.subnet("nodes", "10.50.0.0/20")
    azure.cluster(subnet)
    assert text(azure.pool(subnet, **given).outputs, "provisioningState") == "Succeeded"


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("gpuProfile", {"driver": "Install"}),
        ("scaleSetPriority", "Spot"),
        ("availabilityZones", ["2"]),
        ("osDiskSizeGB", 512),
    ],
)
def test_what_cannot_change_is_refused_when_it_is_sent(
    azure: Subscription, part: str, value: object
) -> None:
    """Z7: the package would try it, the preview looks well."""
    azure.network()
    subnet = azure.subnet("nodes", "10.50.0.0/20")
    cluster = azure.cluster(subnet)
    pool = azure.pool(subnet, gpuProfile={"driver": "None"})
    with pytest.raises(Refusal, match=rf'agent pool gpu: Changing property "properties.{part}"'):
        azure.azure.change(kinds.AGENT_POOL, pool, **{part: value})
    profiles: Any = get(cluster.inputs, "agentPoolProfiles")
    with pytest.raises(Refusal, match=rf"agent pool system: .*{part}"):
        azure.azure.change(kinds.CLUSTER, cluster, agentPoolProfiles=[{**profiles[0], part: value}])
    assert azure.azure.change(kinds.AGENT_POOL, pool, count=3).outputs["count"] == 3


def test_infiniband_waits_for_its_feature(bare: Subscription) -> None:
    """Z1, and how a registration goes: a deployment, two asks, and it is there."""
    bare.group()
    bare.network()
    subnet = bare.subnet("nodes", "10.50.0.0/20")
    bare.cluster(subnet)
    refused = f"{INFINIBAND} is {{}}.*only a new pool would mend it"
    with pytest.raises(Refusal, match=refused.format("NotRegistered")):
        bare.pool(subnet, vmSize=H100)
    bare.azure.make(kinds.DEPLOYMENT, "ib", location="eastus", properties={"template": TEMPLATE})
    states: list[str] = []
    for _ in range(3):
        with pytest.raises(Refusal, match=refused.format("Registering")):
            bare.pool(subnet, vmSize=H100)
        states.append(text(bare.invoke(ASK, **FEATURE), "properties", "state"))
        if len(states) == 2:
            break
    assert states == ["Registering", "Registering"]
    assert text(bare.invoke(ASK, **FEATURE), "properties", "state") == "Registered"
    bare.pool(subnet, vmSize=H100)


def test_a_feature_stays_when_its_deployment_goes_and_is_not_left_over(bare: Subscription) -> None:
    """ZD12"""
    made = bare.azure.make(
        kinds.DEPLOYMENT, "ib", location="eastus", properties={"template": TEMPLATE}
    )
    bare.azure.remove(kinds.DEPLOYMENT, made)
    assert text(bare.invoke(ASK, **FEATURE), "properties", "state") == "Registering"
    assert bare.world.inventory() == []


def test_a_registration_of_its_own_cannot_be_made(azure: Subscription) -> None:
    """pulumi-azure-native issue 1722: to the provider, every feature exists already."""
    with pytest.raises(Refusal, match=r"cannot create already existing resource .*AKSInfiniband"):
        azure.azure.make(kinds.FEATURE, "ib", **FEATURE)
    subject = azure.azure.subject(kinds.FEATURE, "ib")
    id = text(azure.invoke(ASK, **FEATURE), "id")
    found = azure.azure.stand_in.read(subject, id)
    assert found is not None
    assert text(found.outputs, "properties", "state") == "Registered"


def test_infiniband_keeps_a_range_for_itself(azure: Subscription) -> None:
    """Z4"""
    azure.network("172.16.0.0/12")
    subnet = azure.subnet("nodes", "172.20.0.0/20")
    azure.cluster(subnet)
    with pytest.raises(Refusal, match=r"virtual network net overlaps 172.16.0.0/16"):
        azure.pool(subnet, vmSize=H100)
    azure.pool(subnet)


def test_a_cluster_needs_a_system_pool(azure: Subscription) -> None:
    azure.network()
    subnet = azure.subnet("nodes", "10.50.0.0/20")
    with pytest.raises(Refusal, match=r"Must define at least one system pool"):
        azure.cluster(subnet, agentPoolProfiles=[])


def test_an_identity_is_given_as_its_type_says(azure: Subscription) -> None:
    azure.network()
    subnet = azure.subnet("nodes", "10.50.0.0/20")
    with pytest.raises(Refusal, match="identity type UserAssigned with 0"):
        azure.cluster(subnet, identity={"type": "UserAssigned"})
    with pytest.raises(Refusal, match=r"FailedIdentityOperation: .*/gone does not exist"):
        azure.cluster(
            subnet, identity={"type": "UserAssigned", "userAssignedIdentities": ["/gone"]}
        )


@pytest.mark.parametrize(
    ("profile", "says"),
    [
        # Z19
        (
            {"serviceCidr": "10.50.0.0/16", "dnsServiceIP": None},
            "ServiceCidrOverlapExistingSubnets",
        ),
        ({"podCidr": "10.0.128.0/17"}, "pod CIDR 10.0.128.0/17 overlaps service CIDR 10.0.0.0/16"),
        ({"podCidr": "10.50.128.0/17"}, "overlaps virtual network net"),
        ({"dnsServiceIP": "10.9.0.10"}, "DNS service IP 10.9.0.10 is not in"),
        (
            {"networkDataplane": "cilium", "networkPluginMode": None},
            "cilium needs network plugin mode overlay",
        ),
    ],
)
def test_addresses_that_meet(azure: Subscription, profile: dict[str, object], says: str) -> None:
    azure.network()
    subnet = azure.subnet("nodes", "10.50.0.0/20")
    usual = {
        "networkPluginMode": "overlay",
        "podCidr": "10.244.0.0/16",
        "serviceCidr": "10.0.0.0/16",
    }
    with pytest.raises(Refusal, match=says):
        azure.cluster(subnet, networkProfile={**usual, **profile})
