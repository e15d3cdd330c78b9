"""A rehearsal on a terminal, on a plain stream, or as JSON."""

from __future__ import annotations

import dataclasses
import json

from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.table import Table

from plan import report
from rehearsal.scenario import Rehearsal, Step

_PLAIN_EVERY = 25
_LEFT_SHOWN = 10


class TerminalWatcher:
    """One moving line for the running step, one fixed line for each that is done."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._step = ""

    def started(self, step: str) -> None:
        self._step = step
        self._status = self._console.status(f"{step} ...")
        self._status.start()

    def progress(self, operation: str, resource: str, done: int) -> None:
        if self._status:
            self._status.update(f"{self._step}: {done} resources, {operation} {escape(resource)}")

    def finished(self, step: Step) -> None:
        if self._status:
            self._status.stop()
            self._status = None
        self._console.print(_line(step))


class PlainWatcher:
    """Whole lines only, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._step = ""

    def started(self, step: str) -> None:
        self._step = step
        self._console.print(f"{step} ...")

    def progress(self, operation: str, resource: str, done: int) -> None:
        if done % _PLAIN_EVERY == 0:
            self._console.print(f"  {done} resources, {operation} {escape(resource)}")

    def finished(self, step: Step) -> None:
        self._console.print(_line(step))


def watcher_for(console: Console) -> TerminalWatcher | PlainWatcher:
    """What suits the console."""
    return TerminalWatcher(console) if console.is_terminal else PlainWatcher(console)


def messages() -> Console:
    """Where progress goes: never into the result on standard output."""
    return report.console(stderr=True)


def show(console: Console, result: Rehearsal) -> None:
    """The table of all steps, what is left, and the last word."""
    table = Table(title=f"rehearsal of {result.stack}", title_justify="left")
    table.add_column("step")
    for column in ("seconds", "created", "updated", "same", "deleted"):
        table.add_column(column, justify="right")
    table.add_column("verdict", overflow="fold")
    for step in result.steps:
        counts = step.counts
        numbers = (
            [str(n) for n in (counts.created, counts.updated, counts.same, counts.deleted)]
            if counts
            else ["", "", "", ""]
        )
        colour = "green" if step.ok else "red"
        verdict = f"[{colour}]{escape(step.verdict)}[/{colour}]"
        table.add_row(step.name, f"{step.seconds:.1f}", *numbers, verdict)
    console.print(table)
    # Lines as they are: commands among them are there to be copied.
    for step in result.steps:
        if step.problem:
            console.print(f"[red]{step.name}:[/red] {escape(step.problem)}", soft_wrap=True)
    for held in result.left[:_LEFT_SHOWN]:
        words = escape(f"{held.type} {held.id} {held.note}".rstrip())
        console.print(f"[red]left:[/red] {words}", soft_wrap=True)
    if len(result.left) > _LEFT_SHOWN:
        console.print(f"[red]left:[/red] {len(result.left) - _LEFT_SHOWN} more; JSON has them all")
    total = sum(step.seconds for step in result.steps)
    verdict = "[green]passed[/green]" if result.ok else "[red]failed[/red]"
    console.print(f"{verdict} in {total:.1f} s")


def as_json(result: Rehearsal, simulated: str) -> str:
    """The same for machines."""
    document = dataclasses.asdict(result)
    for step, made in zip(document["steps"], result.steps, strict=True):
        step["ok"] = made.ok
    return json.dumps({"simulated": simulated, "ok": result.ok, **document}, indent=2)


def _line(step: Step) -> str:
    mark = "[green]ok[/green]" if step.ok else "[red]FAILED[/red]"
    # The first words are enough here: all of it follows the table.
    problem = "" if step.ok else f": {escape(step.problem.splitlines()[0])}"
    return f"{mark} {step.name} ({step.seconds:.1f} s){problem}"
