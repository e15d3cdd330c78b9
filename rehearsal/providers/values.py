"""Plain values as they travel between the engine and a stand-in, and safe ways to read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Props: TypeAlias = "dict[str, Json]"
Path: TypeAlias = "tuple[str | int, ...]"

# What the engine sends at preview for a value nobody knows yet (pulumi sdk, runtime/rpc.py).
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def get(value: Json, *path: str | int) -> Json:
    """The value at `path`, or None where something on the way is missing."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def text(value: Json, *path: str | int) -> str:
    """The string at `path`; empty where there is none."""
    found = get(value, *path)
    return found if isinstance(found, str) else ""


def number(value: Json, *path: str | int) -> int:
    """The whole number at `path`; 0 where there is none."""
    found = get(value, *path)
    return int(found) if isinstance(found, int | float) else 0


def flag(value: Json, *path: str | int) -> bool:
    """Whether true stands at `path`; provider settings arrive as the word "true"."""
    return get(value, *path) in (True, "true")


def mapping(value: Json, *path: str | int) -> Props:
    """The object at `path`; empty where there is none."""
    found = get(value, *path)
    return found if isinstance(found, dict) else {}


def items(value: Json, *path: str | int) -> list[Json]:
    """The list at `path`; empty where there is none."""
    found = get(value, *path)
    return found if isinstance(found, list) else []


def texts(value: Json, *path: str | int) -> list[str]:
    """The strings of the list at `path`."""
    return [item for item in items(value, *path) if isinstance(item, str)]


def select(value: Json, pattern: str) -> list[str]:
    """Strings at a pattern such as `vpcConfig.subnetIds[*]`."""
    found: list[Json] = [value]
    for step in pattern.replace("[*]", ".*").split("."):
        if step == "*":
            found = [item for holder in found for item in items(holder)]
        else:
            found = [get(holder, step) for holder in found]
    return [item for item in found if isinstance(item, str) and item]


def is_unknown(value: Json) -> bool:
    """Whether any part of `value` is not known yet."""
    if isinstance(value, dict):
        return any(is_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(is_unknown(item) for item in value)
    return value == UNKNOWN


def blurred(outputs: Json, inputs: Json) -> Json:
    """`outputs` as a preview may show them: what the program gave is known, the rest is not."""
    if isinstance(outputs, dict) and isinstance(inputs, dict):
        return {key: blurred(item, inputs.get(key)) for key, item in outputs.items()}
    if isinstance(outputs, list) and isinstance(inputs, list) and len(outputs) == len(inputs):
        return [blurred(item, given) for item, given in zip(outputs, inputs, strict=True)]
    return outputs if inputs is not None else UNKNOWN


def changes(old: Json, new: Json, path: Path = ()) -> Iterator[tuple[Path, Json, Json]]:
    """Every place where `new` differs from `old`, as deep as both have the same shape."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            if not key.startswith("__"):
                yield from changes(old.get(key), new.get(key), (*path, key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from changes(before, after, (*path, index))
    elif old != new:
        yield path, old, new


def dotted(path: Path) -> str:
    """A property path in the engine's notation: `a.b[0].c`, with quotes where a key needs them."""
    shown = ""
    for step in path:
        if isinstance(step, int):
            shown += f"[{step}]"
        elif step.replace("_", "").isalnum():
            shown += f".{step}" if shown else step
        else:
            shown += f'["{step}"]'
    return shown


def matches(path: Path, patterns: Mapping[str, object] | frozenset[str]) -> bool:
    """Whether `path`, or what holds it, is one of `patterns` (list positions do not count)."""
    keys = [step for step in path if isinstance(step, str)]
    return any(".".join(keys[:end]) in patterns for end in range(1, len(keys) + 1))
