"""From a stack file's text to `Settings`, or to every mistake in it at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, cast, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError

from plan.findings import Finding, Severity
from plan.settings.cluster import EksSettings, ExistingSettings
from plan.settings.root import Settings
from plan.settings.types import TOKEN_PREFIX
from plan.suggest import nearest

PROJECT = "gpu-clusters"
STACKS_FOLDER = Path(__file__).resolve().parents[2] / "stacks"
TOKEN_KEY = "huggingFaceToken"
_LONGEST_NUMBER = 80
BLOCKS = ("cluster", "platform", "graphs")
_CLOUDS: dict[str, type[BaseModel]] = {"eks": EksSettings, "existing": ExistingSettings}


class InvalidSettings(Exception):
    """The stack file cannot be read as settings. `findings` holds every mistake."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


class _Loader(yaml.SafeLoader):
    """YAML without two traps.

    A key that stands twice is refused (PyYAML takes the last, in silence), and so is a number of
    thousands of digits (which Python reads in hexadecimal but then cannot write in a message).
    """

    def construct_yaml_int(self, node: Any) -> int:
        if len(node.value) > _LONGEST_NUMBER:
            raise ConstructorError(None, None, "found a number far too long", node.start_mark)
        return super().construct_yaml_int(node)

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise ComposerError(
                        None, None, f"the key {key.value!r} stands twice", key.start_mark
                    )
                seen.add(key.value)
        return node


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)


@dataclass(frozen=True, kw_only=True, slots=True)
class StackFile:
    """One stack file as it stands on disk."""

    name: str
    path: Path
    settings: Settings
    config: Mapping[str, object]


def stack_names(folder: Path = STACKS_FOLDER) -> tuple[str, ...]:
    """The stacks that have a file."""
    files = folder.glob("Pulumi.*.yaml")
    return tuple(sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in files))


def load_stack_file(name: str, folder: Path = STACKS_FOLDER) -> StackFile:
    """Read `Pulumi.<name>.yaml`. Raises InvalidSettings."""
    path = folder / f"Pulumi.{name}.yaml"
    known = stack_names(folder)
    if name not in known:
        raise _invalid(
            "SET002",
            "stack",
            f"no stack {name!r}: there is no file {folder.name}/{path.name}",
            nearest(name, known),
        )
    config = _config_of(_read(path), path)
    blocks, mistakes = _blocks(config)
    try:
        settings = parse_settings(blocks)
    except InvalidSettings as error:
        raise InvalidSettings((*mistakes, *error.findings)) from None
    if mistakes:
        raise InvalidSettings(mistakes)
    return StackFile(name=name, path=path, settings=settings, config=config)


def _read(path: Path) -> object:
    """The YAML document in the file."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
        raise _invalid(
            "SET001",
            path.name,
            f"not valid YAML at {where}: {error.problem or error.context}",
            "look for a missing quote, bracket or colon, or a tab used as indentation",
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _invalid(
            "SET001", path.name, f"cannot be read: {str(error).splitlines()[0]}", "save it as UTF-8"
        ) from None
    except RecursionError:
        raise _invalid(
            "SET001", path.name, "is nested too deeply", "look for brackets that do not close"
        ) from None
    except (OSError, ValueError) as error:
        # A date that does not exist, a directory of that name, a file of somebody else's.
        raise _invalid(
            "SET001", path.name, f"cannot be read: {error}", "correct it, or put it in quotes"
        ) from None


def parse_settings(raw: Mapping[str, object]) -> Settings:
    """`raw` holds the blocks `cluster`, `platform`, `graphs`. Raises InvalidSettings."""
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        details = _root_causes(error.errors())
        raise InvalidSettings(tuple(_finding(raw, detail) for detail in details)) from None


def _config_of(document: object, path: Path) -> Mapping[str, object]:
    config = cast("dict[object, object]", document).get("config") if _is_map(document) else None
    if not _is_map(config):
        raise _invalid(
            "SET001",
            "config",
            f"{path.name} has no `config:` block",
            f"start it with `config:` and the keys {PROJECT}:cluster and {PROJECT}:graphs",
        )
    return {str(key): value for key, value in cast("dict[object, object]", config).items()}


def _blocks(config: Mapping[str, object]) -> tuple[dict[str, object], tuple[Finding, ...]]:
    """The blocks of our own project, and its mistakes: keys nobody reads, a token in the open."""
    prefix = f"{PROJECT}:"
    ours = {k.removeprefix(prefix): v for k, v in config.items() if k.startswith(prefix)}
    known = (*BLOCKS, TOKEN_KEY)
    mistakes = [
        Finding(
            rule="SET003",
            severity=Severity.ERROR,
            path=f"{prefix}{key}",
            message="unknown key",
            fix=nearest(key, known),
        )
        for key in ours
        if key not in known
    ]
    if TOKEN_KEY in ours and not _is_encrypted(ours[TOKEN_KEY]):
        mistakes.append(
            Finding(
                rule="SET004",
                severity=Severity.ERROR,
                path=f"{prefix}{TOKEN_KEY}",
                message="the token stands in the stack file, and not encrypted by Pulumi",
                fix=f"take it out, make a new one and set it with "
                f"`pulumi config set --secret {TOKEN_KEY}`",
                consequence="everybody who can read the repository has the token",
            )
        )
    blocks = {key: value for key, value in ours.items() if key in BLOCKS}
    return blocks, tuple(mistakes)


def _is_encrypted(value: object) -> bool:
    """Whether it is what `pulumi config set --secret` writes."""
    if not _is_map(value):
        return False
    written = cast("dict[object, object]", value)
    return list(written) == ["secure"] and isinstance(written["secure"], str)


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


def _is_map(value: object) -> bool:
    return isinstance(value, dict)


def _invalid(rule: str, path: str, message: str, fix: str) -> InvalidSettings:
    finding = Finding(rule=rule, severity=Severity.ERROR, path=path, message=message, fix=fix)
    return InvalidSettings((finding,))
