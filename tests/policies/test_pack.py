"""The pack as a whole: how it is loaded, and that our own stacks pass it."""

from __future__ import annotations

import runpy
from functools import cache
from typing import Any

import pulumi_policy
import pytest
from pulumi_policy import EnforcementLevel, ResourceValidationPolicy
from pulumi_policy.proxy import UnknownValueError

from tests.harness.policies import PACK, Subject, pack_folder, policies, subjects_of, violations
from tests.harness.values import UNKNOWN
from tests.harness.variants import SHIPPED, recorded


def test_the_pack_serves_every_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[dict[str, Any]] = []
    # The real one starts a server and never returns.
    monkeypatch.setattr(pulumi_policy, "PolicyPack", lambda **given: served.append(given))
    with pack_folder():
        runpy.run_path(str(PACK / "__main__.py"), run_name="__main__")
    (pack,) = served
    assert pack["name"] == "gpu-clusters"
    assert [policy.name for policy in pack["policies"]] == list(policies())


def test_rules_are_where_the_engine_finds_them() -> None:
    assert set(policies()) == {
        "api-server-closed",
        "efa-group-refers-to-itself",
        "interfaces-go-with-their-node",
    }


def test_every_policy_says_how_hard_it_is() -> None:
    """The pack's default is advice, which nobody reads."""
    for policy in policies().values():
        assert policy.enforcement_level is EnforcementLevel.MANDATORY, policy.name
        assert policy.description.endswith(".")


@cache
def subjects(stack: str, preview: bool) -> list[Subject]:
    found = subjects_of(recorded(stack, preview))
    assert len(found) > 50
    return found


@pytest.mark.parametrize("stack", SHIPPED)
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])
def test_our_own_stacks_pass_and_are_judged_at_preview_too(preview: bool, stack: str) -> None:
    """Nothing that a policy reads is unknown in our stacks: a note would be an unjudged one."""
    for name, policy in policies().items():
        if isinstance(policy, ResourceValidationPolicy):
            for subject in subjects(stack, preview):
                assert violations(name, subject) == []
        else:
            assert violations(name, *subjects(stack, preview)) == []


def without(found: list[Subject], type_: str) -> list[Subject]:
    kept = [subject for subject in found if subject.type != type_]
    assert len(kept) == len(found) - 1
    return kept


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])
def test_our_own_stack_without_a_rule_does_not_pass(preview: bool) -> None:
    """So that passing above means something."""
    rule = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    broken = without(subjects("eks-h100", preview), rule)
    (message,) = violations("efa-group-refers-to-itself", *broken)
    assert "cluster-gpu-template" in message


def test_the_harness_hides_unknown_values_as_the_engine_does() -> None:
    subject = Subject(type="aws:eks/cluster:Cluster", props={"vpcConfig": UNKNOWN})
    with pytest.raises(UnknownValueError):
        violations("api-server-closed", subject)
