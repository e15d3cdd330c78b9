"""What stops a destroy, and how to go on: from a service's words to the culprit and a command.

`python -m plan.strandings LOG` reads what `pulumi destroy` printed (`-` is standard input);
`--markdown` prints the runbook.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from plan.catalog.table import document

_NOTHING, _MISTAKE = 1, 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Stranding:
    """One thing that stays. `culprit` and `command` may name groups of `says`.

    A group that takes no part in a match is for the reader to fill in.
    """

    cloud: str
    says: str
    culprit: str
    command: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """A stranding that was met, its culprit and command filled in."""

    id: str
    culprit: str
    command: str

    def __str__(self) -> str:
        return f"{self.id}: {self.culprit}\n  {self.command}"


def advise(text: str) -> tuple[Advice, ...]:
    """Advice for everything in the text that we know, once each."""
    found: dict[Advice, None] = {}
    for id, stranding in strandings().items():
        for match in re.finditer(stranding.says, text):
            words = {name: said or f"<{name}>" for name, said in match.groupdict().items()}
            found[
                Advice(
                    id=id,
                    culprit=stranding.culprit.format(**words),
                    command=stranding.command.format(**words),
                )
            ] = None
    return tuple(found)


def markdown() -> str:
    """The runbook."""
    lines = [
        "# When a destroy does not get through",
        "",
        "Made by `make runbook` from `plan/catalog/data/strandings.yaml`. The program orders what",
        "it makes so that none of this happens to its own resources; what controllers, people and",
        "other stacks made in the same network is not in its state.",
        "",
        "`pulumi destroy 2>&1 | tee destroy.log`, then `make unstick LOG=destroy.log` finds the",
        "row.",
        "",
        "| id | cloud | it says | culprit | what to do | source |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for id, item in strandings().items():
        cells = (id, item.cloud, f"`{item.says}`", item.culprit, item.command, item.source)
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """For a table of Markdown, which takes `<...>` for HTML where it is not code."""
    plain_and_code = text.replace("|", "\\|").split("`")
    plain_and_code[::2] = [plain.replace("<", "&lt;") for plain in plain_and_code[::2]]
    return "`".join(plain_and_code)


@cache
def strandings() -> dict[str, Stranding]:
    """All that are known, by id."""
    return TypeAdapter(dict[str, Stranding]).validate_python(document("strandings.yaml"))


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m plan.strandings")
    parser.add_argument("log", nargs="?", help="what `pulumi destroy` printed; - is standard input")
    parser.add_argument("--markdown", action="store_true", help="print the runbook")
    arguments = parser.parse_args(argv)
    if arguments.markdown:
        print(markdown(), end="")
        return 0
    if not arguments.log:
        parser.error("name the file with what `pulumi destroy` printed, or - for standard input")
    try:
        text = sys.stdin.read() if arguments.log == "-" else Path(arguments.log).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file"
        print(f"error: cannot read {arguments.log}: {reason}", file=sys.stderr)
        return _MISTAKE
    found = advise(text)
    for advice in found:
        print(advice)
    if not found:
        print("nothing in it is known; docs/runbooks/destroy.md lists what is", file=sys.stderr)
    return 0 if found else _NOTHING


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
