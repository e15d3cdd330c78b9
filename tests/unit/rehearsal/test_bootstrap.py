"""`rehearsal.bootstrap` and `python3 -m rehearsal`: set-up on a bare Python, and its messages.

Nothing is installed for real here: a fake interpreter, which is a fake pip too, stands in.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from rehearsal import bootstrap

ROOT = Path(__file__).resolve().parents[3]

LOCKED = """\
# made by a locker
alpha==1.0 \\
    --hash=sha256:00
beta-two==2.1 ; sys_platform == 'linux' \\
    --hash=sha256:01
"""

# Stands in for the base interpreter: `-m venv --clear DIR` makes a folder that looks like an
# environment, whose python, in turn, stands in for pip. Each call is written to calls.log.
FAKE_PYTHON = """\
#!/bin/sh
here={folder}
echo "$@" >> $here/calls.log
case "$*" in
  *"-m venv"*)
    [ -e $here/venv-fails ] && {{ echo "Error: no ensurepip for you"; exit 1; }}
    for target; do :; done
    rm -rf "$target"; mkdir -p "$target/bin" "$target/lib/python3.11/site-packages/pip"
    touch "$target/lib/python3.11/site-packages/pip/__init__.py"
    echo "version = 3.11.9" > "$target/pyvenv.cfg"
    cp "$0" "$target/bin/python" ;;
  *"-m pip"*)
    echo "Collecting alpha==1.0"
    [ -e $here/pip-dies ] && kill -9 $$
    [ -e $here/pip-fails ] && {{ echo "ERROR: could not find alpha"; exit 1; }}
    sleep 0.1 ;;
esac
exit 0
"""


class Setup:
    """One fake machine: an interpreter, a requirements file and the environment to be made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "base-python"
        self.python.write_text(FAKE_PYTHON.format(folder=folder))
        self.python.chmod(0o755)
        self.requirements = folder / "requirements.txt"
        self.requirements.write_text(LOCKED)
        self.venv = folder / ".venv"
        self.said: list[str] = []

    def ensure(self) -> bootstrap.Environment:
        return bootstrap.ensure(self.requirements, folder=self.venv, say=self.said.append)

    def calls(self) -> list[str]:
        """The modules run since the last time this was asked, in order."""
        log = self.folder / "calls.log"
        found = re.findall(r"-m (\w+)", log.read_text()) if log.exists() else []
        log.unlink(missing_ok=True)
        return found


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Setup:
    made = Setup(tmp_path)
    monkeypatch.setattr(sys, "_base_executable", str(made.python))
    monkeypatch.setattr(sys, "executable", str(made.python))
    return made


def test_pins_are_read_with_their_markers(setup: Setup) -> None:
    pins = bootstrap.read_pins(setup.requirements)
    assert pins == {"alpha==1.0", "beta-two==2.1 ; sys_platform == 'linux'"}


def test_the_first_run_makes_and_installs_and_the_second_does_nothing(setup: Setup) -> None:
    environment = setup.ensure()
    assert environment.python == setup.venv / "bin" / "python"
    assert setup.calls() == ["venv", "pip"]
    assert setup.said[0] == "making .venv (there is none yet)"
    assert "installing 2 python packages from requirements.txt" in setup.said[1]
    setup.said.clear()
    setup.ensure()
    assert setup.calls() == []
    assert setup.said == []


def test_pip_is_told_to_check_hashes_and_to_build_nothing(setup: Setup) -> None:
    setup.ensure()
    (pip,) = [
        line for line in (setup.folder / "calls.log").read_text().splitlines() if "-m pip" in line
    ]
    assert "--require-hashes" in pip
    assert "--only-binary :all:" in pip
    assert pip.endswith(f"-r {setup.requirements}")


def test_a_changed_pin_is_installed_into_the_same_folder(setup: Setup) -> None:
    setup.ensure()
    setup.calls()
    setup.requirements.write_text(LOCKED.replace("alpha==1.0", "alpha==1.1"))
    setup.ensure()
    assert setup.calls() == ["pip"]
    stamp = json.loads((setup.venv / "installed.json").read_text())
    assert stamp["pins"] == ["alpha==1.1", "beta-two==2.1 ; sys_platform == 'linux'"]


def test_switching_between_two_files_that_agree_installs_nothing(setup: Setup) -> None:
    more = setup.folder / "requirements-dev.txt"
    more.write_text(LOCKED + "gamma==3 \\\n    --hash=sha256:02\n")
    bootstrap.ensure(more, folder=setup.venv, say=setup.said.append)
    setup.calls()
    setup.ensure()
    bootstrap.ensure(more, folder=setup.venv, say=setup.said.append)
    assert setup.calls() == []


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda venv: (venv / "unfinished").touch(), "the last installation did not finish"),
        (lambda venv: (venv / "bin" / "python").unlink(), "its python is gone"),
        (lambda venv: shutil.rmtree(venv / "lib"), "it has no pip"),
        (
            lambda venv: (venv / "pyvenv.cfg").write_text("version = 3.9.2\n"),
            "its python is too old",
        ),
        (lambda venv: (venv / "installed.json").write_text("{"), "it was moved, or its record is"),
    ],
)
def test_a_broken_environment_is_made_anew(setup: Setup, harm, reason: str) -> None:
    setup.ensure()
    setup.calls()
    setup.said.clear()
    harm(setup.venv)
    setup.ensure()
    assert reason in setup.said[0]
    assert setup.calls() == ["venv", "pip"]


