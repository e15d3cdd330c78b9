"""`rehearsal.engine`: the order in which an engine is looked for, what is kept, and what is said.

The real build takes two minutes, so fake `go` and `pulumi` programs stand on a PATH that holds
nothing else; the official download is replaced by a child program of the test's own.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
from pathlib import Path
from types import SimpleNamespace

import pytest
from pulumi.automation import PulumiCommand
from semver import VersionInfo

from rehearsal import engine

ROOT = Path(__file__).resolve().parents[3]
SDK = engine.metadata.version("pulumi")
TOOLS = ("sh", "cat", "chmod", "ls", "sleep", "touch")

FAKE_PULUMI = """\
#!/bin/sh
[ "$PULUMI_SKIP_UPDATE_CHECK" = true ] || exit 8
echo {version}
"""

# Behaves by what lies beside it; each build is written to builds.log with what it could see.
FAKE_GO = """\
#!/bin/sh
here={folder}
if [ "$1" = env ]; then
  [ -e $here/env-fails ] && {{ echo "go: toolchain not available" >&2; exit 1; }}
  echo '{{"GOVERSION": "'$(cat $here/go-version)'",'
  echo ' "GOMODCACHE": "'$here/mod'", "GOCACHE": "'$here/gc'"}}'
  exit 0
fi
echo "$PWD|$CGO_ENABLED|$GOWORK|$GOOS|$(ls $here/store | sort | tr -d '\\n')|$*" >> $here/builds.log
echo "go: downloading github.com/blang/semver v3.5.1"
echo "github.com/blang/semver"
touch $GOTMPDIR/scratch
[ -e $here/slow ] && {{ sleep 300 & echo $! > $here/slow-pid; wait; }}
[ -e $here/build-fails ] && {{ echo "x.go:1:1: undefined: y"; exit 1; }}
while [ "$1" != -o ]; do shift; done
cat > "$2" << END
#!/bin/sh
echo v$(cat $here/built-version)
END
chmod +x "$2"
ls -i "$2" > $here/inode
"""

REFUSES = "import sys; sys.exit('get.pulumi.com does not answer: no route')"
HANGS = "import time; time.sleep(300)"
DELIVERS = f"""
import os, sys
os.makedirs(sys.argv[1] + "/bin")
open(sys.argv[1] + "/bin/pulumi", "w").write("#!/bin/sh\\necho v{SDK}\\n")
os.chmod(sys.argv[1] + "/bin/pulumi", 0o755)
"""


class Machine:
    """A fake machine: what is on PATH, what the network answers, and an empty cache."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.store = folder / "store"
        self.said: list[str] = []
        self._monkeypatch = monkeypatch
        self.bin.mkdir()
        for tool in (*TOOLS, "sort", "tr"):
            found = shutil.which(tool)
            assert found, f"{tool} is needed by these tests"
            (self.bin / tool).symlink_to(found)
        monkeypatch.setenv("PATH", str(self.bin))
        monkeypatch.delenv(engine.OVERRIDE_VARIABLE, raising=False)
        monkeypatch.setattr(engine, "_TICK_S", 0.1)
        self.network(REFUSES)

    def network(self, child: str) -> None:
        self._monkeypatch.setattr(engine, "_DOWNLOADER", child)

    def pulumi(self, version: str, at: Path | None = None) -> Path:
        path = at if at is not None else self.bin / "pulumi"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FAKE_PULUMI.format(version=version))
        path.chmod(0o755)
        return path

    def cached(self, version: str) -> Path:
        return self.pulumi(f"v{version}", self.store / f"pulumi-{version}" / "bin" / "pulumi")

    def go(self, version: str = "go1.26.1", built: str = "3.200.0") -> None:
        (self.folder / "go-version").write_text(version)
        (self.folder / "built-version").write_text(built)
        (self.bin / "go").write_text(FAKE_GO.format(folder=self.folder))
        (self.bin / "go").chmod(0o755)

    def builds(self) -> list[str]:
        log = self.folder / "builds.log"
        return log.read_text().splitlines() if log.exists() else []

    def find(self) -> engine.Engine:
        return engine.find(self.store, self.said.append)

    def fails(self) -> str:
        with pytest.raises(engine.EngineUnavailable) as caught:
            self.find()
        return str(caught.value)

    def kept(self) -> list[str]:
        """What lies in the cache, the lock aside."""
        return sorted(path.name for path in self.store.iterdir() if path.name != "engine.lock")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


