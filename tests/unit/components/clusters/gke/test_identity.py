"""Services of the project, and the account of the nodes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.clusters.gke.identity import account_id
from tests.harness.recording import Recording

_ACCOUNT_ID = re.compile(r"[a-z]([-a-z0-9]{4,28}[a-z0-9])")
_CLUSTER_NAME = r"\A[a-z]([-a-z0-9]{0,38}[a-z0-9])?\Z"
_ALWAYS = {"cloudresourcemanager", "compute", "container", "iam"}


@given(st.from_regex(_CLUSTER_NAME))
def test_account_ids_are_ids_of_accounts(name: str) -> None:
    assert _ACCOUNT_ID.fullmatch(account_id(name))


def test_account_ids_of_long_names_differ() -> None:
    first, second = ("a" * 39 + end for end in "bc")
    assert account_id("gke-h200") == "gke-h200-nodes"
    assert account_id(first) != account_id(second)


@pytest.mark.parametrize(
    ("stack", "more"),
    [("mocker", set[str]()), ("l4", {"file"}), ("h200", {"lustre", "servicenetworking"})],
)
def test_the_apis_that_are_used(request: pytest.FixtureRequest, stack: str, more: set[str]) -> None:
    recording: Recording = request.getfixturevalue(stack)
    services = recording.of_type("gcp:projects/service:Service")
    assert {s.get("service") for s in services} == {f"{n}.googleapis.com" for n in _ALWAYS | more}
    # Switched off they would be off for every other stack of the project too.
    assert [s.get("disableOnDestroy") for s in services] == [False] * len(services)


def test_nothing_of_google_cloud_is_made_before_its_api_is_on(h200: Recording) -> None:
    services = {s.urn for s in h200.of_type("gcp:projects/service:Service")}
    component = h200.one("gpuclusters:gke:Services")
    made = [r for r in h200 if r.package == "gcp" and r.urn not in services]
    assert len(made) > 20
    assert [r.name for r in made if component.urn not in h200.before(r)] == []


def test_nodes_may_log_and_nothing_else(h200: Recording) -> None:
    member = h200.one("gcp:projects/iAMMember:IAMMember")
    account = h200.one("gcp:serviceaccount/account:Account")
    assert member.get("role") == "roles/container.defaultNodeServiceAccount"
    assert member.property_dependencies["member"] == {account.urn}
    assert account.get("accountId") == "gke-h200-nodes"


def test_nodes_keep_their_roles_to_the_end(h200: Recording) -> None:
    member = h200.one("gcp:projects/iAMMember:IAMMember")
    pools = h200.of_type("gcp:container/nodePool:NodePool")
    assert len(pools) == 2
    for nodes in (*pools, h200.one("gcp:container/cluster:Cluster")):
        assert member.urn in h200.before(nodes)
