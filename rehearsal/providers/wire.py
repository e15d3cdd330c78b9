"""The engine's messages as plain values, and back. Secrets and unknowns survive the trip."""

from __future__ import annotations

from dataclasses import dataclass

from google.protobuf.struct_pb2 import Struct, Value

from rehearsal.providers.values import UNKNOWN, Json, Path, Props

# Signatures from the Pulumi protocol (pulumi sdk, runtime/rpc.py).
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """Values without their secret marks, and the places where the marks were."""

    props: Props
    secrets: frozenset[Path]


def decode(struct: Struct) -> Message:
    """Unwrap a message of the engine."""
    secrets: set[Path] = set()
    props: Props = {key: _decode(value, (key,), secrets) for key, value in struct.fields.items()}
    return Message(props=props, secrets=frozenset(secrets))


def _decode(value: Value, path: Path, secrets: set[Path]) -> Json:
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "number_value":
            whole = int(value.number_value)
            return whole if whole == value.number_value else value.number_value
        case "list_value":
            return [
                _decode(item, (*path, index), secrets)
                for index, item in enumerate(value.list_value.values)
            ]
        case "struct_value":
            return _decode_struct(value.struct_value, path, secrets)
        case _:
            return None


def _decode_struct(struct: Struct, path: Path, secrets: set[Path]) -> Json:
    fields = struct.fields
    signature = fields[_SIGNATURE].string_value if _SIGNATURE in fields else ""
    if signature == _SECRET or (signature == _OUTPUT and fields["secret"].bool_value):
        secrets.add(path)
    if signature in (_SECRET, _OUTPUT):
        return _decode(fields["value"], path, secrets) if "value" in fields else UNKNOWN
    if signature == _RESOURCE:
        return (fields["id"] if "id" in fields else fields["urn"]).string_value
    return {key: _decode(item, (*path, key), secrets) for key, item in fields.items()}


def encode(props: Props, secrets: frozenset[Path] = frozenset()) -> Struct:
    """Wrap values for the engine, marking again what was secret."""
    struct = Struct()
    for key, item in props.items():
        _encode(item, (key,), secrets, struct.fields[key])
    return struct


def _encode(value: Json, path: Path, secrets: frozenset[Path], into: Value) -> None:
    if path in secrets:
        fields = into.struct_value.fields
        fields[_SIGNATURE].string_value = _SECRET
        into = fields["value"]
    if value is None:
        into.null_value = 0  # pyright: ignore[reportAttributeAccessIssue] - the enum's only value
    elif isinstance(value, bool):
        into.bool_value = value
    elif isinstance(value, int | float):
        into.number_value = value
    elif isinstance(value, str):
        into.string_value = value
    elif isinstance(value, list):
        into.list_value.SetInParent()
        for index, item in enumerate(value):
            _encode(item, (*path, index), secrets, into.list_value.values.add())
    else:
        into.struct_value.SetInParent()
        for key, item in value.items():
            _encode(item, (*path, key), secrets, into.struct_value.fields[key])
