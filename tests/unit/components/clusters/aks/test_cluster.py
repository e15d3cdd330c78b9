"""The control plane: who gets in, what stands before it, and what it is given."""

from __future__ import annotations

import json

import pytest

from components.clusters.aks.cluster import dns_address
from tests.harness.aks import CLUSTER, GROUP, POOL, RESERVATION, ROLE, SUBNET, aks
from tests.harness.recording import Recording

STACKS = ("aks-h100", "aks-a100", "aks-mocker")
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"


def test_nobody_gets_in_without_entra(h100: Recording) -> None:
    cluster = h100.one(CLUSTER)
    assert cluster.get("disableLocalAccounts") is True
    assert cluster.get("enableRBAC") is True
    assert cluster.get("aadProfile") == {
        "managed": True,
        "enableAzureRBAC": False,
        "adminGroupObjectIDs": ["11111111-1111-1111-1111-111111111111"],
    }


def test_the_api_is_open_to_the_named_addresses_and_to_the_nodes(h100: Recording) -> None:
    """The nodes come from the NAT gateway's address, which AKS does not add by itself."""
    ranges = h100.one(CLUSTER).get("apiServerAccessProfile", "authorizedIPRanges")
    assert ranges == ["203.0.113.0/24", "198.51.100.7/32"]


def test_pods_have_identities_of_their_own(h100: Recording) -> None:
    cluster = h100.one(CLUSTER)
    assert cluster.get("oidcIssuerProfile") == {"enabled": True}
    assert cluster.get("securityProfile") == {"workloadIdentity": {"enabled": True}}


def test_nothing_is_upgraded_behind_the_stack_files_back(h100: Recording) -> None:
    cluster = h100.one(CLUSTER)
    assert cluster.get("kubernetesVersion") == "1.34"
    assert cluster.get("autoUpgradeProfile") == {
        "upgradeChannel": "none",
        "nodeOSUpgradeChannel": "None",
    }
    assert cluster.get("sku") == {"name": "Base", "tier": "Standard"}


def test_pods_are_in_an_overlay(h100: Recording) -> None:
    profile = h100.one(CLUSTER).get("networkProfile")
    assert (profile["networkPlugin"], profile["networkPluginMode"]) == ("azure", "overlay")
    # Cilium needs the overlay, and policies of another kind are refused beside it.
    assert (profile["networkDataplane"], profile["networkPolicy"]) == ("cilium", "cilium")
    assert (profile["podCidr"], profile["serviceCidr"]) == ("10.244.0.0/16", "10.0.0.0/16")
    assert profile["dnsServiceIP"] == "10.0.0.10"


@pytest.mark.parametrize(
    ("cidr", "address"), [("10.0.0.0/16", "10.0.0.10"), ("192.168.5.0/24", "192.168.5.10")]
)
def test_dns_is_in_the_services_range(cidr: str, address: str) -> None:
    assert dns_address(cidr) == address


@pytest.mark.parametrize("stack", STACKS)
def test_roles_stand_before_the_cluster_and_outlive_it(stack: str) -> None:
    recording = aks(stack)
    cluster = recording.one(CLUSTER)
    roles = {role.urn for role in recording.of_type(ROLE)}
    assert roles
    assert roles <= cluster.dependencies


def test_the_clusters_identity_may_change_its_subnet_and_nothing_else(mocker: Recording) -> None:
    role, subnet = mocker.one(ROLE), mocker.one(SUBNET)
    identity = mocker.one(IDENTITY)
    assert role.property_dependencies["scope"] == {subnet.urn}
    assert role.property_dependencies["principalId"] == {identity.urn}
    assert role.get("principalType") == "ServicePrincipal"
    assert role.get("roleDefinitionId").endswith("/4d97b98b-1d4f-4787-a291-c67834d212e7")
    cluster = mocker.one(CLUSTER)
    assert cluster.get("identity", "type") == "UserAssigned"
    assert identity.urn in cluster.property_dependencies["identity"]


@pytest.mark.parametrize("stack", STACKS)
def test_names_are_fixed_where_people_look_for_them(stack: str) -> None:
    recording = aks(stack)
    cluster = recording.one(CLUSTER)
    assert cluster.get("resourceName") == stack
    assert cluster.get("nodeResourceGroup") == f"{stack}-nodes"
    assert recording.one(GROUP, "cluster-group").get("resourceGroupName") == stack


def test_a_dns_prefix_is_cut_where_azure_cuts_it() -> None:
    name = "a" * 53 + "-" + "b" * 9
    cluster = aks("aks-mocker", ("name", name)).one(CLUSTER)
    assert cluster.get("dnsPrefix") == "a" * 53
    assert cluster.get("resourceName") == name


def test_the_kubeconfig_is_a_secret_that_logs_in_by_the_azure_cli(mocker: Recording) -> None:
    assert mocker.exports.is_secret("kubeconfig")
    config = json.loads(str(mocker.exports.values["kubeconfig"]))
    (user,) = config["users"]
    assert user["user"]["exec"]["args"][:3] == ["get-token", "--login", "azurecli"]
    provider = mocker.one("pulumi:providers:kubernetes")
    assert provider.inputs.is_secret("kubeconfig")
    assert provider.get("clusterIdentifier") == "aks-mocker"


def test_a_preview_asks_azure_nothing() -> None:
    """The only questions are about things that it has not made yet."""
    assert aks("aks-h100", preview=True).invokes == []


def test_a_preview_shows_what_up_makes(h100: Recording) -> None:
    assert set(aks("aks-h100", preview=True).resources) == set(h100.resources)


def test_everything_goes_to_the_named_subscription_and_carries_tags(a100: Recording) -> None:
    provider = a100.one("pulumi:providers:azure-native")
    assert provider.get("subscriptionId") == "00000000-0000-0000-0000-000000000000"
    assert provider.get("location") == "eastus"
    azure = [r for r in a100 if r.package == "azure-native"]
    untaggable = {SUBNET, ROLE}
    assert len(azure) > 10
    for resource in azure:
        assert resource.provider == provider.urn, resource.name
        if resource.type not in untaggable:
            assert resource.get("tags", "gpu-clusters-cluster") == "aks-a100", resource.name


def test_the_platform_waits_for_the_cluster_and_not_for_gpus(h100: Recording) -> None:
    assert h100.exports.values["foundation"] == [h100.one(CLUSTER).urn]
    pools = h100.exports.values["pools"]
    assert isinstance(pools, dict)
    assert pools["system"] == h100.one(CLUSTER).urn
    assert pools["gpu"] == h100.one("gpuclusters:aks:NodePool").urn


def test_the_tags_of_users_reach_the_machines() -> None:
    recording = aks("aks-h100", ("tags", {"team": "serving"}))
    assert recording.one(POOL).get("tags", "team") == "serving"
    (profile,) = recording.one(CLUSTER).get("agentPoolProfiles")
    assert profile["tags"]["team"] == "serving"


def test_settings_of_another_cloud_are_refused() -> None:
    from components.clusters.aks.cluster import aks_cluster
    from tests.harness.settings import plan_of

    with pytest.raises(TypeError, match="EksSettings"):
        aks_cluster(plan_of())


def test_reservations_stand_before_the_cluster(a100: Recording) -> None:
    """Where there is no capacity, that shows in a minute; and they outlive what is in them."""
    assert a100.one(RESERVATION).urn in a100.one(CLUSTER).dependencies
