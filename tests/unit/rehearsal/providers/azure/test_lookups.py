"""Credentials and the other functions."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, cast

import pytest
import yaml

from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import get, text, texts

if TYPE_CHECKING:
    from rehearsal.providers.values import Json, Props
    from tests.unit.rehearsal.providers.azure.conftest import Subscription

USER = "azure-native:containerservice:listManagedClusterUserCredentials"
ADMIN = "azure-native:containerservice:listManagedClusterAdminCredentials"


def _kubeconfig(answer: Props) -> Json:
    value = text(answer, "kubeconfigs", 0, "value")
    return cast("Json", yaml.safe_load(base64.b64decode(value)))


def _asked(azure: Subscription, token: str, **cluster: Any) -> Json:
    azure.network()
    azure.cluster(azure.subnet("nodes", "10.50.0.0/20"), **cluster)
    return _kubeconfig(azure.invoke(token, resourceGroupName="rg", resourceName="c"))


def test_with_entra_kubelogin_gets_the_token(azure: Subscription) -> None:
    found = _asked(
        azure,
        USER,
        disableLocalAccounts=True,
        aadProfile={"managed": True, "enableAzureRBAC": True},
    )
    user = get(found, "users", 0, "user")
    assert text(user, "exec", "command") == "kubelogin"
    assert texts(user, "exec", "args")[0] == "get-token"
    assert get(user, "token") is None


def test_the_kubernetes_provider_reaches_the_cluster_by_its_kubeconfig(
    azure: Subscription,
) -> None:
    found = _asked(azure, USER)
    inside = azure.account.kubernetes("https://wrong")
    inside.config = {"kubeconfig": yaml.safe_dump(found)}
    inside.make("kubernetes:core/v1:Namespace", "n", metadata={"name": "n"})
    assert text(found, "users", 0, "user", "token") == "simulated"


def test_no_local_accounts_no_static_credentials(azure: Subscription) -> None:
    with pytest.raises(Refusal, match=r"set to disable local accounts .*managedClusters/c"):
        _asked(azure, ADMIN, disableLocalAccounts=True, aadProfile={"managed": True})


def test_admins_of_a_cluster_with_local_accounts(azure: Subscription) -> None:
    found = _asked(azure, ADMIN, aadProfile={"managed": True})
    assert text(found, "current-context") == "c-admin"
    assert text(found, "users", 0, "name") == "clusterAdmin_rg_c"


def test_a_cluster_that_is_not_there(azure: Subscription) -> None:
    with pytest.raises(Refusal, match=r"ResourceNotFound: .*managedClusters/none"):
        azure.invoke(USER, resourceGroupName="rg", resourceName="none")


def test_who_asks(azure: Subscription) -> None:
    answer = azure.invoke("azure-native:authorization:getClientConfig")
    assert {*answer} == {"clientId", "objectId", "subscriptionId", "tenantId"}
    assert answer["subscriptionId"] == "11111111-2222-3333-4444-555555555555"


def test_an_unknown_lookup_is_refused_by_name(azure: Subscription) -> None:
    with pytest.raises(Refusal, match="does not know the lookup azure-native:x:getY"):
        azure.invoke("azure-native:x:getY")
