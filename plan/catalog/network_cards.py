"""Network cards of EFA machines, and the interfaces a launch template lists for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from plan.catalog.table import rows

Kind = Literal["interface", "efa", "efa-only"]
Style = Literal["current", "older"]
_INTERFACE = re.compile(r"dev(\d)=(interface|efa-only|efa)\b")


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkInterface:
    """One interface: card index, device index on the card, and its type in EC2's words."""

    card: int
    device: int
    kind: Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkCard:
    """One card of a machine, as DescribeInstanceTypes has it."""

    index: int
    max_enis: int | None
    efa_capable: bool
    current: str
    older: str


def layout(machine_type: str, style: Style = "current") -> tuple[NetworkInterface, ...]:
    """Every interface of the machine, ordered by card and device.

    `current` is what the EC2 User Guide recommends today, `older` what preceded it and is still
    accepted by most types. Raises LookupError where the machine has no EFA or no such layout.
    """
    cards = _cards().get(machine_type)
    if not cards:
        raise LookupError(f"{machine_type} has no EFA interfaces")
    written = [card.current if style == "current" else card.older for card in cards]
    if style == "older" and any(text == "n/a" or text.startswith("n/a ") for text in written):
        raise LookupError(f"{machine_type} has no {style} layout: its cards take device 0 only")
    interfaces = [i for card in cards for i in _interfaces(card, style)]
    return tuple(sorted(interfaces, key=lambda i: (i.card, i.device)))


def efa_interfaces(machine_type: str) -> int:
    """How many EFA interfaces the current layout makes."""
    return sum(interface.kind != "interface" for interface in layout(machine_type))


def cards(machine_type: str) -> tuple[NetworkCard, ...]:
    """The machine's cards, by index; none where it has no EFA."""
    return _cards().get(machine_type, ())


def machine_types() -> tuple[str, ...]:
    """Every machine with EFA."""
    return tuple(sorted(_cards()))


def _interfaces(card: NetworkCard, style: Style) -> Iterator[NetworkInterface]:
    text = card.current if style == "current" else card.older
    if "optional" in text:
        return  # an extra interface that the layout allows but does not need
    for device, kind in _INTERFACE.findall(text):
        yield NetworkInterface(card=card.index, device=int(device), kind=cast("Kind", kind))


@cache
def _cards() -> dict[str, tuple[NetworkCard, ...]]:
    found: dict[str, list[NetworkCard]] = {}
    for row in rows("efa_network_cards.csv"):
        card = NetworkCard(
            index=int(row["card"]),
            max_enis=int(row["max_enis"]) if row["max_enis"] else None,
            efa_capable=row["efa_capable"] == "yes",
            current=row["current"],
            older=row["older"],
        )
        found.setdefault(row["machine_type"], []).append(card)
    return {name: tuple(sorted(cards, key=lambda c: c.index)) for name, cards in found.items()}
