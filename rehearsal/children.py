"""Processes that this one has started, and their end."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType

import psutil

_GRACE_S = 5.0


def end_children_on_interrupt() -> None:
    """On Ctrl-C, end what this process has started, then raise KeyboardInterrupt.

    The engine works for nobody once we are told to stop, and its state was a temporary one.
    """

    def end_children_first(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop_children()
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, end_children_first)


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
