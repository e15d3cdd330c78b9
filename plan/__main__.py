"""`python -m plan STACK`: show what a stack file leads to, and everything wrong with it.

Exit status 0 where the stack can be deployed, 2 where it cannot.
"""

from __future__ import annotations

import argparse
import sys

from plan import report
from plan.resolve import resolve
from plan.settings import InvalidSettings, load_stack_file
from plan.settings.loader import stack_names

USER_MISTAKE = 2


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="plan", description="Show what a stack file leads to, and everything wrong with it."
    )
    parser.add_argument("stack", nargs="?", help=f"one of: {', '.join(stack_names())}")
    parser.add_argument("--json", action="store_true", help="print the plan for machines")
    arguments = parser.parse_args(argv)
    if not arguments.stack:
        parser.error(f"name a stack: one of {', '.join(stack_names())}")
    try:
        plan = resolve(load_stack_file(arguments.stack).settings, arguments.stack)
    except InvalidSettings as error:
        if arguments.json:
            print(report.findings_json(error.findings))
        else:
            report.show_findings(report.console(stderr=True), error.findings)
        return USER_MISTAKE
    if arguments.json:
        print(report.plan_json(plan))
    else:
        report.show_plan(report.console(), plan)
    return USER_MISTAKE if plan.errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
