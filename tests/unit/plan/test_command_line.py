"""`python -m plan`: what it prints and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from plan import __main__ as command
from plan.settings import loader

ROOT = Path(loader.__file__).resolve().parents[2]


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (loader.STACKS_FOLDER / "Pulumi.eks-h100.yaml").read_text(encoding="utf-8")
    edited = text.replace("queue: dynamo", "queue: research").replace("nodes: 3", "nods: 3")
    (tmp_path / "Pulumi.unreadable.yaml").write_text(edited, encoding="utf-8")
    edited = text.replace("queue: dynamo", "queue: research")
    (tmp_path / "Pulumi.refused.yaml").write_text(edited, encoding="utf-8")
    find = loader.load_stack_file
    monkeypatch.setattr(command, "load_stack_file", lambda name: find(name, tmp_path))


def test_a_plan_for_people(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert command.main(["eks-h100"]) == 0
    said = capsys.readouterr().out
    for word in ("p5.48xlarge", "16 x NVIDIA H100", "32 a node", "4 x vllm-disagg/prefill"):
        assert word in said
    for word in ("$110.08 an hour", "2026-07-20", "kai-scheduler", "v0.13.4", "no findings"):
        assert word in said


def test_a_plan_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["eks-h100", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["deployable"] is True
    assert plan["known_usd_per_hour"] == pytest.approx(110.08)
    assert [pool["nodes"] for pool in plan["pools"]] == [3, 2]
    assert plan["graphs"][0]["workers"][0]["interfaces"] == 8


@pytest.mark.usefixtures("broken")
def test_a_refused_stack_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["refused"]) == 2
    said = capsys.readouterr().out
    assert "QUE001" in said
    assert "1 error" in said


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_an_unreadable_stack_ends_with_2(
    form: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["unreadable", *form]) == 2
    captured = capsys.readouterr()
    assert "did you mean nodes" in captured.out + captured.err
    if form:
        assert json.loads(captured.out)["findings"][0]["rule"] == "SET003"


def test_no_stack_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main([])
    assert ended.value.code == 2
    assert "eks-mocker" in capsys.readouterr().err


def test_the_plan_imports_no_pulumi() -> None:
    code = (
        "import sys, plan.__main__; "
        "print([m for m in sys.modules if m.partition('.')[0].startswith('pulumi')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
