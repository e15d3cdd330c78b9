"""The policy pack as the engine loads it, and its verdicts on made-up resources."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, cast

import pytest
from pulumi_policy import (
    Policy,
    PolicyCustomTimeouts,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

from tests.harness.program import ROOT
from tests.harness.recording import Recording
from tests.harness.values import Unknown

PACK = ROOT / "policies"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """A resource that a policy judges. Values may be `UNKNOWN`, as at a preview."""

    type: str
    name: str = "subject"
    props: Mapping[str, object] = field(default_factory=dict)
    refers: Mapping[str, tuple[Subject, ...]] = field(default_factory=dict)
    """Resources that a property was made from: known at preview, when their ids are not."""


@contextmanager
def pack_folder() -> Iterator[None]:
    """Imports as the engine makes them: the pack's folder is the first place to look."""
    sys.path.insert(0, str(PACK))
    try:
        yield
    finally:
        sys.path.remove(str(PACK))


@cache
def policies() -> Mapping[str, Policy]:
    """Every policy of the pack, by name."""
    with pack_folder():
        pack = importlib.import_module("rules")
    found = {policy.name: policy for policy in cast("tuple[Policy, ...]", pack.POLICIES)}
    assert len(found) == len(pack.POLICIES), "two policies have one name"
    return found


def violations(
    name: str, *subjects: Subject, config: Mapping[str, object] | None = None
) -> list[str]:
    """What a policy says, as the engine would hear it; several subjects make a stack.

    Without `config` it has its defaults. Raises UnknownValueError where the policy reads what a
    preview does not know: the engine then notes that, and lets the resource pass.
    """
    said, unknown = heard(name, *subjects, config=config)
    if unknown is not None:
        raise unknown
    return said


def judged(name: str, type_: str, props: Mapping[str, object]) -> list[str]:
    """The same for one resource."""
    return violations(name, Subject(type=type_, props=props))


def heard(
    name: str, *subjects: Subject, config: Mapping[str, object] | None = None
) -> tuple[list[str], UnknownValueError | None]:
    """What a policy says, also before it meets an unknown value; the engine hears both."""
    policy = policies()[name]
    said: list[str] = []
    unknown: UnknownValueError | None = None

    def report(message: str, urn: str | None = None) -> None:
        del urn
        said.append(message)

    def one(validate: Callable[[], object]) -> None:
        nonlocal unknown
        try:
            assert validate() is None, "a policy of ours that is awaited"
        except UnknownValueError as error:
            unknown = error

    match policy:
        case ResourceValidationPolicy():
            for subject in subjects:
                args = ResourceValidationArgs(
                    subject.type,
                    _props(subject),
                    _urn(subject),
                    subject.name,
                    _options(),
                    None,
                    config,
                )
                one(partial(policy.validate, args, report))
        case StackValidationPolicy():
            resources = [_resource(subject) for subject in subjects]
            one(partial(policy.validate, StackValidationArgs(resources, config, {}), report))
        case _:
            raise TypeError(f"{name} is a {type(policy).__name__}")
    return said, unknown


Props = Mapping[str, object]
Case = tuple[str, Props]
"""A resource: its type and properties."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cases:
    """Resources that a policy lets pass, objects to once, and cannot judge at a preview."""

    clean: Sequence[Case]
    violating: Sequence[Case]
    unknown: Sequence[Case]


def table(cases: Mapping[str, Cases], verdict: str) -> Any:
    """A test's parameters `name`, `type_` and `props`, of one verdict of every policy's cases."""
    rows = [
        pytest.param(name, type_, props, id=f"{name}-{index}")
        for name, of_policy in cases.items()
        for index, (type_, props) in enumerate(getattr(of_policy, verdict))
    ]
    return pytest.mark.parametrize(("name", "type_", "props"), rows)


def subjects_of(recording: Recording) -> list[Subject]:
    """Every resource of a recorded run, as policies see them."""

    def subject(urn: str, *, deep: bool) -> Subject:
        resource = recording.resources[urn]
        refers = {
            # What a remote component made is not in the recording.
            prop: tuple(subject(o, deep=False) for o in sorted(urns & recording.resources.keys()))
            for prop, urns in resource.property_dependencies.items()
            if deep
        }
        return Subject(
            type=resource.type, name=resource.name, props=resource.inputs.values, refers=refers
        )

    return [subject(urn, deep=True) for urn in recording.resources]


def _urn(subject: Subject) -> str:
    return f"urn:pulumi:test::gpu-clusters::{subject.type}::{subject.name}"


def _props(subject: Subject) -> Mapping[str, Any]:
    return unknown_checking_proxy(cast("dict[str, Any]", _wire(subject.props)))


def _wire(value: object) -> object:
    match value:
        case Unknown():
            return UNKNOWN_STRING_VALUE
        case dict():
            return {key: _wire(item) for key, item in value.items()}
        case list():
            return [_wire(item) for item in value]
        case _:
            return value


def _options() -> PolicyResourceOptions:
    return PolicyResourceOptions(False, [], False, [], PolicyCustomTimeouts(0, 0, 0), [])


def _resource(subject: Subject) -> PolicyResource:
    refers = {
        prop: [_resource(other) for other in others] for prop, others in subject.refers.items()
    }
    return PolicyResource(
        subject.type,
        _props(subject),
        _urn(subject),
        subject.name,
        _options(),
        None,
        None,
        [],
        refers,
    )
