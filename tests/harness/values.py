"""Inputs as a program sends them, made plain: secrets, unknowns and references told apart.

On the wire a secret is a map with a signature, an integer is a float and an unknown is a string:
tests that compare raw inputs pass or fail for the wrong reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

Path = tuple[str | int, ...]
_SIGNATURE = rpc._special_sig_key
_SECRET = rpc._special_secret_sig
_RESOURCE = rpc._special_resource_sig


class Unknown:
    """A value that a preview cannot know."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Reference:
    """A whole resource, passed as a value."""

    urn: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Properties:
    """Plain values, and the paths at which they are secret or unknown."""

    values: Mapping[str, object]
    secrets: frozenset[Path]
    unknowns: frozenset[Path]

    def is_secret(self, *path: str | int) -> bool:
        """Whether the value there is inside a secret."""
        return any(path[:length] in self.secrets for length in range(1, len(path) + 1))

    def leaves(self) -> Iterator[tuple[Path, object]]:
        """Every value that is no container, with its path."""
        return _leaves(self.values, ())


def decode(struct: struct_pb2.Struct) -> Properties:
    """Properties of a wire message. Raises TypeError for a kind of value we never send."""
    secrets: set[Path] = set()
    unknowns: set[Path] = set()

    def one(value: struct_pb2.Value, path: Path) -> object:
        match value.WhichOneof("kind"):
            case "null_value":
                return None
            case "bool_value":
                return value.bool_value
            case "number_value":
                number = value.number_value
                return int(number) if number.is_integer() else number
            case "string_value":
                if value.string_value == rpc.UNKNOWN:
                    unknowns.add(path)
                    return UNKNOWN
                return value.string_value
            case "list_value":
                return [one(item, (*path, i)) for i, item in enumerate(value.list_value.values)]
            case "struct_value":
                return fields(value.struct_value, path)
            case kind:
                raise TypeError(f"{path}: a value of kind {kind!r}")

    def fields(struct: struct_pb2.Struct, path: Path) -> object:
        if _SIGNATURE not in struct.fields:
            return {key: one(value, (*path, key)) for key, value in struct.fields.items()}
        signature = struct.fields[_SIGNATURE].string_value
        if signature == _SECRET:
            secrets.add(path)
            return one(struct.fields["value"], path)
        if signature == _RESOURCE:
            return Reference(struct.fields["urn"].string_value)
        raise TypeError(f"{path}: a value with the signature {signature!r}")

    values = cast("dict[str, object]", fields(struct, ()))
    return Properties(values=values, secrets=frozenset(secrets), unknowns=frozenset(unknowns))


def encode(values: Mapping[str, object]) -> struct_pb2.Struct:
    """The wire form of outputs that a stand-in makes up."""
    struct = struct_pb2.Struct()
    struct.update(cast("dict[str, Any]", _wire(values)))
    return struct


def at(values: object, *path: str | int) -> object:
    """The value at a path; KeyError or IndexError where there is none."""
    for step in path:
        values = values[step]  # pyright: ignore[reportIndexIssue]
    return values


def _wire(value: object) -> object:
    match value:
        case Reference(urn=urn):
            return {_SIGNATURE: _RESOURCE, "urn": urn, "id": urn.rpartition("::")[2]}
        case dict():
            return {key: _wire(item) for key, item in value.items()}
        case list():
            return [_wire(item) for item in value]
        case _:
            return value


def _leaves(value: object, path: Path) -> Iterator[tuple[Path, object]]:
    match value:
        case dict():
            for key, item in value.items():
                yield from _leaves(item, (*path, str(key)))
        case list():
            for index, item in enumerate(value):
                yield from _leaves(item, (*path, index))
        case _:
            yield path, value
