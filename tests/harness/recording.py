"""Strict recording mocks: every registration is kept, with its options, and judged.

Plain Pulumi mocks accept a duplicate URN, answer an unknown invoke with nothing, and hide every
option of a resource. This monitor refuses the first two and records the third.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import mocks
from pulumi.runtime.proto import resource_pb2

from tests.harness.answers import Answer, answer
from tests.harness.azure_answers import LOOKUPS, RESHAPED
from tests.harness.values import Properties, decode, encode

STACK_TYPE = "pulumi:pulumi:Stack"


class DuplicateUrn(AssertionError):
    """Two resources with one name and type under one kind of parent."""


class UnmockedInvoke(AssertionError):
    """The program asked a provider something that the harness has no answer for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeouts:
    """Custom timeouts; empty where none was given."""

    create: str
    update: str
    delete: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    """One resource as the program asked for it. References to others are URNs."""

    type: str
    name: str
    urn: str
    custom: bool
    remote: bool
    inputs: Properties
    provider: str
    """URN of the explicit provider; empty for the default one, and for components."""
    providers: Mapping[str, str]
    parent: str
    dependencies: frozenset[str]
    property_dependencies: Mapping[str, frozenset[str]]
    deleted_with: str
    delete_before_replace: bool
    timeouts: Timeouts
    protect: bool
    retain_on_delete: bool
    aliases: tuple[str, ...]
    ignore_changes: tuple[str, ...]
    replace_on_changes: tuple[str, ...]
    secret_outputs: frozenset[str]

    @property
    def package(self) -> str:
        return self.type.partition(":")[0]

    @property
    def is_provider(self) -> bool:
        return self.type.startswith("pulumi:providers:")

    def get(self, *path: str | int) -> Any:
        """The input at a path; None where there is none."""
        value: Any = self.inputs.values
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError):
                return None
        return value


@dataclass(slots=True)
class Recording:
    """Everything one run of a program registered, in order."""

    resources: dict[str, Registration] = field(default_factory=dict)
    outputs: dict[str, Properties] = field(default_factory=dict)
    """What each component, and the stack, registered as its outputs."""
    invokes: list[str] = field(default_factory=list)
    messages: list[tuple[str, str]] = field(default_factory=list)
    """What the program told its user: severity and text."""

    def __iter__(self) -> Iterator[Registration]:
        return iter(self.resources.values())

    def of_type(self, type_: str) -> list[Registration]:
        """All of a type; a test that loops over them has to say how many it expects."""
        return [resource for resource in self if resource.type == type_]

    def one(self, type_: str, name: str | None = None) -> Registration:
        """The only resource of a type, or of a type and logical name."""
        found = [r for r in self.of_type(type_) if name is None or r.name == name]
        if len(found) != 1:
            have = sorted(r.name for r in self.of_type(type_))
            raise AssertionError(f"{type_} {name or ''}: {len(found)} found; of that type: {have}")
        return found[0]

    @property
    def exports(self) -> Properties:
        """The stack's outputs."""
        return next(out for urn, out in self.outputs.items() if f"::{STACK_TYPE}::" in urn)

    def ancestors(self, resource: Registration) -> Iterator[Registration]:
        """Parents, nearest first."""
        while resource.parent in self.resources:
            resource = self.resources[resource.parent]
            yield resource

    def before(self, resource: Registration) -> frozenset[str]:
        """URNs of all that stands before a resource and outlives it.

        As the engine orders: dependencies, provider and parent, of them in turn too.
        """
        seen: set[str] = set()
        waiting = [resource.urn]
        while waiting:
            here = self.resources.get(waiting.pop())
            if here is None:
                continue
            for urn in {*here.dependencies, here.provider, here.parent} - seen:
                seen.add(urn)
                waiting.append(urn)
        return frozenset(seen & self.resources.keys())


class _NoMocks(mocks.Mocks):
    """The monitor answers by itself; whatever still comes here is a mistake."""

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], None]:
        raise UnmockedInvoke(f"{args.token}: no answer is written for this invoke")

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        raise AssertionError(f"{args.typ} ({args.name}) was read, not registered")