# The order


def test_path_comes_first(machine: Machine) -> None:
    machine.pulumi("v3.250.1")
    machine.cached(SDK)
    machine.go()
    found = machine.find()
    assert (found.origin, found.version, found.executable) == (
        "PATH",
        "3.250.1",
        machine.bin / "pulumi",
    )
    assert machine.said == []


def test_the_cache_comes_second_and_the_downloaded_version_before_the_built_one(
    machine: Machine,
) -> None:
    machine.go()
    machine.cached("3.200.0")
    assert (machine.find().origin, machine.find().version) == ("cache", "3.200.0")
    machine.cached(SDK)
    assert (machine.find().origin, machine.find().version) == ("cache", SDK)
    assert machine.builds() == []


def test_the_download_comes_third_and_is_kept(machine: Machine) -> None:
    machine.go()
    machine.network(DELIVERS)
    first = machine.find()
    assert (first.origin, first.version) == ("download", SDK)
    assert machine.kept() == [f"pulumi-{SDK}"]
    machine.network(REFUSES)
    second = machine.find()
    assert (second.origin, second.executable) == ("cache", first.executable)
    assert machine.builds() == []


def test_the_build_comes_last_and_is_kept(machine: Machine) -> None:
    machine.go()
    first = machine.find()
    assert (first.origin, first.version) == ("built", "3.200.0")
    assert first.executable == machine.store / "pulumi-3.200.0" / "bin" / "pulumi"
    assert machine.kept() == ["pulumi-3.200.0"]
    assert any("get.pulumi.com does not answer: no route" in line for line in machine.said)
    assert any("building pulumi 3.200.0" in line for line in machine.said)
    assert machine.find().origin == "cache"
    assert len(machine.builds()) == 1


def test_what_is_found_works_as_the_sdks_own_command(machine: Machine) -> None:
    machine.pulumi("v3.250.1")
    command = machine.find().command
    assert isinstance(command, PulumiCommand)
    assert command.version == VersionInfo(3, 250, 1)
    result = command.run(["version"], str(machine.folder), {"PULUMI_SKIP_UPDATE_CHECK": "true"})
    assert result.stdout == "v3.250.1"


# A pulumi that cannot be used


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("v3.199.9", "is pulumi 3.199.9, and 3.200.0 or newer is needed"),
        ("v4.0.0", "is pulumi 4.0.0, and major version 3 is needed"),
        ("pyenv: nothing here", "answered 'pyenv: nothing here', which is no version"),
    ],
)
def test_an_unfit_pulumi_on_path_is_said_and_passed_over(
    machine: Machine, answer: str, reason: str
) -> None:
    machine.pulumi(f"'{answer}'")
    machine.go()
    assert machine.find().origin == "built"
    assert machine.said[0].startswith("not using the pulumi on PATH: ")
    assert reason in machine.said[0]


def test_a_pulumi_that_crashes_is_passed_over_with_its_words(machine: Machine) -> None:
    (machine.bin / "pulumi").write_text("#!/bin/sh\necho 'cannot open libc' >&2\nexit 127\n")
    (machine.bin / "pulumi").chmod(0o755)
    machine.cached("3.200.0")
    assert machine.find().origin == "cache"
    shutil.rmtree(machine.store)
    assert "version` failed: cannot open libc" in machine.fails()


def test_a_broken_cached_engine_is_replaced(machine: Machine) -> None:
    machine.cached("3.200.0").write_text("#!/bin/sh\nexit 1\n")
    machine.go()
    assert machine.find().origin == "built"
    assert machine.find().origin == "cache"
    assert machine.kept() == ["pulumi-3.200.0"]


# The override


