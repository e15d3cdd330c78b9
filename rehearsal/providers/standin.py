"""What a stand-in has to answer, in plain values; the engine's protocol is `servicer`'s."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from rehearsal.providers.values import Path, Props


class Refusal(Exception):
    """The simulated service says no, in the words the real one uses.

    `path` is the property at fault, where one is.
    """

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(f"{message} (at {path})" if path else message)
        self.message = message
        self.path = path


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """The resource a call is about, and the settings of the provider it goes through."""

    type: str
    name: str
    urn: str
    config: Props


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """What changed between two sets of inputs; True where the change needs a new resource."""

    changed: dict[Path, bool] = field(default_factory=dict[Path, bool])
    delete_first: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A resource as it exists."""

    id: str
    inputs: Props
    outputs: Props


class StandIn(Protocol):
    """One Pulumi package, simulated."""

    @property
    def package(self) -> str:
        """The package's name, as it stands before the first colon of its tokens."""
        ...

    def check(self, subject: Subject, inputs: Props, olds: Props | None, seed: bytes) -> Props:
        """The inputs with defaults and automatic names filled in; names of `olds` stay."""
        ...

    def diff(self, subject: Subject, olds: Props, news: Props) -> Difference:
        """What an update from `olds` to `news` would change."""
        ...

    def preview(self, subject: Subject, inputs: Props, current: Made | None) -> Props:
        """The outputs as far as they are known before a create (`current` is None) or an update."""
        ...

    def create(self, subject: Subject, inputs: Props) -> Made:
        """Make it, or raise `Refusal`."""
        ...

    def read(self, subject: Subject, id: str) -> Made | None:
        """The resource as it is now; None where it is gone."""
        ...

    def update(self, subject: Subject, id: str, inputs: Props) -> Made:
        """Change it in place, or raise `Refusal`."""
        ...

    def delete(self, subject: Subject, id: str) -> None:
        """Delete it, or raise `Refusal`."""
        ...

    def invoke(self, config: Props, token: str, args: Props) -> Props:
        """Answer a lookup."""
        ...
