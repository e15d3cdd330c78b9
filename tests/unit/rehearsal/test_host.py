"""`rehearsal.host`: a child process dies with us, locks exclude, disk needs are added up."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from rehearsal import host

ROOT = Path(__file__).resolve().parents[3]


def gone(pid: int) -> bool:
    """Whether a process has ended; a zombie nobody has waited for yet has."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        status = Path(f"/proc/{pid}/stat")
        if status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def wait_for(path: Path) -> str:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if path.exists() and path.read_text().endswith("\n"):
            return path.read_text()
        time.sleep(0.02)
    raise AssertionError(f"{path} did not appear")


def test_child_output_comes_line_by_line_and_its_end_is_kept() -> None:
    lines: list[str] = []
    done = host.run_child(
        ["sh", "-c", "for i in $(seq 40); do echo line $i; done; echo oops >&2; exit 3"],
        on_line=lines.append,
    )
    assert done.code == 3
    assert lines == [*(f"line {i}" for i in range(1, 41)), "oops"]
    assert done.tail == tuple(lines[-host.TAIL_LINES :])


@pytest.mark.parametrize(
    "chatter", ["sleep 0.7", "for i in $(seq 35); do echo x; sleep 0.02; done"]
)
def test_ticks_come_whether_the_child_talks_or_not(chatter: str) -> None:
    ticks: list[float] = []
    host.run_child(["sh", "-c", chatter], on_tick=ticks.append, tick_s=0.2)
    assert len(ticks) >= 2
    assert ticks == sorted(ticks)


def test_an_exception_kills_the_child_and_its_children(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    script = f"sleep 300 & echo $! > {note}; wait"

    def stop(elapsed: float) -> None:
        wait_for(note)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        host.run_child(["sh", "-c", script], on_tick=stop, tick_s=0.1)
    assert gone(int(note.read_text()))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_kills_the_child_and_its_children(tmp_path: Path, number: signal.Signals) -> None:
    note = tmp_path / "pid"
    program = (
        "import sys; from rehearsal import host; "
        "host.run_child(['sh', '-c', f'sleep 300 & echo $! > {sys.argv[1]}; wait'])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(note)], cwd=ROOT, stderr=subprocess.DEVNULL
    ) as parent:
        grandchild = int(wait_for(note))
        parent.send_signal(number)
        assert parent.wait(timeout=10) != 0
    assert gone(grandchild)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_the_child_is_being_started_kills_it_too(
    tmp_path: Path, number: signal.Signals
) -> None:
    """The signal comes when the child runs already and `Popen` has not yet returned."""
    note = tmp_path / "pid"
    program = f"""
import os, subprocess, sys
from rehearsal import host
class Slow(subprocess.Popen):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        # The shell makes the file first and writes to it then.
        while not os.path.exists(sys.argv[1]) or not os.path.getsize(sys.argv[1]): pass
        os.kill(os.getpid(), {int(number)})
subprocess.Popen = Slow
host.run_child(['sh', '-c', f'echo $$ > {{sys.argv[1]}}; exec sleep 300'])
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(note)],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=30,
    )
    assert done.returncode != 0
    assert gone(int(wait_for(note)))


def test_signal_handlers_are_given_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    host.run_child(["true"])
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_the_lock_excludes_and_says_that_it_waits(tmp_path: Path) -> None:
    lock = tmp_path / "new folder" / "lock"
    order: list[str] = []
    waiting = threading.Event()

    def second() -> None:
        with host.locked(lock, waiting.set):
            order.append("second")

    with host.locked(lock, lambda: pytest.fail("nobody holds the lock")):
        other = threading.Thread(target=second)
        other.start()
        assert waiting.wait(timeout=10)
        order.append("first")
    other.join(timeout=10)
    assert order == ["first", "second"]


def test_the_lock_of_a_dead_process_does_not_block(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    program = (
        "import os, sys; from pathlib import Path; from rehearsal import host\n"
        "with host.locked(Path(sys.argv[1]), print): os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", program, str(lock)], cwd=ROOT, check=False)
    with host.locked(lock, lambda: pytest.fail("the lock was left behind")):
        pass


def test_disk_needs_on_one_disk_are_added_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2 * host.GB))
    one, two = tmp_path / "a" / "not there yet", tmp_path / "b"
    assert host.disk_shortages([(one, host.GB), (two, host.GB)]) == []
    (shortage,) = host.disk_shortages([(one, host.GB), (two, host.GB + 100_000_000)])
    assert str(shortage) == f"2.1 GB needed, 2.0 GB free on the disk of {tmp_path}"
