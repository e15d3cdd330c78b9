"""What a rehearsal makes of the engine's words."""

from __future__ import annotations

import pytest

from rehearsal.scenario import engine_words, with_advice

REFUSED = """
 code: 255
 stdout: Updating (kind):

 +  pulumi:pulumi:Stack kind creating (0s) error: nothing was made
Diagnostics:
  pulumi:pulumi:Stack (kind):
    error: nothing was made
    first: line
    second: line
    error: an unhandled error occurred: nothing was made
    first: line
    second: line

Resources:
    + 1 created
"""
FAILED = """
Diagnostics:
  aws:ec2:Subnet (b):
    warning: old
    and its second line
    error: deleting urn:b: DependencyViolation: subnet-0a1b has dependencies
  pulumi:pulumi:Stack (s):
    error: update failed
  aws:ec2:Subnet (c):
    error: <_InactiveRpcError of RPC that terminated with:
      status = StatusCode.UNAVAILABLE
    info: afterwards
"""


def test_an_error_of_many_lines_is_said_whole_and_once() -> None:
    assert engine_words(REFUSED) == "nothing was made\nfirst: line\nsecond: line"


def test_the_cause_is_said_and_not_its_echoes() -> None:
    assert engine_words(FAILED) == (
        "deleting urn:b: DependencyViolation: subnet-0a1b has dependencies"
    )


@pytest.mark.parametrize("text", ["", "something else entirely"])
def test_words_that_nobody_knows_are_passed_on(text: str) -> None:
    assert engine_words(text) == text


def test_an_error_outside_of_diagnostics_counts_too() -> None:
    assert engine_words("error: no stack named 'x' found") == "no stack named 'x' found"


def test_advice_follows_the_problem() -> None:
    said = with_advice(engine_words(FAILED))
    assert said.startswith("deleting urn:b")
    assert "aws ec2 describe-network-interfaces" in said
    assert with_advice("unheard of") == "unheard of"
