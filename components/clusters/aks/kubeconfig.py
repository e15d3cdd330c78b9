"""The kubeconfig of a cluster without local accounts."""

from __future__ import annotations

import base64
import json
from typing import Any

import yaml


def with_azure_cli(encoded: str) -> str:
    """AKS's kubeconfig, which asks for a code in a browser, with `az login` as the login instead.

    What `kubelogin convert-kubeconfig -l azurecli` does: programs have no browser. As JSON, which
    is YAML too. Raises ValueError where it is not the kubeconfig of an Entra cluster.
    """
    config: dict[str, Any] = yaml.safe_load(base64.b64decode(encoded))
    for entry in config["users"]:
        login = entry["user"].get("exec")
        if login is None or login["command"] != "kubelogin":
            raise ValueError("the cluster's kubeconfig does not log in through kubelogin")
        login["args"] = [
            "get-token",
            "--login",
            "azurecli",
            "--server-id",
            _value(login["args"], "--server-id"),
        ]
    return json.dumps(config)


def _value(args: list[str], flag: str) -> str:
    if flag not in args[:-1]:
        raise ValueError(f"kubelogin is called without {flag}")
    return args[args.index(flag) + 1]
