"""Rehearsals in processes of their own, as they are for their users: the SDK's state is global."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from rehearsal.bootstrap import ROOT

COMMAND = [sys.executable, "-m", "rehearsal.cli"]
PROGRAMS = ROOT / "tests" / "rehearsal" / "programs"


def rehearse(stack: str, program: str | None = None) -> dict[str, Any]:
    """The result of a stack's rehearsal, with one of the broken programs in place of ours."""
    command = [*COMMAND, stack, "--json"]
    if program:
        command += ["--program", str(PROGRAMS / f"{program}.py")]
    # The broken programs import ours.
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr, done.stderr
    result = json.loads(done.stdout)
    assert done.returncode == (0 if result["ok"] else 1)
    assert done.stderr.startswith("simulated: the cloud"), "the first line says what is simulated"
    return result


def failures(result: dict[str, Any]) -> dict[str, str]:
    """What is wrong, by the step that failed."""
    return {step["name"]: step["problem"] for step in result["steps"] if not step["ok"]}
