"""`python -m rehearsal policy STACK`: the policy pack's verdict on a stack, by the real engine.

The engine previews the stack on simulated clouds and hands every resource to the pack, as it does
for `pulumi preview --policy-pack policies`. What a policy cannot judge at a preview, because a
value is not known yet, it judges in an `up` that follows, of the same simulated clouds.

Exit status 0 where nothing mandatory is violated, 1 where something is or the engine cannot say,
2 for a mistake in the stack file or the command.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pulumi import automation
from pulumi.automation.events import EngineEvent, PolicyEvent
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from plan import report
from plan.resolve import resolve
from plan.settings import InvalidSettings, load_stack_file
from plan.settings.loader import STACKS_FOLDER, StackFile, stack_names
from rehearsal import engine as engines
from rehearsal import show
from rehearsal.bootstrap import ROOT
from rehearsal.children import end_children_on_interrupt
from rehearsal.providers.process import StandIns
from rehearsal.scenario import engine_words, stand_ins_for
from rehearsal.workspace import workspace

PACK = ROOT / "policies"
SIMULATED = (
    "simulated: the cloud and Kubernetes, by stand-in providers in memory, and the way the engine "
    "starts the pack; real: the Pulumi engine, the policies and this program"
)
_FAILED, _USER_MISTAKE, _INTERRUPTED = 1, 2, 130
_MANDATORY = "mandatory"
# What the SDK says of a policy that met an unknown value; it has no field for it.
_UNJUDGED = "can't run policy"
# The engine starts `pulumi-analyzer-policy-python ADDRESS .` in the pack's folder. The official one
# comes with the CLI, not with an engine that was built from its Go module.
_ANALYZER = "pulumi-analyzer-policy-python"
_START = (
    "import runpy, sys; sys.argv = [sys.argv[1], *sys.argv[1:]]; "
    "runpy.run_path('__main__.py', run_name='__main__')"
)

Operation = Callable[[Callable[[EngineEvent], None]], object]


class NoVerdict(Exception):
    """The engine stopped for another reason than a policy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """One thing that one policy said of one resource; `resource` is empty where it is the stack."""

    policy: str
    level: str
    resource: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What the pack said. `later` are policies that a preview left open, judged in `up`."""

    stack: str
    resources: int
    violations: tuple[Violation, ...]
    later: tuple[str, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        return all(violation.level != _MANDATORY for violation in self.violations)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m rehearsal policy")
    parser.add_argument("stack", help=f"one of: {', '.join(stack_names())}")
    parser.add_argument(
        "--config", type=Path, help="levels and limits (JSON), as --policy-pack-config takes them"
    )
    parser.add_argument(
        "--stacks", type=Path, default=STACKS_FOLDER, help="folder of the stack file"
    )
    parser.add_argument("--json", action="store_true", help="print the result for machines")
    arguments = parser.parse_args(argv)
    if arguments.config and not arguments.config.is_file():
        parser.error(f"--config: there is no file {arguments.config}")
    messages = show.messages()
    end_children_on_interrupt()
    messages.print(f"[bold]{SIMULATED}[/bold]")
    try:
        stack = load_stack_file(arguments.stack, arguments.stacks)
        verdict = judge(stack, arguments.config, messages)
    except InvalidSettings as error:
        report.show_findings(messages, error.findings)
        return _USER_MISTAKE
    except (engines.EngineUnavailable, NoVerdict) as error:
        messages.print(f"[red]error:[/red] {escape(str(error))}")
        return _FAILED
    except KeyboardInterrupt:
        messages.print("[red]interrupted[/red]: nothing is left running, no state was kept")
        return _INTERRUPTED
    if arguments.json:
        document = {"simulated": SIMULATED, "ok": verdict.ok, **dataclasses.asdict(verdict)}
        print(json.dumps(document, indent=2))
    else:
        _show(report.console(), verdict)
    return 0 if verdict.ok else _FAILED


def judge(stack: StackFile, config: Path | None, messages: Console) -> Verdict:
    """Run the pack. Raises InvalidSettings for a plan with errors, and NoVerdict."""
    plan = resolve(stack.settings, stack.name)
    if plan.errors:
        raise InvalidSettings(plan.findings)
    engine = engines.find(on_progress=messages.print)
    messages.print(f"engine: pulumi {engine.version}, {engines.ORIGINS[engine.origin]}")
    start = time.monotonic()
    with stand_ins_for(plan) as stand_ins:
        heard = _run(stack, engine, stand_ins, config, messages)
    return Verdict(
        stack=stack.name,
        resources=len(heard.resources),
        violations=tuple(heard.violations),
        later=tuple(heard.unjudged),
        seconds=time.monotonic() - start,
    )


class _Ear:
    """Hears the engine's events. The same violation counts once, at preview and in `up`."""

    def __init__(self) -> None:
        self.violations: dict[Violation, None] = {}
        self.unjudged: dict[str, None] = {}
        self.resources: set[str] = set()

    def __call__(self, event: EngineEvent) -> None:
        if event.resource_pre_event:
            self.resources.add(event.resource_pre_event.metadata.urn)
        if event.policy_event:
            self._policy(event.policy_event)

    def _policy(self, event: PolicyEvent) -> None:
        message = event.message.strip()
        if _UNJUDGED in message:
            self.unjudged.setdefault(event.policy_name)
            return
        violation = Violation(
            policy=event.policy_name,
            level=event.enforcement_level,
            resource=(event.resource_urn or "").rpartition("::")[2],
            # The engine says the policy's description first, on a line of its own.
            message=message.partition("\n")[2].strip() or message,
        )
        self.violations.setdefault(violation)


