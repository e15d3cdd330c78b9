"""What is read of a cluster: Helm's secrets, nodes, names."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.clusters.existing.api_server import CannotLook
from components.clusters.existing.discovery import (
    Release,
    look_into,
    minor_in,
    node_in,
    owners_in,
    releases_in,
)
from rehearsal.providers.world import ExistingCluster, ExistingNode, ExistingRelease
from tests.harness.existing import CONTEXT, EMPTY, kubeconfig, serve


def secret(
    *,
    name: str = "kai",
    revision: int = 1,
    status: str = "deployed",
    version: str = "v0.13.4",
    description: str = "Install complete",
) -> dict[str, Any]:
    """A revision as Helm writes it; its values are never looked at."""
    told = {
        "name": name,
        "info": {"status": status, "description": description},
        "chart": {"metadata": {"name": "kai-scheduler", "version": version}, "values": {}},
        "config": {"password": "helm-values-hold-passwords"},
    }
    packed = base64.b64encode(gzip.compress(json.dumps(told).encode()))
    return {
        "metadata": {
            "name": f"sh.helm.release.v1.{name}.v{revision}",
            "namespace": "scheduling",
            "labels": {"owner": "helm", "name": name, "status": status, "version": str(revision)},
        },
        "type": "helm.sh/release.v1",
        "data": {"release": base64.b64encode(packed).decode()},
    }


def test_a_release_is_read_from_its_secret() -> None:
    assert releases_in([secret(revision=3, status="failed")]) == (
        Release(
            name="kai",
            namespace="scheduling",
            chart="kai-scheduler",
            version="v0.13.4",
            status="failed",
            revision=3,
        ),
    )


def test_a_release_says_which_stack_made_it() -> None:
    (release,) = releases_in([secret(description="gpu-clusters/stack=dev")])
    assert release.stack == "dev"


def test_the_newest_revision_counts_as_a_number() -> None:
    written = [
        secret(revision=9, version="v0.13.0", status="superseded"),
        secret(revision=10, version="v0.13.4"),
        secret(revision=8, version="v0.12.0", status="superseded"),
    ]
    assert [r.version for r in releases_in(written)] == ["v0.13.4"]


def test_what_was_uninstalled_with_its_history_kept_is_gone() -> None:
    written = [secret(status="superseded"), secret(revision=2, status="uninstalled")]
    assert releases_in(written) == ()


@given(st.permutations([secret(name=name, revision=r) for name in "ab" for r in (1, 2, 11)]))
def test_the_order_of_the_secrets_does_not_matter(written: list[dict[str, Any]]) -> None:
    assert [(r.name, r.revision) for r in releases_in(written)] == [("a", 11), ("b", 11)]


def test_other_secrets_are_no_releases() -> None:
    assert releases_in([{**secret(), "type": "Opaque"}, {"metadata": {"name": "x"}}]) == ()


@pytest.mark.parametrize(
    "data",
    [
        "%%",
        base64.b64encode(b"not base64: %%").decode(),
        base64.b64encode(base64.b64encode(b"not gzip")).decode(),
        base64.b64encode(base64.b64encode(gzip.compress(b"{"))).decode(),
        base64.b64encode(base64.b64encode(gzip.compress(b'{"chart": {}}'))).decode(),
    ],
)
def test_a_broken_release_is_named_and_not_quoted(data: str) -> None:
    written = {**secret(), "data": {"release": data}}
    with pytest.raises(CannotLook, match=r"secret scheduling/sh\.helm\.release\.v1\.kai\.v1"):
        releases_in([written])


def test_a_node_is_read() -> None:
    node = node_in(
        {
            "metadata": {"name": "n", "labels": {"pool": "gpu"}},
            "spec": {
                "taints": [
                    {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"},
                    {"key": "soft", "effect": "PreferNoSchedule"},
                ]
            },
            "status": {
                "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
                "allocatable": {"cpu": "190", "nvidia.com/gpu": "8"},
            },
        }
    )
    assert (node.ready, node.gpus, node.labels) == (True, 8, {"pool": "gpu"})
    assert node.repels == {"nvidia.com/gpu"}


@pytest.mark.parametrize(
    "written",
    [
        {"status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}},
        {"spec": {"unschedulable": True}},
        {"status": {"conditions": []}},
    ],
)
def test_a_node_that_takes_no_pods(written: dict[str, Any]) -> None:
    ready = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    assert not node_in({"metadata": {"name": "n"}, **ready, **written}).ready


def test_the_version_is_the_minor_one() -> None:
    assert minor_in({"major": "1", "minor": "34+", "gitVersion": "v1.34.1-eks-1"}) == "1.34"


def test_a_namespace_says_whose_it_is() -> None:
    written = [
        {"metadata": {"name": "ours", "labels": {"gpu-clusters/stack": "dev"}}},
        {"metadata": {"name": "theirs", "labels": None}},
    ]
    assert owners_in(written) == {"ours": "dev", "theirs": None}


def test_a_whole_cluster_over_http(tmp_path: Path) -> None:
    """Through the real client, against the simulated API server."""
    kai = ExistingRelease(name="kai", namespace="s", chart="kai-scheduler", version="v1", stack="x")
    nodes = (ExistingNode(name="n", labels={"pool": "gpu"}, taints=("t",), gpus=4),)
    server = serve(
        ExistingCluster(version="1.33", nodes=nodes, storage_classes=("a", "b"), releases=(kai,))
    )
    file = tmp_path / "kubeconfig"
    file.write_text(kubeconfig(server=server), encoding="utf-8")

    found = look_into(file, CONTEXT)

    assert found.kubernetes_version == "1.33"
    assert found.storage_classes == {"a", "b"}
    assert found.namespaces["s"] == "x"
    assert found.namespaces["kube-system"] is None
    assert [(r.name, r.chart, r.version, r.status) for r in found.releases] == [
        ("kai", "kai-scheduler", "v1", "deployed")
    ]
    assert [(n.name, n.gpus, n.ready, n.repels) for n in found.nodes] == [("n", 4, True, {"t"})]


def test_the_client_is_imported_for_existing_clusters_alone() -> None:
    """It is large; every other stack would pay for it at each preview."""
    import subprocess
    import sys

    program = (
        "import sys, components.clusters.existing.cluster; "
        "sys.exit('kubernetes.client' in sys.modules or 'urllib3' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == 0


def test_an_empty_cluster_has_no_crds(tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(kubeconfig(), encoding="utf-8")
    assert look_into(file, CONTEXT).custom_resources == frozenset()
    assert EMPTY.releases == ()
