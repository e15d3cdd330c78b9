"""Service accounts and who may be given a role."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rehearsal.providers.gcp import kinds
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import text

if TYPE_CHECKING:
    from rehearsal.providers.standin import Made
    from tests.unit.rehearsal.providers.gcp.conftest import Project

EMAIL = "gke-nodes@p.iam.gserviceaccount.com"
KUBERNETES = "serviceAccount:p.svc.id.goog[dynamo/frontend]"


@pytest.fixture
def nodes(project: Project) -> Made:
    """The nodes' service account."""
    return project.gcp.make(kinds.ACCOUNT, "nodes", accountId="gke-nodes")


def may(project: Project, member: str, role: str = "roles/logging.logWriter") -> Made:
    return project.gcp.make(kinds.PROJECT_MEMBER, "logs", project="p", role=role, member=member)


def test_a_service_account(project: Project, nodes: Made) -> None:
    assert nodes.id == f"projects/p/serviceAccounts/{EMAIL}"
    assert text(nodes.outputs, "email") == EMAIL
    assert text(nodes.outputs, "member") == f"serviceAccount:{EMAIL}"
    with pytest.raises(Refusal, match="6 to 30"):
        project.gcp.make(kinds.ACCOUNT, "short", accountId="short")


def test_a_member_must_be_there(project: Project) -> None:
    with pytest.raises(Refusal, match=f"Service account {EMAIL} does not exist"):
        may(project, f"serviceAccount:{EMAIL}")
    may(project, "serviceAccount:x@elsewhere.iam.gserviceaccount.com")


def test_the_identity_pool_comes_with_the_first_cluster(
    project: Project, nodes: Made, home: tuple[Made, Made]
) -> None:
    def bind() -> Made:
        return project.gcp.make(
            kinds.ACCOUNT_MEMBER,
            "wi",
            serviceAccountId=nodes.id,
            role="roles/iam.workloadIdentityUser",
            member=KUBERNETES,
        )

    with pytest.raises(Refusal, match=r"Identity Pool does not exist \(p\.svc\.id\.goog\)"):
        bind()
    project.cluster(*home)
    bind()
    project.gcp.remove(kinds.ACCOUNT, nodes)  # its policy goes along
    assert "wi" not in project.left()


def test_a_pool_runs_as_somebody_who_is_there(project: Project, cluster: Made) -> None:
    with pytest.raises(Refusal, match=f"{EMAIL} does not exist"):
        project.pool(cluster, node={"serviceAccount": EMAIL})
    project.pool(cluster, node={"serviceAccount": "default"})


def test_nodes_keep_what_they_run_as_until_they_are_gone(
    project: Project, nodes: Made, cluster: Made
) -> None:
    member = may(project, f"serviceAccount:{EMAIL}")
    pool = project.pool(cluster, node={"serviceAccount": EMAIL})
    for type, made in ((kinds.PROJECT_MEMBER, member), (kinds.ACCOUNT, nodes)):
        with pytest.raises(
            Refusal, match=rf"simulated: node pool .*/gpu \(gpu\) still runs as {EMAIL}"
        ):
            project.gcp.remove(type, made)
    project.gcp.remove(kinds.NODE_POOL, pool)
    project.gcp.remove(kinds.PROJECT_MEMBER, member)
    project.gcp.remove(kinds.ACCOUNT, nodes)
