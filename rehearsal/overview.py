"""`python -m rehearsal.overview`: the README's table of all stacks, made anew.

What the plan knows comes from the plans; how many resources a stack has is counted by a preview of
each on simulated clouds. `--check` changes nothing and fails where the README says otherwise.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from plan.overview import markdown
from plan.resolve import resolve
from plan.settings import load_stack_file
from plan.settings.loader import stack_names
from rehearsal import engine as engines
from rehearsal.bootstrap import ROOT
from rehearsal.scenario import stand_ins_for
from rehearsal.workspace import run_program, workspace

README = ROOT / "README.md"
START, END = "<!-- stacks: `make table` writes this -->\n", "<!-- stacks end -->\n"


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m rehearsal.overview")
    parser.add_argument("--check", action="store_true", help="change nothing")
    # Used by the command itself: count one stack, in a process of its own.
    parser.add_argument("--count", metavar="STACK", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.count:
        print(json.dumps(count(arguments.count)))
        return 0
    written = README.read_text("utf-8")
    made = replaced(written, table())
    if made == written:
        print(f"{README.name} is up to date")
        return 0
    if arguments.check:
        print(f"{README.name} is not what the plans say; run `make table`", file=sys.stderr)
        return 1
    Path(README).write_text(made, "utf-8")
    print(f"{README.name} is written anew")
    return 0


def table() -> str:
    """The table of all shipped stacks."""
    plans = [resolve(load_stack_file(name).settings, name) for name in stack_names()]
    return markdown(plans, {name: _count_in_a_process(name) for name in stack_names()})


def replaced(text: str, table: str) -> str:
    """The text with the table between its marks."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise ValueError(f"{README.name} has no place for the table: {START.strip()}")
    return before + start + table + end + after


def count(name: str) -> int:
    """Resources that a preview would create."""
    stack = load_stack_file(name)
    plan = resolve(stack.settings, name)
    with (
        stand_ins_for(plan) as stand_ins,
        workspace(stack, engines.find(), stand_ins, run_program) as work,
    ):
        summary = work.stack.preview().change_summary
    return sum(summary.values())


def _count_in_a_process(name: str) -> int:
    command = [sys.executable, "-m", "rehearsal.overview", "--count", name]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return int(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
