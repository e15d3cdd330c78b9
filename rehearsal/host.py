"""What the set-up steps (`bootstrap`, `engine`) need of the machine: a lock, disk space, a child.

Standard library only: it runs before the virtual environment exists.
"""

import fcntl
import os
import queue
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

TAIL_LINES = 15
GB = 1_000_000_000


@contextmanager
def locked(path: Path, on_wait: Callable[[], None]) -> Generator[None]:
    """Hold `path` against other processes; `on_wait` is called once if another one has it.

    The kernel lets go of the lock when its holder dies, so a killed run never blocks the next one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True, kw_only=True, slots=True)
class Shortage:
    """A disk that has less room than a step needs."""

    folders: tuple[Path, ...]
    need: int
    free: int

    def __str__(self) -> str:
        where = ", ".join(str(folder) for folder in self.folders)
        return (
            f"{self.need / GB:.1f} GB needed, {self.free / GB:.1f} GB free on the disk of {where}"
        )


def disk_shortages(needs: Iterable[tuple[Path, int]]) -> list[Shortage]:
    """The disks that cannot take the bytes asked of them; folders on one disk are added up.

    A folder that does not exist yet counts as its nearest existing parent.
    """
    by_disk: dict[int, list[tuple[Path, int]]] = {}
    for folder, need in needs:
        existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        by_disk.setdefault(existing.stat().st_dev, []).append((existing, need))
    found: list[Shortage] = []
    for wanted in by_disk.values():
        need = sum(size for _, size in wanted)
        free = shutil.disk_usage(wanted[0][0]).free
        if free < need:
            folders = tuple(dict.fromkeys(folder for folder, _ in wanted))
            found.append(Shortage(folders=folders, need=need, free=free))
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """How a child process ended: its exit status and the last lines of its output."""

    code: int
    tail: tuple[str, ...]


def run_child(
    command: Sequence[str],
    *,
    on_line: Callable[[str], None] = lambda _: None,
    on_tick: Callable[[float], None] = lambda _: None,
    tick_s: float = 4.0,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Finished:
    """Run `command` to its end; `on_tick(elapsed seconds)` is called every `tick_s` seconds.

    Whatever ends this call early (Ctrl-C, SIGTERM, an exception from a callback) kills the child
    and all it started: it runs in a process group of its own, because compilers and shell scripts
    have children that a plain kill misses.
    """
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    with _signals_raise() as let_signals_in:
        started = time.monotonic()
        child = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        ended = False
        try:
            let_signals_in()
            for line in _lines(child, tick_s):
                if line is None:
                    on_tick(time.monotonic() - started)
                else:
                    tail.append(line)
                    on_line(line)
            code = child.wait()
            ended = True
            return Finished(code=code, tail=tuple(tail))
        finally:
            # SIGKILL at once: callers have the child write where half-written files do no harm.
            if not ended:
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def _lines(child: subprocess.Popen[str], tick_s: float) -> Iterator[str | None]:
    """The child's output lines as they come, and a None every `tick_s` seconds."""
    pipe = child.stdout
    assert pipe is not None, "Popen was told to make it"
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def read() -> None:
        with pipe:
            for line in pipe:
                lines.put(line.rstrip())
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    next_tick = time.monotonic() + tick_s
    while True:
        left = next_tick - time.monotonic()
        if left <= 0:  # checked first: a chatty child must not starve the ticks
            next_tick = time.monotonic() + tick_s
            yield None
            continue
        with suppress(queue.Empty):
            line = lines.get(timeout=left)
            if line is None:
                return
            yield line


@contextmanager
def _signals_raise() -> Generator[Callable[[], None]]:
    """Make SIGTERM and SIGHUP raise as Ctrl-C does, and hold all three until the call it yields.

    Held, because a signal while the child is being started would otherwise raise where nobody
    knows of the child yet, and leave it running.
    """
    let_in = False
    held: list[int] = []

    def leave(number: int, frame: FrameType | None) -> None:
        if not let_in:
            held.append(number)
        elif number == signal.SIGINT:
            raise KeyboardInterrupt
        else:
            raise SystemExit(128 + number)

    def let_signals_in() -> None:
        nonlocal let_in
        let_in = True
        if held:
            leave(held[0], None)

    if threading.current_thread() is not threading.main_thread():
        yield let_signals_in  # Python allows signal handlers in the main thread only
        return
    # A handler that the caller has set up is left alone: it knows better.
    before = {number: signal.getsignal(number) for number in _ENDING_SIGNALS}
    taken = {
        number: handler
        for number, handler in before.items()
        if handler in (signal.SIG_DFL, signal.default_int_handler)
    }
    for number in taken:
        signal.signal(number, leave)
    try:
        yield let_signals_in
    finally:
        for number, handler in taken.items():
            signal.signal(number, handler)


_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
