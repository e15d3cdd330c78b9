"""What an organisation may set differently: a policy's limits, by name, with a default.

A file for `--policy-pack-config` says `{"gpu-nodes-bounded": {"maximum": 2}}`, or
`{"charts-are-pinned": "advisory"}` for another level.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pulumi_policy import PolicyConfigSchema

from rules.props import number, texts


class Configured(Protocol):
    """The arguments of a policy's check."""

    def get_config(self) -> Mapping[str, object]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """A whole number."""

    name: str
    default: int
    description: str

    def of(self, args: Configured) -> int:
        """What is set, or the default."""
        return number(args.get_config().get(self.name, self.default))

    def schema(self) -> dict[str, object]:
        return {"type": "integer", "default": self.default, "description": self.description}


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """A list of names or patterns."""

    name: str
    default: tuple[str, ...]
    description: str

    def of(self, args: Configured) -> tuple[str, ...]:
        """What is set, or the default."""
        value = args.get_config().get(self.name)
        return self.default if value is None else tuple(texts(value))

    def schema(self) -> dict[str, object]:
        return {
            "type": "array",
            "items": {"type": "string"},
            "default": list(self.default),
            "description": self.description,
        }


def schema(*settings: Limit | Names) -> PolicyConfigSchema:
    """The schema of a policy with these settings."""
    return PolicyConfigSchema({setting.name: setting.schema() for setting in settings})
