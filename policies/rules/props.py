"""Properties as policies get them: maps and lists of anything, parts of them unknown at preview.

Reading an unknown value raises UnknownValueError. The engine then notes that the policy could not
run, and lets the resource pass. So a policy judges all that is known before it lets one through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from pulumi_policy.proxy import UnknownValueError

Props = Mapping[str, object]


def mapping(value: object) -> Props:
    """The value, where it is a map; an empty one where it is missing."""
    return cast("Props", value) if isinstance(value, Mapping) else {}


def items(value: object) -> Sequence[object]:
    """The value, where it is a list; an empty one where it is missing."""
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    return cast("Sequence[object]", value) if is_list else ()


def for_each(value: object, judge: Callable[[int, object], None]) -> None:
    """Judge every item of a list, then raise for one that is, or holds, an unknown value."""
    unknown: UnknownValueError | None = None
    entries = items(value)
    for index in range(len(entries)):
        try:
            judge(index, entries[index])
        except UnknownValueError as error:
            unknown = error
    if unknown is not None:
        raise unknown
