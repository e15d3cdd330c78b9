"""Finds the Pulumi engine (the `pulumi` program), or gets it: PATH, cache, download, build with Go.

The Python package is only the SDK. The build needs nothing but Go and its module proxy, which is
often reachable where the official download is not. What is made is kept in the cache folder, one
folder a version.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final, Literal, cast

from pulumi.automation import PulumiCommand
from semver import VersionInfo

from rehearsal.bootstrap import ROOT, say_to_stderr
from rehearsal.host import GB, disk_shortages, locked, run_child

OVERRIDE_VARIABLE: Final = "GPU_CLUSTERS_PULUMI"
MINIMUM: Final = VersionInfo(3, 200, 0)

Origin = Literal["override", "PATH", "cache", "download", "built"]
ORIGINS: Final[dict[Origin, str]] = {
    "override": f"named by {OVERRIDE_VARIABLE}",
    "PATH": "found on PATH",
    "cache": "from the cache",
    "download": "just downloaded",
    "built": "just built from its Go module",
}

Progress = Callable[[str], None]

_MODULE: Final = ROOT / "rehearsal" / "pulumi_module"
_PACKAGE: Final = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_VERSION_SYMBOL: Final = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"

# Measured for v3.200.0 with empty Go caches: what each folder holds at its fullest, rounded up.
_MODULES_BYTES: Final = 15 * GB // 10
_COMPILED_BYTES: Final = 9 * GB // 10
_STAGING_BYTES: Final = 1 * GB
_DOWNLOAD_BYTES: Final = 1 * GB

# A closed network may swallow packets instead of refusing them: how long nothing may arrive.
_FIRST_BYTE_S: float = 12.0
_STALL_S: float = 30.0
_TICK_S: float = 4.0

_DOWNLOADER: Final = (
    "import sys; from rehearsal.engine import install_cli; install_cli(sys.argv[1], sys.argv[2])"
)


class EngineUnavailable(Exception):
    """There is no usable engine; the message says what was tried, each answer, and what to do."""


class _Unfit(Exception):
    """One way to an engine does not work here; the message is the reason."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Engine:
    """A `pulumi` program that runs here and is new enough."""

    executable: Path
    command: PulumiCommand
    version: str
    origin: Origin


class _CommandAt(PulumiCommand):
    """The program at any path; the SDK's own constructor takes only a folder with bin/pulumi."""

    def __init__(self, executable: Path, version: VersionInfo) -> None:
        self.command = str(executable)
        self.version = version


def find(cache: Path | None = None, on_progress: Progress = say_to_stderr) -> Engine:
    """The engine to use; where there is none, it is downloaded or built and kept in the cache."""
    override = os.environ.get(OVERRIDE_VARIABLE)
    if override:
        try:
            return _engine_at(Path(override).expanduser().absolute(), "override")
        except _Unfit as reason:
            raise EngineUnavailable(
                f"{OVERRIDE_VARIABLE} names a pulumi that cannot be used: {reason}; correct it or "
                "unset it to have an engine found"
            ) from reason

    store = cache if cache is not None else default_cache()
    tried: list[tuple[str, str]] = []
    for name, attempt in (("PATH", _on_path), ("cache", lambda: _in_cache(store))):
        try:
            return attempt()
        except _Unfit as reason:
            tried.append((name, str(reason)))
    if tried[0][1] != _NOT_ON_PATH:
        on_progress(f"not using the pulumi on PATH: {tried[0][1]}")
    return _make(store, tried, on_progress)


def default_cache() -> Path:
    """`$XDG_CACHE_HOME/gpu-clusters`; its specification says to ignore relative paths."""
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (named if named.is_absolute() else Path.home() / ".cache") / "gpu-clusters"


# Ways that cost nothing


_NOT_ON_PATH: Final = "there is no `pulumi` on PATH"


def _on_path() -> Engine:
    found = shutil.which("pulumi")
    if found is None:
        raise _Unfit(_NOT_ON_PATH)
    return _engine_at(Path(found).absolute(), "PATH")


def _in_cache(store: Path) -> Engine:
    reasons = [f"nothing in {store} yet"]
    for version in (_sdk_version(), _module_version()):  # the download first: it is the newer one
        executable = _home(store, version) / "bin" / "pulumi"
        if executable.exists():
            try:
                return _engine_at(executable, "cache")
            except _Unfit as reason:
                reasons.append(str(reason))
    raise _Unfit("; ".join(reasons[1:] or reasons))


