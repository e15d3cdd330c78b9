"""Properties as policies get them: maps and lists of anything, parts of them unknown at preview.

Reading an unknown value raises UnknownValueError. The engine then notes that the policy could not
run, and lets the resource pass; it asks again in `up`, once the value is known and before the
resource is made. So a policy judges all that is known before it lets one through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

from pulumi_policy import PolicyResource
from pulumi_policy.proxy import UnknownValueError

Props = Mapping[str, object]
Read = Callable[[Props, str], object]


def mapping(value: object) -> Props:
    """The value, where it is a map; an empty one where it is missing."""
    return cast("Props", value) if isinstance(value, Mapping) else {}


def items(value: object) -> Sequence[object]:
    """The value, where it is a list; an empty one where it is missing."""
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    return cast("Sequence[object]", value) if is_list else ()


def texts(value: object) -> list[str]:
    """The value's items as text; a lone one counts as a list of one."""
    if isinstance(value, str):
        return [value]
    return [str(item) for item in items(value)]


def yes(value: object) -> bool:
    """Whether a switch is on. Some providers write it as text."""
    return str(value).lower() == "true"


def number(value: object) -> int:
    """A count, which arrives as a float."""
    return int(float(str(value)))


def for_each(value: object, judge: Callable[[int, object], None]) -> None:
    """Judge every item of a list, then raise for one that is, or holds, an unknown value."""
    entries = items(value)

    def judge_at(index: int) -> Callable[[], None]:
        return lambda: judge(index, entries[index])

    every(*(judge_at(index) for index in range(len(entries))))


def every(*checks: Callable[[], None]) -> None:
    """Make every check, then raise for one that met an unknown value."""
    unknown: UnknownValueError | None = None
    for check in checks:
        try:
            check()
        except UnknownValueError as error:
            unknown = error
    if unknown is not None:
        raise unknown


def given(props: Props, key: str) -> object:
    """The value at a key; None where it is missing."""
    return props.get(key)


def known(props: Props, key: str) -> object:
    """The value at a key; None where it is missing, or unknown.

    For what a stack policy may find left out: it sees outputs, and of those a preview does not know
    what the program left to the provider.
    """
    try:
        return props.get(key)
    except UnknownValueError:
        return None


def made_here(resource: PolicyResource, prop: str, type_: str) -> Iterator[PolicyResource]:
    """Resources of this stack that a property was made from: known before any id is."""
    for dependency in resource.property_dependencies.get(prop, []):
        if dependency.resource_type == type_:
            yield dependency
