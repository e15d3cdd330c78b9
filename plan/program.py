"""The plan of a deployment: all or nothing."""

from __future__ import annotations

from collections.abc import Callable

from plan.model import Plan
from plan.resolve import resolve
from plan.settings import InvalidSettings, parse_settings
from plan.settings.loader import BLOCKS


def require_plan(read: Callable[[str], object | None], stack: str) -> Plan:
    """Read each block of the settings with `read`, and resolve them.

    Raises InvalidSettings, with every error, where the plan cannot be deployed.
    """
    raw = {block: value for block in BLOCKS if (value := read(block)) is not None}
    plan = resolve(parse_settings(raw), stack)
    if plan.errors:
        raise InvalidSettings(plan.errors)
    return plan