def test_the_override_wins_wherever_it_lies(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.pulumi("v3.250.1")
    path = machine.pulumi("v3.260.0", machine.folder / "mine" / "my-pulumi")
    monkeypatch.setenv(engine.OVERRIDE_VARIABLE, str(path))
    found = machine.find()
    assert (found.origin, found.version, found.command.command) == (
        "override",
        "3.260.0",
        str(path),
    )


@pytest.mark.parametrize("problem", ["absent", "old"])
def test_a_wrong_override_is_an_error_and_nothing_else_is_tried(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, problem: str
) -> None:
    machine.pulumi("v3.250.1")
    path = machine.folder / "mine"
    if problem == "old":
        machine.pulumi("v3.100.0", path)
    monkeypatch.setenv(engine.OVERRIDE_VARIABLE, str(path))
    message = machine.fails()
    assert message.startswith(f"GPU_CLUSTERS_PULUMI names a pulumi that cannot be used: {path} ")
    assert "unset it" in message


# No way to an engine


def test_with_nothing_at_all_each_answer_and_each_way_out_is_named(machine: Machine) -> None:
    lines = machine.fails().splitlines()
    assert lines[0] == "there is no pulumi engine, and none could be made:"
    assert lines[1:5] == [
        "  - PATH: there is no `pulumi` on PATH",
        f"  - cache: nothing in {machine.store} yet",
        "  - download: get.pulumi.com does not answer: no route",
        "  - build: there is no `go` on PATH (Go 1.24 or newer is needed)",
    ]
    assert len([line for line in lines[6:] if line.startswith("  - ")]) == 3
    assert machine.kept() == []


@pytest.mark.parametrize("version", ["go1.23.9", "go1.19"])
def test_an_old_go_is_named(machine: Machine, version: str) -> None:
    machine.go(version)
    assert f"is {version}, which is too old: Go 1.24 or newer is needed" in machine.fails()
    assert machine.builds() == []


@pytest.mark.parametrize("version", ["go1.24", "go1.24rc1", "go2.0", "devel +abc"])
def test_a_new_enough_or_unknown_go_is_tried(machine: Machine, version: str) -> None:
    machine.go(version)
    assert machine.find().origin == "built"


def test_a_go_that_cannot_get_its_toolchain_is_quoted(machine: Machine) -> None:
    machine.go()
    (machine.folder / "env-fails").touch()
    assert "(Go 1.24 or newer is needed): go: toolchain not available" in machine.fails()


def test_a_failed_build_shows_the_compilers_last_words_and_keeps_nothing(machine: Machine) -> None:
    machine.go()
    (machine.folder / "build-fails").touch()
    assert "      | x.go:1:1: undefined: y" in machine.fails()
    assert machine.kept() == []


def test_a_built_program_that_is_not_what_was_asked_is_not_kept(machine: Machine) -> None:
    machine.go(built="3.1.0")
    assert "is pulumi 3.1.0, and 3.200.0 or newer is needed" in machine.fails()
    assert machine.kept() == []


def test_a_full_disk_is_found_before_the_build(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.go()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_200_000_000))
    message = machine.fails()
    assert "build: not enough disk space: 3.4 GB needed, 1.2 GB free on the disk of" in message
    assert str(machine.store) in message
    assert machine.builds() == []


def test_a_cache_that_cannot_be_written_is_named(machine: Machine) -> None:
    machine.store.write_text("a file where the folder should be")
    message = machine.fails()
    assert f"cannot write to {machine.store}" in message
    assert "set XDG_CACHE_HOME" in message


# The download


