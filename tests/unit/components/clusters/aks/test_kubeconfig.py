"""From Azure's kubeconfig to one that `az login` is enough for."""

from __future__ import annotations

import base64
import json

import pytest
import yaml

from components.clusters.aks.kubeconfig import with_azure_cli
from tests.harness.azure_answers import KUBELOGIN, kubeconfig


def test_the_login_is_the_azure_clis_and_nothing_else_changes() -> None:
    encoded = kubeconfig({"exec": KUBELOGIN})
    before = yaml.safe_load(base64.b64decode(encoded))
    after = json.loads(with_azure_cli(encoded))
    assert after["users"][0]["user"]["exec"].pop("args") == [
        "get-token",
        "--login",
        "azurecli",
        "--server-id",
        "6dae42f8-4368-4678-94ff-3960e28e3630",
    ]
    before["users"][0]["user"]["exec"].pop("args")
    assert after == before


def test_a_second_time_changes_nothing() -> None:
    once = with_azure_cli(kubeconfig({"exec": KUBELOGIN}))
    assert with_azure_cli(base64.b64encode(once.encode()).decode()) == once


@pytest.mark.parametrize(
    ("user", "message"),
    [
        ({"token": "t"}, "does not log in through kubelogin"),
        ({"exec": {"command": "gke-gcloud-auth-plugin"}}, "does not log in through kubelogin"),
        ({"exec": {"command": "kubelogin", "args": ["get-token"]}}, "without --server-id"),
        ({"exec": {"command": "kubelogin", "args": ["--server-id"]}}, "without --server-id"),
    ],
)
def test_another_login_is_not_taken_for_it(user: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        with_azure_cli(kubeconfig(user))
