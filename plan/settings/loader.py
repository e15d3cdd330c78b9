"""From a stack file's text to `Settings`, or to every mistake in it at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from plan.findings import Finding, Severity
from plan.settings.cluster import EksSettings, ExistingSettings
from plan.settings.root import Settings
from plan.suggest import nearest

PROJECT = "gpu-clusters"
STACKS_FOLDER = Path(__file__).resolve().parents[2] / "stacks"
TOKEN_KEY = "huggingFaceToken"
BLOCKS = ("cluster", "platform", "graphs")
_CLOUDS: dict[str, type[BaseModel]] = {"eks": EksSettings, "existing": ExistingSettings}


class InvalidSettings(Exception):
    """The stack file cannot be read as settings. `findings` holds every mistake."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


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
    if not path.is_file():
        known = stack_names(folder)
        raise _invalid(
            "SET002",
            "stack",
            f"no stack {name!r}: there is no file {folder.name}/{path.name}",
            nearest(name, known),
        )
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
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
            "SET001", path.name, f"cannot be read: {error}", "save it as UTF-8"
        ) from None
    config = _config_of(document, path)
    return StackFile(name=name, path=path, settings=parse_settings(_blocks(config)), config=config)


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


def _blocks(config: Mapping[str, object]) -> dict[str, object]:
    """The blocks of our own project; a key of ours that nobody reads is a mistake."""
    prefix = f"{PROJECT}:"
    ours = {k.removeprefix(prefix): v for k, v in config.items() if k.startswith(prefix)}
    known = (*BLOCKS, TOKEN_KEY)
    unknown = [
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
    if isinstance(ours.get(TOKEN_KEY), str):
        unknown.append(
            Finding(
                rule="SET004",
                severity=Severity.ERROR,
                path=f"{prefix}{TOKEN_KEY}",
                message="the token stands in the stack file in plain text",
                fix=f"take it out, make a new one and set it with "
                f"`pulumi config set --secret {TOKEN_KEY}`",
                consequence="everybody who can read the repository has the token",
            )
        )
    if unknown:
        raise InvalidSettings(tuple(unknown))
    return {key: value for key, value in ours.items() if key in BLOCKS}


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
    path = ".".join(str(step) for step in location) or "config"
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
            return f"cloud {given!r} is not known", nearest(str(given), tuple(_CLOUDS))
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
    model: Any = Settings
    cluster = raw.get("cluster")
    for step in location[:-1]:
        if step == "cluster" and _is_map(cluster):
            model = _CLOUDS[str(cast("dict[object, object]", cluster)["cloud"])]
            continue
        model = _child_model(model, step)
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _child_model(model: Any, step: int | str) -> Any:
    """The model one step further down: through a field, or past a list index or map key."""
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    if step not in fields:
        return model
    annotation: Any = fields[str(step)].annotation
    return _innermost_model(annotation) or model


def _innermost_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in get_args(annotation):
        found = _innermost_model(argument)
        if found is not None:
            return found
    return None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _is_map(value: object) -> bool:
    return isinstance(value, dict)


def _invalid(rule: str, path: str, message: str, fix: str) -> InvalidSettings:
    finding = Finding(rule=rule, severity=Severity.ERROR, path=path, message=message, fix=fix)
    return InvalidSettings((finding,))