def _engine_at(executable: Path, origin: Origin) -> Engine:
    try:
        answer = subprocess.run(
            [executable, "version"],
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=60,
            check=True,
        ).stdout.strip()
    except FileNotFoundError:
        raise _Unfit(f"{executable} does not exist") from None
    except subprocess.TimeoutExpired:
        raise _Unfit(f"`{executable} version` gave no answer in 60 s") from None
    except subprocess.CalledProcessError as error:
        output = f"{error.stdout}{error.stderr}".strip().splitlines()
        raise _Unfit(
            f"`{executable} version` failed: {output[-1] if output else error.returncode}"
        ) from None
    except OSError as error:
        raise _Unfit(f"{executable} cannot be run: {error.strerror or error}") from None
    try:
        version = VersionInfo.parse(answer.removeprefix("v"))
    except ValueError:
        raise _Unfit(
            f"`{executable} version` answered {answer[:60]!r}, which is no version"
        ) from None
    if version < MINIMUM:
        raise _Unfit(f"{executable} is pulumi {version}, and {MINIMUM} or newer is needed")
    if version.major != MINIMUM.major:
        raise _Unfit(
            f"{executable} is pulumi {version}, and major version {MINIMUM.major} is needed"
        )
    return Engine(
        executable=executable,
        command=_CommandAt(executable, version),
        version=str(version),
        origin=origin,
    )


# Ways that make one


def _make(store: Path, tried: list[tuple[str, str]], on_progress: Progress) -> Engine:
    try:
        with locked(
            store / "engine.lock",
            lambda: on_progress("waiting for another run that is getting the pulumi engine"),
        ):
            try:
                return _in_cache(store)  # the run that held the lock may have made it
            except _Unfit:
                _remove_leftovers(store)
            for name, attempt in (("download", _download), ("build", _build)):
                try:
                    return attempt(store, on_progress)
                except _Unfit as reason:
                    tried.append((name, str(reason)))
                    on_progress(f"{name}: {_first_line(str(reason))}")
    except OSError as error:
        tried.append(
            (
                "cache",
                f"cannot write to {store}: {error.strerror or error} "
                "(set XDG_CACHE_HOME to another folder)",
            )
        )
    raise EngineUnavailable(_unavailable(tried))


def _download(store: Path, on_progress: Progress) -> Engine:
    version = _sdk_version()
    _check_disk([(store, _DOWNLOAD_BYTES)])
    on_progress(f"downloading pulumi {version}")
    with _staging(store) as staging:
        scratch = staging / "tmp"
        watch = _Stall(staging)

        def on_tick(elapsed: float) -> None:
            arrived = watch.check(elapsed)
            on_progress(f"  {elapsed:3.0f} s: {arrived / 1e6:.0f} MB")

        done = run_child(
            [sys.executable, "-c", _DOWNLOADER, str(staging / "home"), version],
            on_tick=on_tick,
            tick_s=_TICK_S,
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(scratch)},
        )
        if done.code != 0:
            raise _Unfit(
                done.tail[-1] if done.tail else f"the installer ended with status {done.code}"
            )
        return _keep(staging / "home", store, version, "download")


def install_cli(root: str, version: str) -> None:
    """Run the SDK's own installer; called in a process of its own, since it takes no time limit."""
    try:
        PulumiCommand.install(root=root, version=VersionInfo.parse(version))
    except subprocess.CalledProcessError as error:
        output = cast(bytes, error.output or b"").decode(errors="replace").strip()
        sys.exit(f"the official installer failed: {output.splitlines()[-1] if output else error}")
    except OSError as error:
        sys.exit(f"get.pulumi.com does not answer: {getattr(error, 'reason', None) or error}")


@dataclass(slots=True)
class _Stall:
    """Notices that a folder has stopped growing."""

    folder: Path
    size: int = 0
    since: float = 0.0

    def check(self, elapsed: float) -> int:
        size = sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())
        if size != self.size:
            self.size, self.since = size, elapsed
        limit = _STALL_S if self.size else _FIRST_BYTE_S
        if elapsed - self.since >= limit:
            raise _Unfit(
                f"get.pulumi.com does not answer: nothing for {elapsed - self.since:.0f} s"
            )
        return size


def _build(store: Path, on_progress: Progress) -> Engine:
    version = _module_version()
    go, caches = _usable_go()
    _check_disk(
        [(store, _STAGING_BYTES), (caches[0], _MODULES_BYTES), (caches[1], _COMPILED_BYTES)]
    )
    on_progress(f"building pulumi {version} from its Go module (once; about 2 minutes on 2 cores)")
    fetched = compiled = 0

    def on_line(line: str) -> None:
        nonlocal fetched, compiled
        if line.startswith("go: downloading "):
            fetched += 1
        elif not line.startswith("#") and re.fullmatch(r"[\w./~+-]+", line):
            compiled += 1  # with -v, Go names each package as it compiles it

    def on_tick(elapsed: float) -> None:
        state = (
            f"{fetched} modules fetched, {compiled} packages compiled"
            if fetched or compiled
            else "starting"
        )
        on_progress(f"  {elapsed:3.0f} s: {state}")

    with _staging(store) as staging:
        output = staging / "home" / "bin" / "pulumi"
        output.parent.mkdir(parents=True)
        done = run_child(
            [
                *(go, "build", "-v", "-mod=readonly", "-trimpath", "-buildvcs=false"),
                # Without a version the SDK refuses the program; -s -w leave out debug tables.
                *("-ldflags", f"-s -w -X {_VERSION_SYMBOL}={version}"),
                *("-o", str(output), _PACKAGE),
            ],
            on_line=on_line,
            on_tick=on_tick,
            tick_s=_TICK_S,
            cwd=_MODULE,
            env=_go_environment() | {"GOTMPDIR": str(staging / "tmp")},
        )
        if done.code != 0:
            tail = "\n".join(f"      | {line}" for line in done.tail)
            raise _Unfit(f"`go build` failed (status {done.code}); the end of its output:\n{tail}")
        return _keep(staging / "home", store, version, "built")


