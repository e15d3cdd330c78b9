"""The table against the package it stands in for: tokens, properties, API versions.

The package is read as text: importing its modules takes seconds.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from rehearsal.providers.azure import Azure
from rehearsal.providers.azure.aks_rules import FROZEN
from rehearsal.providers.azure.arm import SHAPES
from rehearsal.providers.azure.kinds import AGENT_POOL, KINDS


def _source(token: str) -> str:
    spec = find_spec("pulumi_azure_native")
    assert spec is not None
    assert spec.origin is not None
    _, module, name = token.split(":")
    file = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    return Path(spec.origin).with_name(module).joinpath(f"{file}.py").read_text("utf-8")


def _properties(source: str) -> set[str]:
    arguments = source.partition("\n@pulumi.type_token")[0]
    named = set(re.findall(r'@pulumi\.getter\(name="(\w+)"\)', arguments))
    return named | set(re.findall(r"@pulumi\.getter\n    def (\w+)\(", arguments))


def test_every_type_has_a_shape() -> None:
    assert {*KINDS} == {*SHAPES}


@pytest.mark.parametrize("token", sorted(KINDS))
def test_the_package_has_the_type_its_properties_and_its_version(token: str) -> None:
    source = _source(token)
    assert f"'{token}'" in source
    assert f"Uses Azure REST API version {SHAPES[token].version}" in source
    known = _properties(source)
    kind = Azure.kinds[token]
    used = {*kind.replace, *(ref.path for ref in kind.refs), *SHAPES[token].parameters}
    assert {re.split(r"[.\[]", path)[0] for path in used} <= known
    assert SHAPES[token].located is ("location" in known)


def test_what_is_frozen_is_a_property_of_a_pool() -> None:
    assert {*FROZEN} <= _properties(_source(AGENT_POOL))
