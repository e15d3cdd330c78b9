"""The stand-ins as a child process, for whoever runs a rehearsal."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from rehearsal.providers.aws.standin import INVENTORY
from rehearsal.providers.kubernetes import read_api
from rehearsal.providers.values import items, text
from rehearsal.providers.wire import decode
from rehearsal.providers.world import Held

_ROOT = Path(__file__).resolve().parents[2]


class StandInsFailed(Exception):
    """The process of the stand-ins did not start."""


class StandIns:
    """All stand-ins, running: `with StandIns() as stand_ins: ...`."""

    def __init__(self, seed: Mapping[str, object] | None = None) -> None:
        """`seed` is what the account holds already, in the words of the seed file (`seed.py`)."""
        self._folder = tempfile.TemporaryDirectory(prefix="stand-ins-")
        folder = Path(self._folder.name)
        seed_file = folder / "seed.json"
        seed_file.write_text(json.dumps(seed or {}))
        self._log = (folder / "log").open("w+")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rehearsal.providers", "--seed", str(seed_file)],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._log.seek(0)
            said = self._log.read().strip()
            self.close()
            raise StandInsFailed(f"the stand-in providers did not start: {said}")
        self._ports = cast("dict[str, int]", json.loads(line))
        existing = self._ports.pop(read_api.NAME, None)
        self.existing_cluster = read_api.address(existing) if existing else None
        """Address of the existing cluster's API server, where the seed has such a cluster."""

    @property
    def debug_providers(self) -> str:
        """The value of PULUMI_DEBUG_PROVIDERS that makes an engine attach to them."""
        return ",".join(f"{package}:{port}" for package, port in sorted(self._ports.items()))

    def inventory(self) -> list[Held]:
        """What the simulated account still holds."""
        with grpc.insecure_channel(f"127.0.0.1:{self._ports['aws']}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            answer = cast(
                "provider_pb2.InvokeResponse",
                # generated code; its stub leaves the message types open
                stub.Invoke(provider_pb2.InvokeRequest(tok=INVENTORY)),  # pyright: ignore[reportUnknownMemberType]
            )
        return [
            Held(
                package=text(held, "package"),
                type=text(held, "type"),
                id=text(held, "id"),
                name=text(held, "name"),
                note=text(held, "note"),
            )
            for held in items(decode(getattr(answer, "return")).props, "held")
        ]

    def close(self) -> None:
        """End the process: it ends by itself when its stdin closes."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._log.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
