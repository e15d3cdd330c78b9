"""Serves all stand-ins from one process: they share one world and have the SDK to themselves."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import grpc
import grpc.aio
from pulumi.runtime.proto import provider_pb2_grpc

from rehearsal.providers import catalogue
from rehearsal.providers.aws import Aws
from rehearsal.providers.azure import Azure
from rehearsal.providers.eks import EksServicer, preload
from rehearsal.providers.gcp import Gcp
from rehearsal.providers.kubernetes import Kubernetes, read_api
from rehearsal.providers.seed import read_seed
from rehearsal.providers.servicer import Servicer
from rehearsal.providers.standin import StandIn
from rehearsal.providers.world import World

# Kubeconfigs and Helm values are large; the SDK uses the same bound.
_OPTIONS = (("grpc.max_receive_message_length", 1024 * 1024 * 400),)
_WORKERS = 8
_LOOPBACK = "127.0.0.1:0"


def serve(seed_file: Path | None) -> None:
    """Serve until stdin closes, which it also does when the parent dies."""
    asyncio.run(_serve(seed_file))


async def _serve(seed_file: Path | None) -> None:
    world = World(read_seed(seed_file))
    charts = catalogue.charts()
    stand_ins: tuple[StandIn, ...] = (
        Aws(world, catalogue.offered_zones),
        Azure(world),
        Gcp(world),
        Kubernetes(world, charts),
    )
    servers = [_start(stand_in) for stand_in in stand_ins]
    ports = {s.package: port for s, (_, port) in zip(stand_ins, servers, strict=True)}
    eks = grpc.aio.server(options=_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(
        EksServicer(version("pulumi-eks")), eks
    )
    ports["eks"] = eks.add_insecure_port(_LOOPBACK)
    await eks.start()
    if (existing := read_api.start(world, charts)) is not None:
        ports[read_api.NAME] = existing
    print(json.dumps(ports), flush=True)
    # Nothing but that line may go to stdout: the parent reads it.
    sys.stdout = sys.stderr

    # While the parent makes its workspace. On this thread, the one that answers Construct: the
    # SDK's lazy modules are not safe to load from two.
    preload()

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait_for_parent() -> None:
        sys.stdin.buffer.read()
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=wait_for_parent, daemon=True).start()
    await ended.wait()
    await eks.stop(grace=0)
    for server, _ in servers:
        server.stop(grace=0)


def _start(stand_in: StandIn) -> tuple[grpc.Server, int]:
    server = grpc.server(ThreadPoolExecutor(_WORKERS), options=_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(
        Servicer(stand_in, version(f"pulumi-{stand_in.package}")), server
    )
    port = server.add_insecure_port(_LOOPBACK)
    server.start()
    return server, port
