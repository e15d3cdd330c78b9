"""`python -m rehearsal run STACK`: rehearse one stack and say how it went.

Exit status 0 where every step went as it should, 1 where one did not or no engine is to be had,
2 for a mistake in the stack file or the command.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path
from tempfile import gettempdir

from rich.console import Console

from plan import report
from plan.model import Plan
from plan.resolve import resolve
from plan.settings import InvalidSettings, load_stack_file
from plan.settings.loader import StackFile, stack_names
from rehearsal import engine as engines
from rehearsal import show
from rehearsal.children import end_children_on_interrupt
from rehearsal.scenario import Rehearsal, Step, rehearse, stand_ins_for
from rehearsal.workspace import PROGRAM, run_program

SIMULATED = (
    "simulated: the cloud and Kubernetes, by stand-in providers in memory; "
    "real: the Pulumi engine, its state and this program"
)
_FAILED, _USER_MISTAKE, _INTERRUPTED = 1, 2, 130
_STATE_BYTES = 200 * 2**20


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m rehearsal run")
    parser.add_argument("stack", help=f"one of: {', '.join(stack_names())}")
    parser.add_argument("--program", type=Path, default=PROGRAM, help="default: this project's")
    parser.add_argument("--json", action="store_true", help="print the result for machines")
    arguments = parser.parse_args(argv)
    messages = show.messages()
    end_children_on_interrupt()
    messages.print(f"[bold]{SIMULATED}[/bold]")
    try:
        return _rehearse(arguments.stack, arguments.program, arguments.json, messages)
    except InvalidSettings as error:
        report.show_findings(messages, error.findings)
        return _USER_MISTAKE
    except (engines.EngineUnavailable, NoRoom) as error:
        messages.print(f"[red]error:[/red] {error}")
        return _FAILED
    except KeyboardInterrupt:
        messages.print("[red]interrupted[/red]: nothing is left running, no state was kept")
        return _INTERRUPTED


class NoRoom(Exception):
    """The disk is too full to keep the rehearsal's state."""


def _rehearse(name: str, program: Path, as_json: bool, messages: Console) -> int:
    watcher = show.watcher_for(messages)
    stack, plan, planned = _plan(name)
    watcher.finished(planned)
    free = shutil.disk_usage(gettempdir()).free
    if free < _STATE_BYTES:
        raise NoRoom(
            f"{Path(gettempdir())} has {free >> 20} MB free, the rehearsal's state needs "
            f"{_STATE_BYTES >> 20} MB; free some, or set TMPDIR to a folder with room"
        )
    engine = engines.find(on_progress=messages.print)
    messages.print(f"engine: pulumi {engine.version}, {engines.ORIGINS[engine.origin]}")
    with stand_ins_for(plan) as stand_ins:
        lived = rehearse(stack, plan, engine, stand_ins, watcher, lambda: run_program(program))
    result = Rehearsal(stack=lived.stack, steps=(planned, *lived.steps), left=lived.left)
    if as_json:
        print(show.as_json(result, SIMULATED))
    else:
        show.show(report.console(), result)
    return 0 if result.ok else _FAILED


def _plan(name: str) -> tuple[StackFile, Plan, Step]:
    start = time.monotonic()
    stack = load_stack_file(name)
    plan = resolve(stack.settings, stack.name)
    if plan.errors:
        raise InvalidSettings(plan.findings)
    verdict = f"{len(plan.findings)} findings, none an error" if plan.findings else "no findings"
    return (
        stack,
        plan,
        Step(name="plan", seconds=time.monotonic() - start, counts=None, verdict=verdict),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
