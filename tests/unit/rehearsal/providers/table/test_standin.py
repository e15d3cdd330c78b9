"""The life cycle that the clouds share, on a table of two kinds that no cloud has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rehearsal.providers.standin import Made, Refusal, Subject
from rehearsal.providers.table import INVENTORY, Kind, Ref, TableStandIn
from rehearsal.providers.values import UNKNOWN, Props, text
from rehearsal.providers.world import Key, Record, World

HOUSE, TENANT, KEY = "toy:index:House", "toy:index:Tenant", "toy:index:Key"


class Toy(TableStandIn):
    package = "toy"
    kinds = {
        HOUSE: Kind(prefix="house", name="name", replace=("street",), moves_on_update=("age",)),
        TENANT: Kind(
            id_from=("name",),
            refs=(
                Ref(path="house", types=(HOUSE,), missing="NoHouse"),
                Ref(path="former", types=(HOUSE,), missing="NoFormer", holds=False),
            ),
            unique=(("desk",),),
            taken="DeskTaken",
            in_use="Lives",
        ),
        KEY: Kind(id_from=("name",)),
    }

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.gone: list[str] = []

    def computed(self, subject: Subject, id: str, inputs: Props, old: Record | None) -> Props:
        if subject.type != HOUSE:
            return inputs
        return {**inputs, "age": 1 if old is None else 2, "door": f"door of {id}"}

    def answer(self, config: Props, token: str, args: Props) -> Props:
        return {"token": token}

    def owner(self, subject: Subject, inputs: Props) -> Key | None:
        return Key("toy", HOUSE, text(inputs, "opens")) if subject.type == KEY else None

    def elsewhere(self, ref: Ref, handle: str) -> bool:
        return handle == "abroad"

    def before_delete(self, record: Record) -> None:
        if record.inputs.get("listed"):
            raise Refusal("listed houses stay")

    def after_delete(self, record: Record) -> None:
        self.gone.append(record.key.type)


@pytest.fixture
def toy() -> Toy:
    return Toy(World())


def subject(type: str, name: str = "x") -> Subject:
    return Subject(type=type, name=name, urn=f"urn::{name}", config={})


def made(toy: Toy, type: str, **inputs: str | bool) -> Made:
    return toy.create(subject(type), toy.check(subject(type), {**inputs}, None, b"seed"))


def test_what_is_named_must_be_there_or_elsewhere(toy: Toy) -> None:
    with pytest.raises(Refusal, match=r"NoHouse: house-1 does not exist \(at house\)"):
        made(toy, TENANT, name="t", house="house-1")
    assert made(toy, TENANT, name="t", house="abroad").id == "t"


def test_a_reference_holds_what_it_names_unless_it_says_not(toy: Toy) -> None:
    house, former = made(toy, HOUSE), made(toy, HOUSE)
    tenant = made(toy, TENANT, name="t", house=house.id, former=former.id)
    toy.delete(subject(HOUSE), former.id)
    with pytest.raises(Refusal, match=r"toy:index:Tenant t \(x\) still uses house-"):
        toy.delete(subject(HOUSE), house.id)
    toy.delete(subject(TENANT), tenant.id)
    toy.delete(subject(HOUSE), house.id)
    assert toy.world.inventory() == []


def test_what_is_owned_goes_along_and_is_told(toy: Toy) -> None:
    house = made(toy, HOUSE)
    made(toy, KEY, name="k", opens=house.id)
    toy.delete(subject(HOUSE), house.id)
    assert toy.gone == [HOUSE, KEY]
    toy.delete(subject(HOUSE), house.id)
    assert toy.gone == [HOUSE, KEY], "what is gone is not deleted twice"


def test_a_rule_keeps_what_it_refuses(toy: Toy) -> None:
    house = made(toy, HOUSE, listed=True)
    with pytest.raises(Refusal, match="listed houses stay"):
        toy.delete(subject(HOUSE), house.id)
    assert toy.read(subject(HOUSE), house.id) == house


def test_names_nobody_shares(toy: Toy) -> None:
    made(toy, TENANT, name="a", desk="1")
    with pytest.raises(Refusal, match="DeskTaken"):
        made(toy, TENANT, name="b", desk="1")


def test_an_update_knows_what_it_changes(toy: Toy) -> None:
    house = made(toy, HOUSE)
    changed = toy.update(subject(HOUSE), house.id, {**house.inputs, "colour": "red"})
    assert (changed.outputs["age"], changed.outputs["colour"]) == (2, "red")
    with pytest.raises(Refusal, match="NotFound: toy:index:House house-0 does not exist"):
        toy.update(subject(HOUSE), "house-0", {})


def test_previews(toy: Toy) -> None:
    new = toy.preview(subject(HOUSE), {"street": "s"}, None)
    assert new == {"street": "s", "age": UNKNOWN, "door": UNKNOWN}
    house = made(toy, HOUSE)
    later = toy.preview(subject(HOUSE), {**house.inputs, "colour": "red"}, house)
    assert (later["age"], later["door"]) == (UNKNOWN, f"door of {house.id}")


def test_a_replacement_of_a_fixed_name_deletes_first(toy: Toy) -> None:
    fixed: Props = {"name": "n", "street": "a"}
    assert toy.diff(subject(HOUSE), fixed, {**fixed, "street": "b"}).delete_first
    drawn: Props = {**fixed, "__defaults": ["name"]}
    assert not toy.diff(subject(HOUSE), drawn, {**drawn, "street": "b"}).delete_first
    assert not toy.diff(subject(HOUSE), fixed, {**fixed, "colour": "b"}).delete_first


def test_lookups(toy: Toy) -> None:
    made(toy, KEY, name="k", opens="house-1")
    held = toy.invoke({}, INVENTORY, {})
    assert held == {"held": [{"package": "toy", "type": KEY, "id": "k", "name": "x", "note": ""}]}
    assert toy.invoke({}, "toy:index:other", {}) == {"token": "toy:index:other"}


def test_a_type_that_is_not_in_the_table(toy: Toy) -> None:
    for call in (
        lambda s: toy.check(s, {}, None, b""),
        lambda s: toy.diff(s, {}, {}),
        lambda s: toy.create(s, {}),
        lambda s: toy.read(s, "id"),
        lambda s: toy.delete(s, "id"),
    ):
        with pytest.raises(Refusal, match="the toy stand-in does not know toy:index:Boat"):
            call(subject("toy:index:Boat"))


def test_clusters_answer_while_they_run() -> None:
    world = World()
    world.start_cluster("https://a")
    claim = Record(
        key=Key("kubernetes", "Claim", "kept", "https://a"),
        name="kept",
        inputs={},
        outputs={},
        outlives="volume",
    )
    world.create(claim)
    world.create(replace(claim, key=claim.key._replace(id="gone"), name="gone"))
    assert world.answers("https://a")
    world.end_cluster("https://a", leaves=lambda record: record.name == "kept")
    assert not world.answers("https://a")
    assert [held.name for held in world.inventory()] == ["kept"]
