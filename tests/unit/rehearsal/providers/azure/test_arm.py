"""Names, ids, locations, replacements: what pulumi-azure-native does before Azure is asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.providers.azure import arm, kinds
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import UNKNOWN, get, text

if TYPE_CHECKING:
    from tests.unit.rehearsal.providers.azure.conftest import Subscription

GROUP = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg"


def test_an_unknown_type_is_refused_by_name(azure: Subscription) -> None:
    with pytest.raises(Refusal, match="the azure-native stand-in does not know azure-native:web"):
        azure.azure.make("azure-native:web:WebApp", "w")


def test_ids_types_and_versions_are_azures(azure: Subscription) -> None:
    azure.network()
    subnet = azure.subnet("nodes", "10.50.0.0/20")
    assert subnet.id == f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net/subnets/nodes"
    assert subnet.outputs == {
        "name": "nodes",
        "type": "Microsoft.Network/virtualNetworks/subnets",
        "addressPrefix": "10.50.0.0/20",
        "azureApiVersion": "2024-05-01",
        "provisioningState": "Succeeded",
    }


@pytest.mark.parametrize(
    ("type", "pattern", "creates_first"),
    [
        (kinds.VIRTUAL_NETWORK, r"x[0-9a-f]{8}", True),
        (kinds.RESOURCE_GROUP, r"x[0-9a-f]{8}", True),
        (kinds.SUBNET, r"x", False),
        (kinds.AGENT_POOL, r"x", False),
        (
            kinds.ROLE_ASSIGNMENT,
            r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-.{12}",
            True,
        ),
    ],
)
def test_automatic_names(azure: Subscription, type: str, pattern: str, creates_first: bool) -> None:
    stand_in, subject = azure.azure.stand_in, azure.azure.subject(type, "x")
    given: Any = {"location": "eastus"}
    if type != kinds.RESOURCE_GROUP:
        given["resourceGroupName"] = "rg"
    first = stand_in.check(subject, given, None, b"one")
    name = arm.SHAPES[type].parameters[-1]
    assert re.fullmatch(pattern, text(first, name))
    assert stand_in.check(subject, given, first, b"two") == first
    changed: Any = {**first, "location": "westus", "principalId": "p", "vmSize": "s"}
    changed[arm.SHAPES[type].parameters[0]] = "other"
    assert stand_in.diff(subject, first, changed).delete_first is not creates_first


def test_the_location_is_that_of_the_resource_group(azure: Subscription) -> None:
    assert text(azure.network().outputs, "location") == "eastus"
    subject = azure.azure.subject(kinds.IDENTITY, "i")
    unknown = azure.azure.stand_in.check(subject, {"resourceGroupName": UNKNOWN}, None, b"")
    assert unknown["location"] == UNKNOWN
    with pytest.raises(Refusal, match="missing required property 'location'"):
        azure.azure.stand_in.check(subject, {"resourceGroupName": "none"}, None, b"")


def test_no_subscription_is_taken_from_the_surroundings(azure: Subscription) -> None:
    azure.azure.config = {}
    with pytest.raises(Refusal, match="no subscriptionId"):
        azure.group("other")


@pytest.mark.parametrize(
    ("type", "old", "new", "replaced"),
    [
        (kinds.AGENT_POOL, {"vmSize": "a"}, {"vmSize": "b"}, True),
        (kinds.AGENT_POOL, {"agentPoolName": "a"}, {"agentPoolName": "b"}, True),
        (kinds.AGENT_POOL, {"count": 1}, {"count": 2}, False),
        (kinds.AGENT_POOL, {"scaleSetPriority": "Spot"}, {"scaleSetPriority": "Regular"}, False),
        (kinds.CLUSTER, {"kubernetesVersion": "1.33"}, {"kubernetesVersion": "1.34"}, False),
        (
            kinds.CLUSTER,
            {"networkProfile": {"podCidr": "a"}},
            {"networkProfile": {"podCidr": "b"}},
            True,
        ),
        (kinds.CLUSTER, {"dnsPrefix": "a"}, {"dnsPrefix": "b"}, True),
        (kinds.SUBNET, {"addressPrefix": "a"}, {"addressPrefix": "b"}, False),
        (kinds.ROLE_ASSIGNMENT, {"scope": "a"}, {"scope": "b"}, True),
        (kinds.RESOURCE_GROUP, {"tags": {"a": "1"}}, {"tags": {"a": "2"}}, False),
    ],
)
def test_what_replaces_and_what_updates(
    azure: Subscription, type: str, old: dict[str, Any], new: dict[str, Any], replaced: bool
) -> None:
    difference = azure.azure.stand_in.diff(azure.azure.subject(type, "x"), old, new)
    assert [*difference.changed.values()] == [replaced]


def test_what_is_there_is_not_made_again(azure: Subscription) -> None:
    with pytest.raises(Refusal, match=rf"cannot create already existing resource '{GROUP}'"):
        azure.group()


def test_what_a_resource_names_must_be_there(azure: Subscription) -> None:
    with pytest.raises(Refusal, match=r"ParentResourceNotFound: .*/virtualNetworks/net does not"):
        azure.subnet("nodes", "10.50.0.0/20")
    with pytest.raises(Refusal, match=r"ResourceGroupNotFound: .*/resourceGroups/gone"):
        azure.azure.make(kinds.IDENTITY, "i", resourceGroupName="gone", location="eastus")


def test_a_preview_leaves_what_azure_adds_unknown(azure: Subscription) -> None:
    stand_in, subject = azure.azure.stand_in, azure.azure.subject(kinds.CLUSTER, "c")
    checked = stand_in.check(
        subject,
        {
            "resourceGroupName": UNKNOWN,
            "kubernetesVersion": "1.33",
            "identity": {"type": "UserAssigned", "userAssignedIdentities": [UNKNOWN]},
            "agentPoolProfiles": [{"name": "system", "vnetSubnetID": UNKNOWN}],
        },
        None,
        b"",
    )
    shown = stand_in.preview(subject, checked, None)
    assert (shown["kubernetesVersion"], shown["fqdn"], shown["identityProfile"]) == (
        "1.33",
        UNKNOWN,
        UNKNOWN,
    )
    assert azure.left() == {"rg"}


def test_every_type_can_be_previewed_with_nothing_known(azure: Subscription) -> None:
    for type, shape in arm.SHAPES.items():
        subject = azure.azure.subject(type, "x")
        inputs: Any = {**dict.fromkeys(shape.parameters, UNKNOWN), "location": UNKNOWN}
        shown = azure.azure.stand_in.preview(subject, inputs, None)
        assert shown["name"] == UNKNOWN, type


def test_a_cluster_answers_as_azure_does(azure: Subscription) -> None:
    azure.network()
    outputs = azure.cluster(azure.subnet("nodes", "10.50.0.0/20")).outputs
    assert re.fullmatch(r"c-[0-9a-f]{8}\.hcp\.eastus\.azmk8s\.io", text(outputs, "fqdn"))
    assert text(outputs, "nodeResourceGroup") == "MC_rg_c_eastus"
    assert text(outputs, "oidcIssuerProfile", "issuerURL").startswith(
        "https://eastus.oic.prod-aks."
    )
    kubelet = get(outputs, "identityProfile", "kubeletidentity")
    assert text(kubelet, "resourceId").endswith(
        "/resourceGroups/MC_rg_c_eastus/providers/Microsoft.ManagedIdentity"
        "/userAssignedIdentities/c-agentpool"
    )
    assert {*(kubelet or {})} == {"clientId", "objectId", "resourceId"}  # type: ignore[arg-type]
    assert get(outputs, "agentPoolProfiles", 0, "provisioningState") == "Succeeded"


def test_a_cluster_knows_the_principals_of_its_identities(azure: Subscription) -> None:
    azure.network()
    identity = azure.identity()
    cluster = azure.cluster(azure.subnet("nodes", "10.50.0.0/20"), identity)
    known = get(cluster.outputs, "identity", "userAssignedIdentities", identity.id)
    assert text(known, "principalId") == text(identity.outputs, "principalId") != ""
