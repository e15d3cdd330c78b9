"""The data files themselves: nothing written twice, nothing left unread, read once."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import plan.catalog
from plan.catalog import accelerators, charts

FOLDER = Path(plan.catalog.__file__).parent / "data"
CSV_FILES = sorted(FOLDER.glob("*.csv"))
YAML_FILES = sorted(FOLDER.glob("*.yaml"))
READS_NOTHING = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
import plan.catalog.accelerators, plan.catalog.charts, plan.catalog.images, plan.catalog.zones
print([path for path in opened if path.endswith((".csv", ".yaml"))])
"""


def _repeated_keys(node: yaml.Node) -> list[str]:
    found: list[str] = []
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        found += [key for key in set(keys) if keys.count(key) > 1]
        for _, value in node.value:
            found += _repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            found += _repeated_keys(value)
    return found


@pytest.mark.parametrize("file", YAML_FILES, ids=lambda file: file.name)
def test_no_key_stands_twice(file: Path) -> None:
    """YAML keeps the last of two equal keys and says nothing."""
    node = yaml.compose(file.read_text(encoding="utf-8"), yaml.SafeLoader)
    assert node is not None
    assert _repeated_keys(node) == []


@pytest.mark.parametrize("file", CSV_FILES, ids=lambda file: file.name)
def test_every_row_has_as_many_cells_as_the_header(file: Path) -> None:
    with file.open(encoding="utf-8", newline="") as opened:
        header, *rows = csv.reader(opened)
    assert len(set(header)) == len(header)
    assert rows
    assert [row for row in rows if len(row) != len(header)] == []
    assert [row for row in rows if any(cell != cell.strip() for cell in row)] == []


def test_importing_the_catalogue_reads_no_data() -> None:
    done = subprocess.run(
        [sys.executable, "-c", READS_NOTHING],
        capture_output=True,
        text=True,
        check=True,
        cwd=FOLDER.parents[2],
    )
    assert done.stdout.strip() == "[]"


def test_a_look_up_gives_the_same_object_again() -> None:
    assert charts.all_charts() is charts.all_charts()
    assert accelerators.find("eks", "p5.48xlarge") is accelerators.find("eks", "p5.48xlarge")
