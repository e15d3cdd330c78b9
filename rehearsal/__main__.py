"""`python3 -m rehearsal`: the way in, with or without `make`; sets up what it needs by itself.

Standard library only at the top: the virtual environment may not exist yet.
"""

import os
import sys

from rehearsal import bootstrap

USAGE = """\
Runs a stack on the real Pulumi engine with simulated clouds: no account, no cost.

  python3 -m rehearsal run STACK [--json]   rehearse one stack, for example eks-h100
  python3 -m rehearsal policy STACK         preview one with the policy pack judging it
  python3 -m rehearsal table [--check]      write the README's table of all stacks anew
  python3 -m rehearsal engine               show which Pulumi engine is used; get one if needed

`make rehearse STACK=eks-h100` does the first; `make help` lists the rest. Without `make`:

  make plan   python3 -m rehearsal.bootstrap requirements.txt
              .venv/bin/python -m plan eks-h100
  make test   python3 -m rehearsal.bootstrap requirements-dev.txt
              .venv/bin/python -m pytest -n auto

Needed: Python 3.11 or newer, and either the internet or Go. The first run gets the engine, which
takes about 2 minutes where it has to be built; later runs start at once.
"""


def main(argv: list[str]) -> int:
    match argv:
        case [] | ["-h" | "--help" | "help"]:
            print(USAGE, end="")
            return 0
        case ["run", *rest]:
            _enter_environment(argv)
            from rehearsal.cli import main as run

            return run(rest)
        case ["policy", *rest]:
            _enter_environment(argv)
            from rehearsal.policy import main as judge

            return judge(rest)
        case ["table", *rest]:
            _enter_environment(argv)
            from rehearsal.overview import main as table

            return table(rest)
        case ["engine"]:
            _enter_environment(argv)
            return _show_engine()
        case _:
            bootstrap.say_to_stderr(f"error: unknown command `{' '.join(argv)}`\n\n{USAGE}")
            return 2


def _enter_environment(argv: list[str]) -> None:
    """Come back only inside an up-to-date environment: start again in it if need be."""
    environment = bootstrap.ensure(say=bootstrap.say_to_stderr)
    if not bootstrap.inside(environment):
        sys.stdout.flush()
        python = str(environment.python)
        os.execv(python, [python, "-m", "rehearsal", *argv])


def _show_engine() -> int:
    from rehearsal import engine

    try:
        found = engine.find()
    except engine.EngineUnavailable as error:
        bootstrap.say_to_stderr(f"error: {error}")
        return 1
    print(f"pulumi {found.version}, {engine.ORIGINS[found.origin]}: {found.executable}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except bootstrap.SetupFailed as error:
        bootstrap.say_to_stderr(f"error: {error}")
        sys.exit(1)
    except KeyboardInterrupt:
        bootstrap.say_to_stderr("interrupted")
        sys.exit(130)
