"""One row of a cloud's table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Ref:
    """A property that names other resources, and what the service says when one is not there.

    `holds` is whether the service keeps what is named from being deleted.
    """

    path: str
    types: tuple[str, ...]
    missing: str
    holds: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One resource type.

    `prefix` starts ids of the form `vpc-0123456789abcdef0`; types without one are identified by the
    properties in `id_from`, joined with `id_joint`. `unique` are property sets that no two share.
    """

    prefix: str = ""
    id_from: tuple[str, ...] = ()
    id_joint: str = ":"
    name: str = ""
    unique: tuple[tuple[str, ...], ...] = ()
    taken: str = ""
    replace: tuple[str, ...] = ()
    refs: tuple[Ref, ...] = ()
    in_use: str = "DependencyViolation"
    tagged: bool = True
    moves_on_update: tuple[str, ...] = ()
    """Outputs that every update changes: unknown at its preview."""