def _run(
    stack: StackFile,
    engine: engines.Engine,
    stand_ins: StandIns,
    config: Path | None,
    messages: Console,
) -> _Ear:
    ear = _Ear()
    packs = [str(PACK)]
    configs = [str(config.absolute())] if config else None
    with workspace(stack, engine, stand_ins) as work, _analyzer() as folder:
        path = os.pathsep.join((str(folder), os.environ.get("PATH", os.defpath)))
        work.stack.workspace.env_vars = {**work.stack.workspace.env_vars, "PATH": path}

        def preview() -> object:
            return work.stack.preview(on_event=ear, policy_packs=packs, policy_pack_configs=configs)

        def up() -> object:
            return work.stack.up(
                on_event=ear,
                policy_packs=packs,
                policy_pack_configs=configs,
                show_secrets=False,
            )

        messages.print("preview ...")
        _heard(preview, ear)
        if ear.unjudged and not any(v.level == _MANDATORY for v in ear.violations):
            messages.print(f"up, for what a preview cannot know: {', '.join(ear.unjudged)} ...")
            _heard(up, ear)
    return ear


def _heard(operation: Callable[[], object], ear: _Ear) -> None:
    """Run it. That it fails over a mandatory violation is the verdict, and has been heard."""
    try:
        operation()
    except automation.CommandError as error:
        if not any(violation.level == _MANDATORY for violation in ear.violations):
            raise NoVerdict(engine_words(str(error))) from None


@contextmanager
def _analyzer() -> Generator[Path]:
    """A folder with the program by which the engine starts policy packs in Python."""
    with TemporaryDirectory(prefix="gpu-clusters-analyzer-") as folder:
        program = Path(folder, _ANALYZER)
        start = f"{shlex.quote(sys.executable)} -u -c {shlex.quote(_START)}"
        program.write_text(f'#!/bin/sh\nexec {start} "$@"\n', "utf-8")
        program.chmod(0o755)
        yield Path(folder)


def _show(console: Console, verdict: Verdict) -> None:
    if verdict.violations:
        table = Table(title=f"policies on {verdict.stack}", title_justify="left")
        for column in ("policy", "level", "resource"):
            table.add_column(column, overflow="fold")
        table.add_column("message", overflow="fold", ratio=1)
        for violation in verdict.violations:
            colour = "red" if violation.level == _MANDATORY else "yellow"
            table.add_row(
                violation.policy,
                f"[{colour}]{violation.level}[/{colour}]",
                escape(violation.resource or "the stack"),
                escape(violation.message),
            )
        console.print(table)
    mandatory = sum(violation.level == _MANDATORY for violation in verdict.violations)
    word = "[green]passed[/green]" if verdict.ok else "[red]refused[/red]"
    console.print(
        f"{word}: {verdict.resources} resources of {verdict.stack}, {mandatory} mandatory and "
        f"{len(verdict.violations) - mandatory} other violations, in {verdict.seconds:.1f} s"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
