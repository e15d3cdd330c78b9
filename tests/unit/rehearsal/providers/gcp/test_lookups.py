"""What the data sources answer, and what a seed may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rehearsal.providers.seed import read_seed
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import get, text
from rehearsal.providers.world import Reservation

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.rehearsal.providers.gcp.conftest import Project

RESERVATION = "gcp:compute/getReservation:getReservation"


def test_the_client_is_the_providers(project: Project) -> None:
    found = project.invoke("gcp:organizations/getClientConfig:getClientConfig")
    assert (found["project"], found["region"]) == ("p", "us-central1")
    assert text(found, "accessToken") == "simulated"


def test_engine_versions_follow_the_prefix(project: Project) -> None:
    found = project.invoke(
        "gcp:container/getEngineVersions:getEngineVersions",
        location="us-central1",
        versionPrefix="1.34.",
    )
    assert text(found, "latestMasterVersion").startswith("1.34.")
    assert get(found, "validMasterVersions", 0) == found["latestMasterVersion"]


def test_a_reservation_that_is_there(project: Project) -> None:
    found = project.invoke(RESERVATION, name="mine", zone="us-central1-b")
    machine = get(found, "specificReservations", 0, "instanceProperties", 0, "machineType")
    assert (machine, get(found, "specificReservations", 0, "count")) == ("a3-ultragpu-8g", 2)
    for name, zone in (("mine", "us-central1-c"), ("late", "us-central1-b")):
        with pytest.raises(Refusal, match=rf"zones/{zone}/reservations/{name}' was not found"):
            project.invoke(RESERVATION, name=name, zone=zone)


def test_an_unknown_lookup_is_refused(project: Project) -> None:
    with pytest.raises(Refusal, match="does not know the lookup gcp:x"):
        project.invoke("gcp:x")


def test_reservations_of_a_seed(tmp_path: Path) -> None:
    file = tmp_path / "seed.json"
    file.write_text(
        '{"reservations": [{"name": "r", "project": "p", "zone": "us-central1-b",'
        ' "machineType": "a3-ultragpu-8g", "count": 2, "specific": true}]}'
    )
    assert read_seed(file).reservations == (
        Reservation(
            name="r",
            project="p",
            zone="us-central1-b",
            machine_type="a3-ultragpu-8g",
            count=2,
            specific=True,
        ),
    )
