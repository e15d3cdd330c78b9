"""Reference data that a clone of the repository does not have: CRDs and charts' own values."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.harness.program import ROOT

_VARIABLE = "GPU_CLUSTERS_DATA"
# A graph's CRD is 1.5 MB: the parser in C takes a second, the one in Python ten.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def data_folder() -> Path:
    """The data folder; skips the test, with the reason, where there is none."""
    given = os.environ.get(_VARIABLE)
    if given:
        folder = Path(given)
        assert folder.is_dir(), f"${_VARIABLE} names {folder}, which is no folder"
        return folder
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"needs CRDs and chart values: ${_VARIABLE} is not set, ../shared is not there")
    return folder


@cache
def document(*path: str) -> Any:
    """A YAML document of the data folder."""
    file = data_folder().joinpath(*path)
    assert file.is_file(), f"the data folder has no {'/'.join(path)}"
    return yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)