class RecordingMonitor(mocks.MockMonitor):
    """The engine's side of a program under test. `recording` fills as it runs.

    With `preview`, computed outputs and ids are unknown, as the real engine leaves them.
    """

    def __init__(self, *, stack: str, project: str, preview: bool) -> None:
        super().__init__(_NoMocks())
        self.recording = Recording()
        self._prefix = f"urn:pulumi:{stack}::{project}::"
        self._preview = preview
        # Registrations come from a pool of threads.
        self._lock = threading.Lock()

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """A URN with every level of parents, as the engine makes it."""
        qualified = parent.removeprefix(self._prefix).rpartition("::")[0]
        inner = "" if qualified in ("", STACK_TYPE) else f"{qualified}$"
        return f"{self._prefix}{inner}{type_}::{name}"

    def RegisterResource(self, request: Any) -> resource_pb2.RegisterResourceResponse:  # noqa: N802
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK_TYPE:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        if request.importId:
            raise AssertionError(f"{urn} imports {request.importId!r}: no program of ours may")
        registration = _registration(request, urn)
        with self._lock:
            if urn in self.recording.resources:
                raise DuplicateUrn(f"{urn} is registered twice")
            self.recording.resources[urn] = registration
        if not registration.custom and not registration.remote:
            return resource_pb2.RegisterResourceResponse(urn=urn, object=request.object)
        made = answer(request.type, request.name, urn, registration.inputs.values)
        if self._preview:
            shown = struct_pb2.Struct()
            shown.CopyFrom(request.object)
            for name in RESHAPED.get(request.type, ()):
                del shown.fields[name]
            return resource_pb2.RegisterResourceResponse(urn=urn, object=shown)
        with self._lock:
            self._remember(made)
        state = struct_pb2.Struct()
        state.CopyFrom(request.object)
        state.MergeFrom(encode(made.outputs))
        return resource_pb2.RegisterResourceResponse(urn=urn, id=made.id, object=state)

    def RegisterResourceOutputs(self, request: Any) -> empty_pb2.Empty:  # noqa: N802
        with self._lock:
            if request.urn in self.recording.outputs:
                raise AssertionError(f"{request.urn} registers its outputs twice")
            self.recording.outputs[request.urn] = decode(request.outputs)
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> resource_pb2.ResourceInvokeResponse:  # noqa: N802
        if request.tok == "pulumi:pulumi:getResource":
            urn = request.args["urn"]
            known = self.resources.get(urn)
            if known is None:
                raise UnmockedInvoke(f"{urn}: the program refers to a resource that is not there")
            found = encode({"urn": urn, "id": known.id, "state": known.state})
            response = resource_pb2.ResourceInvokeResponse()
            getattr(response, "return").CopyFrom(found)  # the field's name is a keyword
            return response
        with self._lock:
            self.recording.invokes.append(request.tok)
        if request.tok in LOOKUPS:
            response = resource_pb2.ResourceInvokeResponse()
            getattr(response, "return").CopyFrom(encode(LOOKUPS[request.tok]))
            return response
        raise UnmockedInvoke(f"{request.tok}: no answer is written for this invoke")

    def ReadResource(self, request: Any) -> resource_pb2.ReadResourceResponse:  # noqa: N802
        raise AssertionError(f"{request.type} ({request.name}) is read: no program of ours may")

    def _remember(self, made: Answer) -> None:
        for urn, state in made.children.items():
            id_ = urn.rpartition("::")[2]
            self.resources[urn] = self.ResourceRegistration(urn, id_, dict(state))


class RecordingEngine:
    """The engine's ear for the program's messages."""

    _SEVERITIES = ("debug", "info", "warning", "error")

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def Log(self, request: Any) -> empty_pb2.Empty:  # noqa: N802
        severity = self._SEVERITIES[request.severity]
        if severity != "debug":
            self._recording.messages.append((severity, request.message))
        return empty_pb2.Empty()


def _registration(request: Any, urn: str) -> Registration:
    timeouts = request.customTimeouts
    return Registration(
        type=request.type,
        name=request.name,
        urn=urn,
        custom=request.custom,
        remote=request.remote,
        inputs=decode(cast("struct_pb2.Struct", request.object)),
        provider=_provider_urn(request.provider),
        providers={package: _provider_urn(ref) for package, ref in request.providers.items()},
        parent=request.parent,
        dependencies=frozenset(request.dependencies),
        property_dependencies={
            name: frozenset(of.urns) for name, of in request.propertyDependencies.items()
        },
        deleted_with=request.deletedWith,
        delete_before_replace=request.deleteBeforeReplace,
        timeouts=Timeouts(create=timeouts.create, update=timeouts.update, delete=timeouts.delete),
        protect=bool(request.protect),
        retain_on_delete=bool(request.retainOnDelete),
        aliases=_aliases(request),
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        secret_outputs=frozenset(request.additionalSecretOutputs),
    )


def _aliases(request: Any) -> tuple[str, ...]:
    """Former names and parents. Kinds that moved between API versions bring their own, by type."""
    specs = ((alias.urn, alias.spec.name, alias.spec.parentUrn) for alias in request.aliases)
    return tuple("/".join(filter(None, spec)) for spec in specs if any(spec))


def _provider_urn(reference: str) -> str:
    """`urn::id` without the id, which a preview does not know."""
    if not reference:
        return ""
    urn, _, id_ = reference.rpartition("::")
    if not id_:
        raise AssertionError(f"{reference}: a provider reference without an id")
    return urn
