"""The pack as a whole: how it is loaded, and how it is described."""

from __future__ import annotations

import importlib
import runpy
from typing import Any

import pulumi_policy
import pytest
from pulumi_policy import EnforcementLevel
from pulumi_policy.proxy import UnknownValueError

from tests.harness.policies import (
    PACK,
    Subject,
    pack_folder,
    policies,
    violations,
)
from tests.harness.program import ROOT
from tests.harness.values import UNKNOWN


def test_the_pack_serves_every_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[dict[str, Any]] = []
    # The real one starts a server and never returns.
    monkeypatch.setattr(pulumi_policy, "PolicyPack", lambda **given: served.append(given))
    with pack_folder():
        runpy.run_path(str(PACK / "__main__.py"), run_name="__main__")
    (pack,) = served
    assert pack["name"] == "gpu-clusters"
    assert [policy.name for policy in pack["policies"]] == list(policies())
    assert len(policies()) >= 15


def test_every_policy_of_a_module_is_in_the_pack() -> None:
    with pack_folder():
        modules = [
            importlib.import_module(f"rules.{path.stem}")
            for path in (PACK / "rules").glob("*.py")
            if path.stem != "__init__"
        ]
    written = {
        value.name
        for module in modules
        for value in vars(module).values()
        if isinstance(value, pulumi_policy.Policy)
    }
    assert written == set(policies())


def test_every_policy_says_how_hard_it_is_and_what_it_asks() -> None:
    """The pack's default is advice, which nobody reads."""
    for policy in policies().values():
        assert policy.enforcement_level is EnforcementLevel.MANDATORY, policy.name
        assert policy.description.endswith("."), policy.name
    descriptions = [policy.description for policy in policies().values()]
    assert len(set(descriptions)) == len(descriptions)


def test_every_limit_has_a_default_of_its_type() -> None:
    types = {"integer": int, "array": list}
    limits = [
        schema
        for policy in policies().values()
        if policy.config_schema is not None
        for schema in policy.config_schema.properties.values()
    ]
    assert len(limits) >= 3
    for schema in limits:
        assert isinstance(schema["default"], types[schema["type"]])
        assert schema["description"].endswith(".")


def test_the_page_is_current() -> None:
    with pack_folder():
        script = runpy.run_path(str(PACK / "list.py"))
    written = (ROOT / "docs" / "policies.md").read_text("utf-8")
    assert written == script["page"](), "run `python policies/list.py`"


def test_the_harness_hides_unknown_values_as_the_engine_does() -> None:
    subject = Subject(type="aws:eks/cluster:Cluster", props={"vpcConfig": UNKNOWN})
    with pytest.raises(UnknownValueError):
        violations("api-server-closed", subject)
