"""The simulated account: references, unique names, owners, leftovers."""

from __future__ import annotations

import pytest

from rehearsal.providers.standin import Refusal
from rehearsal.providers.world import Key, Record, World


def record(id: str, **more: object) -> Record:
    return Record(key=Key("aws", "t", id), name=id, inputs={}, outputs={}, **more)  # type: ignore[arg-type]


def test_a_reference_to_nothing_is_refused() -> None:
    with pytest.raises(Refusal, match="t missing does not exist"):
        World().create(record("a", refs=frozenset({Key("aws", "t", "missing")})))


def test_a_unique_name_is_taken_until_its_holder_goes() -> None:
    world = World()
    world.create(record("a", unique=frozenset({"name"})))
    with pytest.raises(Refusal, match="AlreadyExists"):
        world.create(record("b", unique=frozenset({"name"})))
    world.delete(Key("aws", "t", "a"))
    world.create(record("b", unique=frozenset({"name"})))
    assert [held.id for held in world.inventory()] == ["b"]


def test_a_refused_name_claims_nothing() -> None:
    world = World()
    world.create(record("a", unique=frozenset({"x"})))
    with pytest.raises(Refusal):
        world.create(record("b", unique=frozenset({"x", "free"})))
    world.create(record("c", unique=frozenset({"free"})))


def test_an_update_frees_the_old_name() -> None:
    world = World()
    world.create(record("a", unique=frozenset({"old"})))
    world.update(record("a", unique=frozenset({"new"})))
    world.create(record("b", unique=frozenset({"old"})))
    with pytest.raises(Refusal):
        world.create(record("c", unique=frozenset({"new"})))


def test_what_is_used_stays_and_the_user_is_named() -> None:
    world = World()
    world.create(record("a"))
    world.create(record("user", refs=frozenset({Key("aws", "t", "a")})))
    with pytest.raises(Refusal, match=r"DependencyViolation: a .* user .* still uses a"):
        world.delete(Key("aws", "t", "a"))


def test_owned_things_go_along_unless_somebody_else_needs_them() -> None:
    world = World()
    owner = Key("aws", "t", "owner")
    world.create(record("owner"))
    world.create(record("owned", owner=owner, refs=frozenset({owner})))
    world.create(record("user", refs=frozenset({Key("aws", "t", "owned")})))
    with pytest.raises(Refusal, match="user"):
        world.delete(owner)
    world.delete(Key("aws", "t", "user"))
    world.delete(owner)
    assert world.inventory() == []


def test_a_dead_cluster_leaks_what_it_made_in_the_cloud() -> None:
    world = World()
    for id, outlives in (("claim", "volume"), ("pod", "")):
        key = Key("kubernetes", "t", id, "server")
        world.create(Record(key=key, name=id, inputs={}, outputs={}, outlives=outlives))
    world.end_cluster("server")
    assert [(held.type, held.id) for held in world.inventory()] == [("leaked volume", "claim")]