def test_a_silent_network_is_given_up(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_FIRST_BYTE_S", 0.5)
    machine.network(HANGS)
    started = time.monotonic()
    assert "download: get.pulumi.com does not answer: nothing for" in machine.fails()
    assert time.monotonic() - started < 5
    assert machine.kept() == []


def test_a_stalled_download_is_given_up_later(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_FIRST_BYTE_S", 30.0)
    monkeypatch.setattr(engine, "_STALL_S", 0.5)
    program = "import os; open(os.environ['TMPDIR'] + '/x', 'w').write('x' * 2_000_000)\n" + HANGS
    machine.network(program)
    assert "nothing for" in machine.fails()
    assert any("2 MB" in line for line in machine.said)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (urllib.error.URLError("no such name"), "get.pulumi.com does not answer: no such name"),
        (
            subprocess.CalledProcessError(1, "x", output=b"...\nerror: no such release\n"),
            "the official installer failed: error: no such release",
        ),
    ],
)
def test_the_installers_failure_becomes_one_line(
    monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(PulumiCommand, "install", fail)
    with pytest.raises(SystemExit) as caught:
        engine.install_cli("root", "3.272.0")
    assert caught.value.code == message


# The build


def test_the_build_is_told_its_version_and_cannot_be_misled_by_the_users_settings(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.go()
    monkeypatch.setenv("GOFLAGS", "-buildvcs=false -mod=vendor")
    monkeypatch.setenv("GOOS", "plan9")
    machine.find()
    (build,) = machine.builds()
    folder, cgo, workspace, system, _, command = build.split("|")
    assert folder == str(ROOT / "rehearsal" / "pulumi_module")
    assert (cgo, workspace, system) == ("0", "off", "")
    assert "-mod=readonly" in command
    assert "sdk/v3/go/common/version.Version=3.200.0 -o" in command


def test_nothing_stands_under_its_final_name_before_it_is_whole(machine: Machine) -> None:
    machine.go()
    machine.find()
    seen = machine.builds()[0].split("|")[4]
    assert seen == "engine.lock"  # `ls` hides the dot folder that the build writes to
    written = int((machine.folder / "inode").read_text().split()[0])
    kept = machine.store / "pulumi-3.200.0" / "bin" / "pulumi"
    assert kept.stat().st_ino == written  # renamed, not copied: a copy could be cut short


def test_what_a_killed_run_left_is_removed(machine: Machine) -> None:
    machine.go()
    left = machine.store / ".staging-old"
    (left / "home").mkdir(parents=True)
    machine.find()
    assert machine.kept() == ["pulumi-3.200.0"]


def test_several_runs_at_once_build_once(machine: Machine) -> None:
    machine.go()
    found: list[engine.Engine] = []
    threads = [threading.Thread(target=lambda: found.append(machine.find())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(one.origin for one in found) == ["built", "cache", "cache", "cache"]
    assert len(machine.builds()) == 1


def test_progress_is_said_while_the_build_runs(machine: Machine) -> None:
    machine.go()
    (machine.folder / "slow").touch()
    progress: list[str] = []

    def see(line: str) -> None:
        if line.endswith(" s: 1 modules fetched, 1 packages compiled"):
            progress.append(line)
        if len(progress) == 2:  # enough: let the build go on
            progress.append("")
            os.kill(int(read_when_there(machine.folder / "slow-pid")), signal.SIGKILL)

    assert engine.find(machine.store, see).origin == "built"
    assert len(progress) >= 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_leaves_no_process_and_no_file(
    machine: Machine, number: signal.Signals
) -> None:
    machine.go()
    (machine.folder / "slow").touch()
    program = (
        "import sys; from pathlib import Path; from rehearsal import engine; "
        f"engine._DOWNLOADER = {REFUSES!r}; engine.find(Path(sys.argv[1]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(machine.store)], cwd=ROOT, stderr=subprocess.DEVNULL
    ) as run:
        sleeper = int(read_when_there(machine.folder / "slow-pid"))
        assert any(name.startswith(".staging-") for name in machine.kept())
        run.send_signal(number)
        assert run.wait(timeout=10) != 0
    assert machine.kept() == []
    assert ended(sleeper)
    (machine.folder / "slow").unlink()
    assert machine.find().origin == "built"


def read_when_there(path: Path) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if path.exists() and path.read_text().endswith("\n"):
            return path.read_text()
        time.sleep(0.02)
    raise AssertionError(f"{path} did not appear")


def ended(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        answer = subprocess.run(
            ["/bin/sh", "-c", f"kill -0 {pid}"], check=False, capture_output=True
        )
        status = Path(f"/proc/{pid}/stat")
        if answer.returncode != 0 or (status.exists() and ") Z " in status.read_text()):
            return True
        time.sleep(0.02)
    return False


# Where things are, and what is shipped


@pytest.mark.parametrize(
    ("value", "expected"),
    [("/x/cache", "/x/cache/gpu-clusters"), ("relative", "~"), ("", "~"), (None, "~")],
)
def test_the_cache_folder_follows_xdg(
    monkeypatch: pytest.MonkeyPatch, value: str | None, expected: str
) -> None:
    monkeypatch.setenv("HOME", "/home/u")
    if value is None:
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    else:
        monkeypatch.setenv("XDG_CACHE_HOME", value)
    home = "/home/u/.cache/gpu-clusters"
    assert str(engine.default_cache()) == expected.replace("~", home)


def test_the_shipped_module_is_new_enough_and_names_no_address_or_toolchain() -> None:
    folder = ROOT / "rehearsal" / "pulumi_module"
    text = (folder / "go.mod").read_text()
    versions = set(re.findall(r"github\.com/pulumi/pulumi/(?:pkg|sdk)/v3 v(\S+)", text))
    assert len(versions) == 1, "the engine and its SDK must be of one version"
    assert VersionInfo.parse(versions.pop()) >= engine.MINIMUM
    assert "tool github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" in text
    for word in ("://", "toolchain", "replace"):
        assert word not in text
