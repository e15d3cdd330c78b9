"""Makes `.venv` from a hash-locked requirements file, and updates it when that file changes.

Standard library only: it runs on the system's Python, before anything is installed.
Use: `python3 -m rehearsal.bootstrap requirements.txt`.
"""

import importlib.util
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rehearsal import MINIMUM_PYTHON
from rehearsal.host import GB, disk_shortages, locked, run_child

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements.txt"

# Measured: requirements.txt 0.5 GB and requirements-dev.txt 0.9 GB installed; downloads 0.2 GB.
_VENV_BYTES = 12 * GB // 10
_DOWNLOAD_BYTES = 3 * GB // 10

Say = Callable[[str], None]


class SetupFailed(Exception):
    """The environment could not be made; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """One virtual environment, and what is written inside it about itself."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def _stamp(self) -> Path:
        return self.folder / "installed.json"

    @property
    def _unfinished(self) -> Path:
        # There while pip writes: a killed pip can leave a package that looks installed and is not.
        return self.folder / "unfinished"

    def pins(self) -> frozenset[str]:
        """The `name==version` lines known to be installed; none if the folder was moved."""
        try:
            stamp = json.loads(self._stamp.read_text())
            moved = stamp["folder"] != str(self.folder)
            return frozenset() if moved else frozenset(stamp["pins"])
        except (OSError, ValueError, KeyError, TypeError):
            return frozenset()

    def has(self, wanted: frozenset[str]) -> bool:
        return self.unusable() is None and wanted <= self.pins()

    def unusable(self) -> str | None:
        """Why the folder must be made anew; None if packages can be installed into it as it is."""
        if not self.folder.exists():
            return "there is none yet"
        if not self.python.exists():
            return "its python is gone"
        if self._unfinished.exists():
            return "the last installation did not finish"
        if not any(self.folder.glob("lib/python3*/site-packages/pip/__init__.py")):
            return "it has no pip"
        if _version_of(self.folder) < MINIMUM_PYTHON:
            return "its python is too old"
        if self._stamp.exists() and not self.pins():
            return "it was moved, or its record is damaged"
        return None

    def begin_install(self) -> None:
        self._stamp.unlink(missing_ok=True)
        self._unfinished.touch()

    def end_install(self, pins: frozenset[str]) -> None:
        new = self._stamp.with_suffix(".new")
        new.write_text(json.dumps({"folder": str(self.folder), "pins": sorted(pins)}, indent=1))
        new.replace(self._stamp)
        self._unfinished.unlink()


def read_pins(requirements: Path) -> frozenset[str]:
    """The `name==version ; marker` lines of a locked requirements file."""
    try:
        text = requirements.read_text()
    except OSError as error:
        raise SetupFailed(f"cannot read {requirements}: {error.strerror or error}") from error
    pins = frozenset(re.findall(r"^([A-Za-z0-9][^\s=]*==[^\\\n]+?)\s*\\?$", text, re.MULTILINE))
    if not pins:
        raise SetupFailed(
            f"{requirements} pins no package: it should hold name==version lines with hashes"
        )
    return pins


def ensure(requirements: Path = REQUIREMENTS, *, folder: Path = VENV, say: Say) -> Environment:
    """The environment with everything `requirements` pins in it, made or updated if it has to be.

    Several calls at once are safe: one installs, the others wait for it.
    """
    environment = Environment(folder=folder)
    wanted = read_pins(requirements)
    if environment.has(wanted):
        return environment
    lock = folder.with_name(folder.name + ".lock")
    try:
        with locked(lock, lambda: say(f"waiting for another run that is setting up {folder.name}")):
            if not environment.has(wanted):
                _install(environment, requirements, wanted, say)
    except OSError as error:
        raise SetupFailed(f"cannot set up {folder}: {error.strerror or error}") from error
    return environment


