"""Reading the catalogue's own files."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import cast

import yaml

_DATA = Path(__file__).parent / "data"


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def document(name: str) -> dict[str, object]:
    """The mapping in a YAML file."""
    return cast("dict[str, object]", yaml.safe_load((_DATA / name).read_text(encoding="utf-8")))