def test_a_moved_checkout_gets_its_own_environment(setup: Setup) -> None:
    setup.ensure()
    setup.calls()
    setup.venv = setup.venv.rename(setup.folder / "elsewhere")
    setup.ensure()
    assert setup.calls() == ["venv", "pip"]


@pytest.mark.parametrize("failure", ["pip-fails", "pip-dies"])
def test_after_a_failed_installation_the_next_run_starts_afresh(setup: Setup, failure: str) -> None:
    (setup.folder / failure).touch()
    with pytest.raises(bootstrap.SetupFailed) as caught:
        setup.ensure()
    assert "pip could not install the python packages" in str(caught.value)
    assert "| Collecting alpha==1.0" in str(caught.value)
    assert "run the same command again" in str(caught.value)
    (setup.folder / failure).unlink()
    setup.calls()
    setup.ensure()
    assert setup.calls() == ["venv", "pip"]


def test_a_failing_venv_shows_its_words_and_the_package_to_install(setup: Setup) -> None:
    (setup.folder / "venv-fails").touch()
    with pytest.raises(bootstrap.SetupFailed, match=r"no ensurepip for you(.|\n)*sudo apt install"):
        setup.ensure()


def test_a_missing_venv_module_is_named(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    real = bootstrap.importlib.util.find_spec
    monkeypatch.setattr(
        bootstrap.importlib.util,
        "find_spec",
        lambda name: None if name == "ensurepip" else real(name),
    )
    with pytest.raises(bootstrap.SetupFailed, match=r"lacks the module `ensurepip`.*apt install"):
        setup.ensure()


def test_a_full_disk_is_found_before_anything_is_made(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=300_000_000))
    with pytest.raises(bootstrap.SetupFailed, match=r"not enough disk space.*0\.3 GB free on"):
        setup.ensure()
    assert setup.calls() == []
    assert not setup.venv.exists()


def test_two_runs_at_once_install_once(setup: Setup) -> None:
    threads = [threading.Thread(target=setup.ensure) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert setup.calls() == ["venv", "pip"]


@pytest.mark.parametrize("text", [None, "# nothing pinned\nalpha>=1\n"])
def test_a_bad_requirements_file_is_named(setup: Setup, text: str | None) -> None:
    setup.requirements.unlink()
    if text is not None:
        setup.requirements.write_text(text)
    with pytest.raises(bootstrap.SetupFailed, match=r"requirements\.txt"):
        setup.ensure()
    assert setup.calls() == []


def test_the_two_shipped_files_agree_and_name_no_address() -> None:
    runtime = bootstrap.read_pins(ROOT / "requirements.txt")
    assert runtime < bootstrap.read_pins(ROOT / "requirements-dev.txt")
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "--index" not in text
        for requirement in re.split(r"\n(?=[a-z])", text)[1:]:
            assert "--hash=sha256:" in requirement, requirement


# `python3 -m rehearsal` and `python3 -m rehearsal.bootstrap`, each in a process of its own


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_without_arguments_it_says_how_to_use_it() -> None:
    done = run("rehearsal")
    assert done.returncode == 0
    assert "python3 -m rehearsal run STACK" in done.stdout
    assert "Without `make`" in done.stdout


def test_an_unknown_command_is_the_users_mistake() -> None:
    done = run("rehearsal", "rnu", "eks-h100")
    assert done.returncode == 2
    assert done.stderr.startswith("error: unknown command `rnu eks-h100`")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ([], 2, "use: python3 -m rehearsal.bootstrap"),
        (["no-such-file.txt"], 1, "error: cannot read no-such-file.txt: No such file or directory"),
    ],
)
def test_bootstrap_alone_reports_mistakes(arguments: list[str], status: int, message: str) -> None:
    done = run("rehearsal.bootstrap", *arguments)
    assert (done.returncode, done.stderr.splitlines()[0][: len(message)]) == (status, message)


def test_the_way_in_needs_only_the_standard_library() -> None:
    """-S -E -I: no site-packages at all, as on a fresh machine."""
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); "
        "import rehearsal.__main__ as entry; sys.exit(entry.main([]))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_an_old_python_is_refused_in_one_line() -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.version_info = (3, 10, 4); "
        "import rehearsal"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: python 3.10 is too old, 3.11 or newer is needed")
    assert len(done.stderr.splitlines()) == 1
