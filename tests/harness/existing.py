"""The API server of a cluster that somebody else made: simulated, one for each process."""

from __future__ import annotations

import json
from functools import cache

from rehearsal.providers.kubernetes import read_api
from rehearsal.providers.world import ExistingCluster, ExistingNode, Seed, World

CONTEXT = "kind-simulated"
LOGIN = "simulatedKubeconfigTokenThatMustStaySecret"
EMPTY = ExistingCluster(
    version="1.34",
    nodes=(ExistingNode(name="node-0"),),
    storage_classes=("shared-files", "standard"),
)


def serve(cluster: ExistingCluster) -> str:
    """The address of an API server for it, which ends with the process."""
    port = read_api.start(World(Seed(existing=cluster)), ())
    assert port is not None
    return read_api.address(port)


@cache
def _empty() -> str:
    return serve(EMPTY)


def kubeconfig(context: str = CONTEXT, server: str | None = None) -> str:
    """The text of a kubeconfig; without a server, for one in which nothing is installed."""
    address = server or _empty()
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": context,
            "clusters": [{"name": "kind", "cluster": {"server": address}}],
            "contexts": [{"name": context, "context": {"cluster": "kind", "user": "admin"}}],
            "users": [{"name": "admin", "user": {"token": LOGIN}}],
        }
    )
