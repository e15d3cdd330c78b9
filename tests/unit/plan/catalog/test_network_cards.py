"""EFA layouts obey EC2's rules, machine by machine."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.catalog import network_cards
from plan.catalog.network_cards import NetworkInterface, Style
from plan.catalog.table import rows

STYLES: tuple[Style, ...] = ("current", "older")
# Card 0 of these has no EFA, so that the older layout (card 0 `efa`) does not exist for them.
ONLY_CURRENT = {"p6-b300.48xlarge", "p6e-gb200.36xlarge"}
LAYOUTS = [
    (machine, style)
    for machine, style in product(network_cards.machine_types(), STYLES)
    if style == "current" or machine not in ONLY_CURRENT
]


@pytest.mark.parametrize(("machine", "style"), LAYOUTS)
def test_a_layout_obeys_ec2(machine: str, style: Style) -> None:
    layout = network_cards.layout(machine, style)
    places = [(interface.card, interface.device) for interface in layout]
    cards = {card.index: card for card in network_cards.cards(machine)}

    assert layout[0].card == layout[0].device == 0, "the primary interface is card 0, device 0"
    assert layout[0].kind in {"interface", "efa"}, "efa-only cannot be primary"
    assert places == sorted(set(places)), "ordered, and no place twice"
    assert {card for card, _ in places} <= set(cards)
    on_card = Counter(interface.card for interface in layout if interface.kind != "interface")
    assert all(count == 1 for count in on_card.values()), "one EFA a card at most"
    for index, count in Counter(card for card, _ in places).items():
        most = cards[index].max_enis
        assert most is None or count <= most


@pytest.mark.parametrize(
    ("machine", "style"),
    LAYOUTS,
)
def test_an_efa_is_on_a_card_that_can(machine: str, style: Style) -> None:
    cards = {card.index: card for card in network_cards.cards(machine)}
    layout = network_cards.layout(machine, style)
    assert all(cards[i.card].efa_capable for i in layout if i.kind != "interface")


@pytest.mark.parametrize(("machine", "style"), LAYOUTS)
def test_both_layouts_make_every_efa_interface(machine: str, style: Style) -> None:
    layout = network_cards.layout(machine, style)
    made = sum(interface.kind != "interface" for interface in layout)
    assert made == network_cards.efa_interfaces(machine)


@pytest.mark.parametrize("machine", network_cards.machine_types())
def test_cards_are_numbered_without_gaps(machine: str) -> None:
    indexes = [card.index for card in network_cards.cards(machine)]
    assert indexes == list(range(len(indexes)))


def test_no_card_stands_twice() -> None:
    keys = Counter((row["machine_type"], row["card"]) for row in rows("efa_network_cards.csv"))
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize("machine", ["p5.48xlarge", "p5e.48xlarge"])
def test_p5_has_one_ena_and_32_efa_only(machine: str) -> None:
    expected = [NetworkInterface(card=0, device=0, kind="interface")]
    expected += [
        NetworkInterface(card=card, device=1 if card == 0 else 0, kind="efa-only")
        for card in range(32)
    ]
    assert list(network_cards.layout(machine)) == expected


def test_p5_older_layout_has_no_interface_of_its_own() -> None:
    expected = [NetworkInterface(card=0, device=0, kind="efa")]
    expected += [NetworkInterface(card=card, device=1, kind="efa-only") for card in range(1, 32)]
    assert list(network_cards.layout("p5.48xlarge", "older")) == expected


def test_p6_b300_has_no_efa_on_card_0() -> None:
    expected = [NetworkInterface(card=0, device=0, kind="interface")]
    expected += [NetworkInterface(card=card, device=0, kind="efa-only") for card in range(1, 17)]
    assert list(network_cards.layout("p6-b300.48xlarge")) == expected


def test_p6e_gb200_uses_one_card_of_each_pair() -> None:
    efa = [i.card for i in network_cards.layout("p6e-gb200.36xlarge") if i.kind == "efa-only"]
    assert efa == [1, 5, 9, 13]


@pytest.mark.parametrize("machine", sorted(ONLY_CURRENT))
def test_no_older_layout_where_card_0_has_no_efa(machine: str) -> None:
    with pytest.raises(LookupError, match=f"{machine} has no older layout"):
        network_cards.layout(machine, "older")


@given(st.text(max_size=30))
def test_other_machines_have_no_efa(machine: str) -> None:
    if machine in network_cards.machine_types():
        return
    assert network_cards.cards(machine) == ()
    with pytest.raises(LookupError, match="has no EFA interfaces"):
        network_cards.layout(machine)
