"""How a mistake in a stack file is worded: the user's own path, what is wrong, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from plan.findings import Finding, Severity
from plan.settings.aks import AksSettings
from plan.settings.eks import EksSettings
from plan.settings.existing import ExistingSettings
from plan.settings.gke import GkeSettings
from plan.settings.root import Settings
from plan.settings.types import TOKEN_PREFIX
from plan.suggest import nearest

_CLOUDS: dict[str, type[BaseModel]] = {
    "eks": EksSettings,
    "aks": AksSettings,
    "gke": GkeSettings,
    "existing": ExistingSettings,
}


def findings_of(raw: Mapping[str, object], error: ValidationError) -> tuple[Finding, ...]:
    """Every mistake that pydantic found in `raw`, in the words of this project."""
    return tuple(_finding(raw, detail) for detail in _root_causes(error.errors()))


def _root_causes(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """A list whose only item is wrong is also "too short": say the first, not the second."""
    wrong = [detail["loc"] for detail in details]

    def follows(detail: ErrorDetails) -> bool:
        depth = len(detail["loc"])
        inner = any(loc[:depth] == detail["loc"] and len(loc) > depth for loc in wrong)
        return detail["type"] == "too_short" and inner

    return [detail for detail in details if not follows(detail)]


def _finding(raw: Mapping[str, object], detail: ErrorDetails) -> Finding:
    location = _without_tags(raw, detail["loc"])
    # pydantic's own mark for a map's key is nothing that the user wrote.
    path = ".".join(str(step) for step in location if step != "[key]") or "config"
    message, fix = _wording(raw, location, detail)
    return Finding(rule="SET003", severity=Severity.ERROR, path=path, message=message, fix=fix)


def _wording(
    raw: Mapping[str, object], location: tuple[int | str, ...], detail: ErrorDetails
) -> tuple[str, str]:
    match detail["type"]:
        case "missing":
            return "is required and not there", "add it"
        case "extra_forbidden":
            allowed = _keys_beside(raw, location)
            return "unknown key", nearest(str(location[-1]), allowed)
        case "union_tag_not_found":
            return "does not say which cloud", f"add cloud: one of {', '.join(_CLOUDS)}"
        case "union_tag_invalid":
            given = detail["input"].get("cloud")
            name = given if isinstance(given, str) else ""
            return f"cloud {_short(given)} is not known", nearest(name, tuple(_CLOUDS))
        case "model_type" | "model_attributes_type" | "dict_type":
            return (
                f"must be a block of keys, got {_short(detail['input'])}",
                "indent its keys below",
            )
        case _:
            reason = detail["msg"].removeprefix("Value error, ")
            reason = reason[0].lower() + reason[1:]
            if detail["type"] == "string_pattern_mismatch" and location[-1] == "[key]":
                return f"the name {detail['input']!r} is not allowed: {reason}", "rename it"
            return f"{reason}; got {_short(detail['input'])}", "change the value"


def _without_tags(raw: object, location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Drop what pydantic adds to a path but the stack file does not hold (the union's tag)."""
    if len(location) > 1 and location[0] == "cluster" and location[1] in _CLOUDS:
        return (location[0], *location[2:])
    return location


def _keys_beside(raw: Mapping[str, object], location: tuple[int | str, ...]) -> tuple[str, ...]:
    """The keys that the model at `location`'s parent knows."""
    kind: Any = Settings
    steps = location[:-1]
    if steps and steps[0] == "cluster":
        cluster = cast("dict[object, object]", raw["cluster"])
        kind, steps = _CLOUDS[str(cluster["cloud"])], steps[1:]
    for step in steps:
        kind = _inside(kind, step)
    return tuple(_fields(kind))


def _inside(kind: Any, step: int | str) -> Any:
    """The type one step further down: a model's field, a map's value or a list's item.

    The type says which, not the step: a graph may well be called `frontend`.
    """
    if _is_model(kind):
        inner: Any = _fields(kind)[str(step)].annotation
    else:  # dict[name, value] or tuple[item, ...]
        inner = next(a for a in reversed(get_args(kind)) if a is not Ellipsis)
    if get_origin(inner) is UnionType:  # a field that may be left out
        inner = next(a for a in get_args(inner) if a is not NoneType)
    return inner


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _fields(model: Any) -> dict[str, FieldInfo]:
    """A model's fields, by the name in the stack file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _short(value: object) -> str:
    text = repr(value)
    if TOKEN_PREFIX in text:
        return "what looks like a token, so it is not shown"
    return text if len(text) <= 80 else f"{text[:77]}..."
