"""The feature that InfiniBand pools wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pulumi
import pytest

from components.clusters.aks.infiniband import until_registered
from tests.harness import azure_answers
from tests.harness.aks import FEATURE, POOL, aks
from tests.harness.recording import Recording

LOOKUP = "azure-native:features:getSubscriptionFeatureRegistration"


def waiting(states: Iterator[str | None]) -> list[float]:
    """The pauses made until the feature is registered."""
    pauses: list[float] = []

    async def state() -> str | None:
        return next(states)

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    asyncio.run(until_registered(state, pause))
    return pauses


def endlessly(state: str | None) -> Iterator[str | None]:
    while True:
        yield state


def test_the_registration_is_sent_by_a_deployment(h100: Recording) -> None:
    """As a resource it exists before we make it, and destroying it would take it from others."""
    deployment = h100.one(FEATURE)
    (resource,) = deployment.get("properties", "template", "resources")
    assert resource == {
        "type": "Microsoft.Features/featureProviders/subscriptionFeatureRegistrations",
        "apiVersion": "2021-07-01",
        "name": "Microsoft.ContainerService/AKSInfinibandSupport",
        "properties": {},
    }
    assert deployment.get("properties", "mode") == "Incremental"


def test_the_pool_waits_until_it_is_registered(h100: Recording) -> None:
    pool = h100.one(POOL)
    assert h100.one(FEATURE).urn in pool.property_dependencies["resourceName"]
    assert pool.get("resourceName") == "aks-h100"
    assert LOOKUP in h100.invokes


def test_a_pool_on_tcp_does_not(a100: Recording) -> None:
    assert a100.of_type(FEATURE) == []
    assert LOOKUP not in a100.invokes


def test_only_the_infiniband_pool_waits() -> None:
    plain = {"machineType": "Standard_D8s_v5", "nodes": 1}
    recording = aks("aks-h100", ("nodePools.extra", plain))
    extra = recording.one(POOL, "cluster-extra-pool")
    assert recording.one(FEATURE).urn not in extra.property_dependencies["resourceName"]


def test_a_preview_does_not_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(azure_answers.LOOKUPS, LOOKUP)  # asked, it would be refused
    assert aks("aks-h100", preview=True).invokes == []


def test_registered_at_once_is_no_pause() -> None:
    assert waiting(iter(["Registered"])) == []


def test_pauses_grow_from_a_second_to_half_a_minute() -> None:
    states: list[str | None] = ["NotRegistered", *["Registering"] * 6, "Registered"]
    assert waiting(iter(states)) == [1, 2, 4, 8, 16, 30, 30]


@pytest.mark.parametrize(("state", "word"), [("Pending", "Pending"), (None, "unknown")])
def test_after_half_an_hour_the_user_hears_what_to_do(state: str | None, word: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        waiting(endlessly(state))
    message = str(caught.value)
    assert f"AKSInfinibandSupport is {word} after 30 minutes" in message
    assert "az feature register" in message
    assert "az provider register" in message
    assert not message.endswith(".")


def test_half_an_hour_is_all() -> None:
    pauses: list[float] = []

    async def state() -> str | None:
        return "Registering"

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    with pytest.raises(pulumi.RunError):
        asyncio.run(until_registered(state, pause))
    assert 1800 <= sum(pauses) < 1830
