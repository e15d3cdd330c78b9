"""Taking over a cluster: what can be wrong with its kubeconfig."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pulumi
import pytest

from components.clusters.eks.cluster import eks_cluster
from components.clusters.existing.cluster import ExistingCluster, existing_cluster
from plan.model import Plan
from rehearsal.providers import world
from tests.harness.existing import CONTEXT, EMPTY, kubeconfig, serve
from tests.harness.program import record
from tests.harness.variants import Variants


@pytest.fixture
def variants(tmp_path: Path) -> Variants:
    return Variants(tmp_path)


def plan_with(variants: Variants, kubeconfig: Path | str) -> Plan:
    blocks = variants.blocks("existing")
    blocks["cluster"]["kubeconfig"] = str(kubeconfig)
    return variants.resolve(blocks)


def test_a_home_folder_is_found(
    variants: Variants, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    plan = plan_with(variants, "~/config")
    registered = record(lambda: existing_cluster(plan), preview=False)
    provider = registered.one("pulumi:providers:kubernetes")
    assert provider.get("kubeconfig") == (tmp_path / "config").read_text("utf-8")
    assert provider.get("context") == CONTEXT


def test_the_path_of_the_kubeconfig_is_in_no_state(variants: Variants, tmp_path: Path) -> None:
    """Two people have it in two places: a path in the state is a difference at every update."""
    plan = plan_with(variants, tmp_path / "config")
    registered = record(lambda: existing_cluster(plan), preview=False)
    for resource in registered:
        assert str(tmp_path) not in str(resource.inputs.values)


@pytest.mark.parametrize("kind", ["missing", "folder", "binary"])
def test_a_kubeconfig_that_cannot_be_read(kind: str, variants: Variants, tmp_path: Path) -> None:
    file = tmp_path / kind
    if kind == "folder":
        file.mkdir()
    elif kind == "binary":
        file.write_bytes(b"\xff\xfe\x00")
    plan = plan_with(variants, file)
    with pytest.raises(pulumi.RunError) as caught:
        record(lambda: existing_cluster(plan), preview=True)
    message = str(caught.value)
    assert message.startswith(f"cluster.kubeconfig: cannot read {file}")
    assert repr(CONTEXT) in message
    assert not message.endswith(".")


def test_destroy_leaves_the_cluster_alone(variants: Variants) -> None:
    plan = variants.plan("existing")
    registered = record(lambda: existing_cluster(plan), preview=False)
    assert {r.type for r in registered} == {
        "gpuclusters:clusters:ExistingCluster",
        "pulumi:providers:kubernetes",
    }
    assert ExistingCluster.control_plane is None


def test_each_builder_takes_its_own_cloud_only(variants: Variants) -> None:
    eks, existing = variants.plan("eks-mocker"), variants.plan("existing")
    with pytest.raises(TypeError, match="EksSettings"):
        existing_cluster(dataclasses.replace(eks))
    with pytest.raises(TypeError, match="ExistingSettings"):
        eks_cluster(existing)


@pytest.mark.parametrize(
    ("text", "has"), [("contexts: [{name: other}]", "other"), ("[", "none"), ("", "none")]
)
def test_a_context_that_is_not_there(
    text: str, has: str, variants: Variants, tmp_path: Path
) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(text, encoding="utf-8")
    plan = plan_with(variants, file)
    with pytest.raises(pulumi.RunError, match=f"has no context {CONTEXT!r}; it has {has}"):
        record(lambda: existing_cluster(plan), preview=True)


def on(cluster: world.ExistingCluster, variants: Variants, folder: Path, **changes: object) -> Plan:
    """The plan of mockers on a simulated cluster."""
    file = folder / "of-the-cluster"
    file.write_text(kubeconfig(server=serve(cluster)), encoding="utf-8")
    blocks = variants.blocks("existing")
    blocks["cluster"].update(kubeconfig=str(file), **changes)
    return variants.resolve(blocks)


def with_release(version: str) -> world.ExistingCluster:
    kai = world.ExistingRelease(
        name="kai", namespace="them", chart="kai-scheduler", version=version
    )
    return dataclasses.replace(EMPTY, releases=(kai,))


def test_what_stands_in_the_way_is_said_whole_and_nothing_is_made(
    variants: Variants, tmp_path: Path
) -> None:
    standing = dataclasses.replace(with_release("v0.12.0"), storage_classes=("fast",))
    plan = on(standing, variants, tmp_path)
    made: list[object] = []

    def program() -> None:
        made.append(existing_cluster(plan))

    with pytest.raises(pulumi.RunError) as caught:
        record(program, preview=False)
    first, *rest = str(caught.value).splitlines()
    assert first == f"nothing was made: the cluster of context {CONTEXT!r} does not fit this stack"
    assert [line.partition(":")[0] for line in rest] == ["kai-scheduler", "cluster.storageClass"]
    assert made == []


def test_what_is_adopted_is_said_once(variants: Variants, tmp_path: Path) -> None:
    plan = on(with_release("v0.13.4"), variants, tmp_path, installed={"kai-scheduler": "v0.13.4"})
    registered = record(lambda: existing_cluster(plan), preview=False)
    said = [text for severity, text in registered.messages if severity == "info"]
    assert len(said) == 1
    assert "kai-scheduler v0.13.4 is used as it stands" in said[0]


def test_a_doubt_is_a_warning(variants: Variants, tmp_path: Path) -> None:
    plan = on(dataclasses.replace(EMPTY, version="1.33"), variants, tmp_path)
    registered = record(lambda: existing_cluster(plan), preview=True)
    assert [severity for severity, _ in registered.messages] == ["warning"]


def test_a_cluster_that_is_not_running(variants: Variants, tmp_path: Path) -> None:
    file = tmp_path / "stopped"
    file.write_text(kubeconfig(server="https://127.0.0.1:1"), encoding="utf-8")
    plan = plan_with(variants, file)
    with pytest.raises(pulumi.RunError, match="is the cluster running"):
        record(lambda: existing_cluster(plan), preview=True)