def _usable_go() -> tuple[str, tuple[Path, Path]]:
    """The go program, and its module and build caches."""
    needed = _go_needed()
    go = shutil.which("go")
    if go is None:
        raise _Unfit(f"there is no `go` on PATH (Go {needed} or newer is needed)")
    try:
        answer = subprocess.run(
            [go, "env", "-json", "GOVERSION", "GOMODCACHE", "GOCACHE"],
            cwd=_MODULE,  # there, an older Go fetches the one that go.mod asks for (GOTOOLCHAIN)
            env=_go_environment(),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=180,
            check=True,
        )
        values = cast(dict[str, str], json.loads(answer.stdout))
        version, caches = values["GOVERSION"], (Path(values["GOMODCACHE"]), Path(values["GOCACHE"]))
    except subprocess.CalledProcessError as error:
        said = cast(str, error.stderr).strip().splitlines()
        last = said[-1] if said else f"status {error.returncode}"
        raise _Unfit(f"`{go} env` failed (Go {needed} or newer is needed): {last}") from None
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError) as error:
        raise _Unfit(f"{go} does not work: {error}") from None
    numbers = re.search(r"go(\d+)\.(\d+)", version)
    if numbers and (int(numbers[1]), int(numbers[2])) < tuple(
        int(part) for part in needed.split(".")[:2]
    ):
        raise _Unfit(f"{go} is {version}, which is too old: Go {needed} or newer is needed")
    return go, caches


def _go_environment() -> dict[str, str]:
    """The user's environment, less what would build for another machine or another module."""
    kept = {name: value for name, value in os.environ.items() if name not in {"GOOS", "GOARCH"}}
    # Without cgo no C compiler is needed, and the program runs on any libc.
    return kept | {"CGO_ENABLED": "0", "GOWORK": "off"}


# Shared by them


@contextmanager
def _staging(store: Path) -> Generator[Path]:
    """A folder in the cache that is gone afterwards; what is to stay is renamed out of it."""
    folder = Path(tempfile.mkdtemp(prefix=_STAGING_PREFIX, dir=store))
    try:
        (folder / "tmp").mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_STAGING_PREFIX: Final = ".staging-"


def _remove_leftovers(store: Path) -> None:
    """Remove what a killed run (power cut, SIGKILL) left; the lock is held, so nobody uses it."""
    for folder in store.glob(f"{_STAGING_PREFIX}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _keep(made: Path, store: Path, version: str, origin: Literal["download", "built"]) -> Engine:
    """Try the new program where it was made, then move its folder into the cache in one step."""
    _engine_at(made / "bin" / "pulumi", origin)
    home = _home(store, version)
    if home.exists():  # only one that does not run gets here
        home.rename(made.parent / "broken")
    made.rename(home)
    return _engine_at(home / "bin" / "pulumi", origin)


def _check_disk(needs: list[tuple[Path, int]]) -> None:
    shortages = disk_shortages(needs)
    if shortages:
        raise _Unfit(f"not enough disk space: {'; '.join(map(str, shortages))}")


def _home(store: Path, version: str) -> Path:
    return store / f"pulumi-{version}"


def _sdk_version() -> str:
    return metadata.version("pulumi")


def _module_version() -> str:
    return _from_go_mod(r"^\s+github\.com/pulumi/pulumi/pkg/v3 v(\S+)")


def _go_needed() -> str:
    return _from_go_mod(r"^go (\S+)$")


def _from_go_mod(pattern: str) -> str:
    found = re.search(pattern, (_MODULE / "go.mod").read_text(), re.MULTILINE)
    if found is None:
        raise ValueError(f"{_MODULE / 'go.mod'} has no line like {pattern}")
    return found[1]


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def _unavailable(tried: list[tuple[str, str]]) -> str:
    room = (_MODULES_BYTES + _COMPILED_BYTES + _STAGING_BYTES) / GB
    return "\n".join(
        [
            "there is no pulumi engine, and none could be made:",
            *(f"  - {name}: {reason}" for name, reason in tried),
            "do one of these, then run the same command again:",
            f"  - install the Pulumi CLI, {MINIMUM} or newer, on PATH"
            " (https://www.pulumi.com/docs/install)",
            f"  - install Go {_go_needed()} or newer; the engine is then built once,"
            f" with {room:.1f} GB of free disk (https://go.dev/doc/install)",
            f"  - set {OVERRIDE_VARIABLE} to the path of a pulumi program",
        ]
    )
