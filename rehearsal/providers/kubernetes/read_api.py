"""A simulated cluster's API server, as far as it is read: over HTTP, for clients of Kubernetes.

Answers what `components.clusters.existing.discovery` asks, from the simulated world, so that a
program sees what it made itself. Selectors are not looked at: what is served is what they would
select.
"""

from __future__ import annotations

import base64
import gzip
import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import urlsplit

from rehearsal.providers.kubernetes.charts import ChartFacts
from rehearsal.providers.kubernetes.cluster import PACKAGE, Cluster
from rehearsal.providers.kubernetes.scopes import (
    BUILT_IN_NAMESPACES,
    CRD,
    NAMESPACE,
    RELEASE,
    Kind,
)
from rehearsal.providers.kubernetes.standing import NODE, STORAGE_CLASS, furnish
from rehearsal.providers.values import Json, Props, mapping, number, text
from rehearsal.providers.world import ExistingCluster, Record, World

NAME = "existing-cluster"
"""Under which its port stands among those of the providers."""
_LISTS = {
    "/api/v1/nodes": NODE,
    "/apis/storage.k8s.io/v1/storageclasses": STORAGE_CLASS,
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions": CRD,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadApi:
    """What the API server of an existing cluster answers."""

    cluster: Cluster
    seed: ExistingCluster

    def answer(self, path: str) -> Json:
        """The answer to a GET; None where there is nothing at that path."""
        match path.rstrip("/"):
            case "/version":
                major, _, minor = self.seed.version.partition(".")
                return {"major": major, "minor": minor, "gitVersion": f"v{self.seed.version}.0"}
            case "/api/v1/namespaces":
                built_in: list[Json] = [{"metadata": {"name": n}} for n in BUILT_IN_NAMESPACES]
                return {"items": [*built_in, *map(_object, self._records(NAMESPACE))]}
            case "/api/v1/secrets":
                return {"items": [_release(record) for record in self._records(RELEASE)]}
            case listed if listed in _LISTS:
                return {"items": [_object(record) for record in self._records(_LISTS[listed])]}
            case _:
                return None

    def _records(self, kind: Kind) -> list[Record]:
        return self.cluster.world.all(PACKAGE, str(kind), cluster=self.cluster.server)


def start(world: World, charts: tuple[ChartFacts, ...]) -> int | None:
    """Serve the existing cluster of the world's seed, if it has one; answers the port.

    Threads of it are daemons: it ends with the process.
    """
    seed = world.seed.existing
    if seed is None:
        return None

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = api.answer(urlsplit(self.path).path)
            body = json.dumps(found or {"kind": "Status", "code": 404}).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: one line a request would bury what matters in the log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = address(server.server_port)
    api = ReadApi(cluster=Cluster(world=world, server=url), seed=seed)
    furnish(api.cluster, seed, charts)
    world.start_cluster(url)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def address(port: int) -> str:
    """Where a kubeconfig finds the API server on this port."""
    return f"http://127.0.0.1:{port}"


def _object(record: Record) -> Json:
    # A CRD that a chart brought has no metadata of its own.
    metadata: Props = {"name": record.key.id, **mapping(record.inputs, "metadata")}
    return {**record.inputs, "metadata": metadata}


def _release(record: Record) -> Json:
    """The secret in which Helm keeps a release: its data is encoded twice."""
    inputs, status = record.inputs, mapping(record.outputs, "status")
    name, revision = text(inputs, "name"), number(status, "revision")
    written = {
        "name": name,
        "info": {"description": text(inputs, "description") or "Install complete"},
        "chart": {
            "metadata": {
                "name": text(inputs, "chart").rpartition("/")[2],
                "version": text(inputs, "version"),
            }
        },
    }
    packed = base64.b64encode(gzip.compress(json.dumps(written).encode()))
    labels = {
        "owner": "helm",
        "name": name,
        "status": text(status, "status"),
        "version": str(revision),
    }
    return {
        "metadata": {
            "name": f"sh.helm.release.v1.{name}.v{revision}",
            "namespace": text(inputs, "namespace"),
            "labels": cast("Json", labels),
        },
        "type": "helm.sh/release.v1",
        "data": {"release": base64.b64encode(packed).decode()},
    }
