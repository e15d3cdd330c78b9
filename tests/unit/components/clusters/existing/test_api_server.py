"""Everything that can be wrong with the way to an API server, and what is said about it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from components.clusters.existing import api_server
from components.clusters.existing.api_server import CannotLook
from components.clusters.existing.discovery import look_into
from tests.harness.existing import CONTEXT, LOGIN, kubeconfig


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A server with one answer to everything, but that it tells its version, as all do."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            version = self.path.startswith("/version")
            sent = b'{"major": "1", "minor": "34"}' if version and status != 200 else body
            self.send_response(200 if version else status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def refusal(folder: Path, text: str) -> str:
    """What is said; never a credential, never a full stop."""
    file = folder / "kubeconfig"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CannotLook) as caught:
        look_into(file, CONTEXT)
    said = str(caught.value)
    assert caught.value.__cause__ is None
    assert LOGIN not in said
    assert "\n" not in said
    assert not said.endswith(".")
    return said


def changed(**user: object) -> str:
    written: dict[str, Any] = json.loads(kubeconfig(server="https://127.0.0.1:1"))
    written["users"][0]["user"] = user
    return json.dumps(written)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "does not accept the credentials (401); log in again"),
        (403, "may not read namespaces (403); grant get and list of namespaces"),
        (503, "answers 503 when asked for namespaces"),
    ],
)
def test_a_server_that_refuses(status: int, says: str, tmp_path: Path) -> None:
    # What a server says may hold anything.
    with answering(status, LOGIN.encode()) as server:
        said = refusal(tmp_path, kubeconfig(server=server))
    assert said.startswith(f"cluster.context: {CONTEXT!r} at {server}: ")
    assert says in said


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b"{}", b"[]", b'{"major": 1}'])
def test_what_answers_is_no_api_server(body: bytes, tmp_path: Path) -> None:
    with answering(200, body) as server:
        said = refusal(tmp_path, kubeconfig(server=server))
    assert "no Kubernetes API server (asked for version)" in said


def test_a_login_command_that_fails_is_the_cause(tmp_path: Path) -> None:
    command = {"apiVersion": "client.authentication.k8s.io/v1", "command": "false", "args": []}
    with answering(401, b"") as server:
        text = changed(exec=command).replace("https://127.0.0.1:1", server)
        said = refusal(tmp_path, text)
    assert "the kubeconfig gave none" in said


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, and not listening
        said = refusal(tmp_path, kubeconfig(server=f"https://127.0.0.1:{held.getsockname()[1]}"))
    assert "no connection; is the cluster running?" in said


def test_nobody_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_server, "_TIMEOUT", (1, 1))
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        said = refusal(tmp_path, kubeconfig(server=f"http://127.0.0.1:{held.getsockname()[1]}"))
    assert "no answer" in said


def test_an_unknown_name(tmp_path: Path) -> None:
    said = refusal(tmp_path, kubeconfig(server="https://user:pw@nobody.invalid:6443/path"))
    assert "at https://nobody.invalid:6443: its name is not known here" in said


def test_no_tls_where_the_kubeconfig_wants_it(tmp_path: Path) -> None:
    with answering(200, b"") as server:
        text = kubeconfig(server=server.replace("http", "https"))
        said = refusal(tmp_path, text)
    assert "no trusted connection; check its certificate-authority" in said


def test_a_proxy_is_not_asked_for_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    file = tmp_path / "kubeconfig"
    file.write_text(kubeconfig(), encoding="utf-8")
    assert look_into(file, CONTEXT).kubernetes_version == "1.34"


@pytest.mark.parametrize(
    "text",
    [
        changed(**{"client-certificate-data": f"%{LOGIN}%", "client-key-data": "AAA"}),
        changed(**{"client-certificate": "missing.pem", "client-key": "missing.pem"}),
        kubeconfig().replace('"clusters"', '"clutters"'),
        kubeconfig().replace('"server"', '"serve"'),
        kubeconfig(server="https://127.0.0.1:port"),
        json.dumps({"contexts": [{"name": CONTEXT}]}),
    ],
    ids=["base64", "file", "clusters", "server", "port", "context"],
)
def test_a_kubeconfig_that_cannot_be_used(text: str, tmp_path: Path) -> None:
    said = refusal(tmp_path, text)
    assert said.startswith(f"cluster.kubeconfig: {tmp_path / 'kubeconfig'}, context {CONTEXT!r}: ")
