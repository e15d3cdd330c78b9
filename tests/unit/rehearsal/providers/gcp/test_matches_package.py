"""The table against the package it stands in for: tokens and property names.

The package is read as text: importing its modules takes seconds.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from rehearsal.providers.gcp.kinds import KINDS, LABELS

_FILES = {"iAMMember": "iam_member"}


def _source(token: str) -> str:
    spec = find_spec("pulumi_gcp")
    assert spec is not None
    assert spec.origin is not None
    folder, _, name = token.split(":")[1].partition("/")
    file = _FILES.get(name) or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return Path(spec.origin).with_name(folder).joinpath(f"{file}.py").read_text("utf-8")


def _properties(source: str) -> set[str]:
    arguments = source.partition("class _")[0]
    named = set(re.findall(r'@pulumi\.getter\(name="(\w+)"\)', arguments))
    return named | set(re.findall(r"@pulumi\.getter\n    def (\w+)\(", arguments))


@pytest.mark.parametrize("token", sorted(KINDS))
def test_the_package_has_the_type_and_its_properties(token: str) -> None:
    source, kind = _source(token), KINDS[token]
    assert f"'{token}'" in source
    used = {*kind.replace, *(ref.path for ref in kind.refs), *filter(None, (kind.name,))}
    used |= {LABELS[token]} if token in LABELS else set()
    assert {re.split(r"[.\[]", path)[0] for path in used} <= _properties(source)
    assert ("name" in _properties(source)) is (kind.name == "name")
