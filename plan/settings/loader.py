"""From a stack file's text to `Settings`, or to every mistake in it at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import ValidationError
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError

from plan.findings import Finding, Severity
from plan.settings.mistakes import findings_of
from plan.settings.root import Settings
from plan.suggest import nearest

PROJECT = "gpu-clusters"
STACKS_FOLDER = Path(__file__).resolve().parents[2] / "stacks"
TOKEN_KEY = "huggingFaceToken"
_LONGEST_NUMBER = 80
BLOCKS = ("cluster", "platform", "graphs")


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
        raise InvalidSettings(findings_of(raw, error)) from None


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


def _is_map(value: object) -> bool:
    return isinstance(value, dict)


def _invalid(rule: str, path: str, message: str, fix: str) -> InvalidSettings:
    finding = Finding(rule=rule, severity=Severity.ERROR, path=path, message=message, fix=fix)
    return InvalidSettings((finding,))
