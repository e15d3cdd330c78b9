"""Runs the real `__main__.py` of the repository under recording mocks."""

from __future__ import annotations

import asyncio
import contextvars
import json
import runpy
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pulumi
from pulumi.runtime import mocks, settings
from pulumi.runtime.stack import run_in_stack

from plan.settings.loader import PROJECT, TOKEN_KEY, load_stack_file
from tests.harness.recording import Recording, RecordingEngine, RecordingMonitor

ROOT = Path(__file__).resolve().parents[2]
# Looks like a token, and like nothing else that a program could write by itself.
TOKEN = "hf_simulatedTokenThatMustStaySecret"


def run_stack(
    stack: str | Mapping[str, object], *, preview: bool, name: str = "variant"
) -> Recording:
    """What the program registers for a shipped stack, or for blocks of settings.

    `stack` is the name of a stack file, or the blocks `cluster`, `platform`, `graphs`; `name` is
    then the stack's name.
    """
    if isinstance(stack, str):
        name = stack
        config = dict(load_stack_file(stack).config)
    else:
        config = {f"{PROJECT}:{block}": value for block, value in stack.items()}
    config[f"{PROJECT}:{TOKEN_KEY}"] = TOKEN
    program = ROOT / "__main__.py"
    return record(
        lambda: runpy.run_path(str(program), run_name="__main__"),
        config=config,
        stack=name,
        preview=preview,
    )


def record(
    program: Callable[[], object],
    *,
    config: Mapping[str, object] | None = None,
    stack: str = "test",
    preview: bool,
) -> Recording:
    """What any program registers. Its outputs have all settled, or raised, at the end."""
    monitor = RecordingMonitor(stack=stack, project=PROJECT, preview=preview)
    written = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in (config or {}).items()
    }

    def run() -> None:
        settings.configure(
            mocks.MockSettings(
                monitor=cast("Any", monitor),
                engine=RecordingEngine(monitor.recording),
                project=PROJECT,
                stack=stack,
                dry_run=preview,
                organization=None,
                callbacks=None,
                # The stand-in settings leave these two as they are: shared by every run.
                outputs=set(),
                lock=threading.Lock(),
            )
        )
        settings.ROOT.set(None)
        pulumi.runtime.set_all_config(written, [f"{PROJECT}:{TOKEN_KEY}"])
        asyncio.run(_run(program))

    # The SDK's state lives in context variables: a copy keeps runs apart from each other.
    contextvars.copy_context().run(run)
    return monitor.recording


async def _run(program: Callable[[], object]) -> None:
    # The first failure is raised; asyncio would print every future that shares it besides.
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)

    def start() -> None:
        program()

    await run_in_stack(start)
