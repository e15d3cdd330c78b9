"""Processes that this one has started, and their end."""

from __future__ import annotations

from collections.abc import Callable

import psutil

_GRACE_S = 5.0


def stop_children() -> None:
    """End every process below this one: politely, and after a grace period for good."""
    children = psutil.Process().children(recursive=True)
    for child in children:
        _quietly(child.terminate)
    _, alive = psutil.wait_procs(children, timeout=_GRACE_S)
    for child in alive:
        _quietly(child.kill)
    psutil.wait_procs(alive, timeout=_GRACE_S)


def _quietly(end: Callable[[], None]) -> None:
    """A process that is gone already has done what we wanted."""
    try:
        end()
    except psutil.NoSuchProcess:
        return
