"""Which simulated cluster a kubernetes provider talks to."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import yaml

from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Json, Props, items, text
from rehearsal.providers.world import World


class Unreachable(Refusal):
    """No API server answers."""


def server_of(config: Props) -> str:
    """The API server's address in the provider's kubeconfig (its text, or the path of a file)."""
    given = text(config, "kubeconfig")
    if not given:
        raise Unreachable(
            "simulated: the kubernetes provider has no kubeconfig, and the rehearsal reads no "
            "ambient one"
        )
    try:
        parsed = cast("Json", yaml.safe_load(given))
        if isinstance(parsed, str):
            parsed = cast("Json", yaml.safe_load(Path(parsed).expanduser().read_text()))
    except (yaml.YAMLError, OSError) as error:
        raise Unreachable(f"failed to parse kubeconfig: {error}", "kubeconfig") from error
    wanted = text(config, "context") or text(parsed, "current-context")
    context = _named(parsed, "contexts", wanted)
    cluster = _named(parsed, "clusters", text(context, "context", "cluster"))
    server = text(cluster, "cluster", "server")
    if not server:
        raise Unreachable(f'context "{wanted}" does not exist in the kubeconfig', "kubeconfig")
    return server


def reachable(world: World, config: Props) -> str:
    """The server's address; refused where no simulated cluster answers there."""
    server = server_of(config)
    if not world.answers(server):
        raise Unreachable(
            f"configured Kubernetes cluster is unreachable: dial {server}: connection refused"
        )
    return server


def _named(parsed: Json, section: str, name: str) -> Json:
    return next((entry for entry in items(parsed, section) if text(entry, "name") == name), None)