def _install(
    environment: Environment, requirements: Path, wanted: frozenset[str], say: Say
) -> None:
    _check_standard_library()
    temporary = Path(tempfile.gettempdir())
    shortages = disk_shortages([(environment.folder, _VENV_BYTES), (temporary, _DOWNLOAD_BYTES)])
    if shortages:
        raise SetupFailed(
            f"not enough disk space for the python packages: {'; '.join(map(str, shortages))}; "
            "free some space and run the same command again"
        )
    started = time.monotonic()
    reason = environment.unusable()
    if reason is not None:
        say(f"making {environment.folder.name} ({reason})")
        _make_folder(environment)
    known = environment.pins()
    count = len(wanted - known)
    say(f"installing {count} python packages from {requirements.name} (about half a minute)")
    environment.begin_install()
    _run_pip(environment, requirements, say)
    names = {_name(pin) for pin in wanted}
    environment.end_install(wanted | {pin for pin in known if _name(pin) not in names})
    say(f"python packages ready in {time.monotonic() - started:.0f} s")


def _make_folder(environment: Environment) -> None:
    # Nothing of a broken folder is worth keeping; a link is taken away, never followed.
    if environment.folder.is_symlink():
        environment.folder.unlink()
    # The base interpreter, so that .venv does not hang on another environment that is active now.
    base = getattr(sys, "_base_executable", None) or sys.executable
    done = run_child([base, "-m", "venv", "--clear", str(environment.folder)])
    if done.code != 0:
        raise SetupFailed(
            _with_tail("could not make the virtual environment", done.tail)
            + f"\n{_VENV_HINT}; then run the same command again"
        )


def _run_pip(environment: Environment, requirements: Path, say: Say) -> None:
    doing = "starting pip"

    def on_line(line: str) -> None:
        nonlocal doing
        found = re.match(r"Collecting ([^\s=;]+)", line)
        if found:
            doing = f"fetching {found[1]}"
        elif line.startswith("Installing collected packages"):
            doing = "writing files"

    command = [
        *(str(environment.python), "-m", "pip", "install", "--require-hashes"),
        # Wheels only: building a source package would run build tools that no hash covers.
        *("--only-binary", ":all:"),
        # Compiling all modules of the SDKs, most never imported, takes longer than all the rest.
        "--no-compile",
        *(
            "--no-input",
            "--progress-bar",
            "off",
            "--disable-pip-version-check",
            "-r",
            str(requirements),
        ),
    ]
    done = run_child(
        command,
        on_line=on_line,
        on_tick=lambda elapsed: say(f"  {elapsed:3.0f} s: {doing}"),
        # PIP_USER in the user's settings would send everything outside the environment.
        env={**os.environ, "PIP_USER": "0"},
    )
    if done.code != 0:
        raise SetupFailed(
            _with_tail("pip could not install the python packages", done.tail)
            + "\ncheck that pip can reach its package index (`pip config` sets a proxy or mirror), "
            "then run the same command again"
        )


_VENV_HINT = (
    "on debian and ubuntu `sudo apt install "
    f"python{sys.version_info.major}.{sys.version_info.minor}-venv` brings what is missing"
)


def _check_standard_library() -> None:
    # Some distributions split these off the standard library.
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise SetupFailed(
            f"{sys.executable} lacks the module `{missing[0]}`: {_VENV_HINT}; "
            "then run the same command again"
        )


def _version_of(folder: Path) -> tuple[int, ...]:
    """The Python version a virtual environment was made with; () if it does not say."""
    try:
        text = (folder / "pyvenv.cfg").read_text()
    except OSError:
        return ()
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+)\.(\d+)", text, re.MULTILINE)
    return (int(found[1]), int(found[2])) if found else ()


def _name(pin: str) -> str:
    return pin.partition("==")[0]


def _with_tail(problem: str, tail: tuple[str, ...]) -> str:
    return "\n".join([f"{problem}; the end of its output:", *(f"  | {line}" for line in tail)])


def inside(environment: Environment) -> bool:
    """Whether this process runs in the environment."""
    return Path(sys.prefix).resolve() == environment.folder.resolve()


def say_to_stderr(line: str) -> None:
    """Progress goes to stderr: stdout belongs to results (`--json`)."""
    print(line, file=sys.stderr, flush=True)


def main(argv: list[str]) -> int:
    if len(argv) != 1 or argv[0].startswith("-"):
        say_to_stderr("use: python3 -m rehearsal.bootstrap REQUIREMENTS_FILE")
        return 2
    try:
        ensure(Path(argv[0]), say=say_to_stderr)
    except SetupFailed as error:
        say_to_stderr(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        say_to_stderr("interrupted; the next run starts the installation afresh")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
