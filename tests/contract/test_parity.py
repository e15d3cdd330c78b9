"""The three clouds are built alike: who knows one finds his way in the others."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.harness.program import ROOT

if TYPE_CHECKING:
    from components.clusters import KubernetesCluster
    from components.clusters.aks.cluster import AksCluster
    from components.clusters.eks.cluster import EksCluster
    from components.clusters.existing.cluster import ExistingCluster
    from components.clusters.gke.cluster import GkeCluster

CLUSTERS = ROOT / "components" / "clusters"
CLOUDS = ("eks", "aks", "gke")
CORE = {"cluster", "identity", "network", "node_pools", "reservations", "storage"}
# What one cloud has and the others do not, each with why.
OWN = {
    "eks": {"efs", "lustre"},  # two file systems, with security groups of their own
    "aks": {"infiniband", "kubeconfig"},  # a feature to wait for; a login to change
    "gke": set[str](),
}


def satisfied(
    eks: EksCluster, aks: AksCluster, gke: GkeCluster, existing: ExistingCluster
) -> tuple[KubernetesCluster, ...]:
    """Never called: the type checker reads here that all four keep the contract."""
    return eks, aks, gke, existing


def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def test_the_clouds_are_the_folders() -> None:
    """Beside them, clusters that somebody else made."""
    folders = {f.parent.name for f in CLUSTERS.glob("*/__init__.py")}
    assert folders == {*CLOUDS, "existing"}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_cloud_has_the_core_files_and_few_of_its_own(cloud: str) -> None:
    files = {file.stem for file in (CLUSTERS / cloud).glob("*.py")} - {"__init__"}
    assert files == CORE | OWN[cloud]


@pytest.mark.parametrize("cloud", CLOUDS)
def test_its_docstring_says_what_belongs_there_and_what_does_not(cloud: str) -> None:
    written = ast.get_docstring(tree_of(CLUSTERS / cloud / "__init__.py")) or ""
    assert "Belongs here:" in written
    assert "Does not:" in written


@pytest.mark.parametrize("cloud", CLOUDS)
def test_its_builder_takes_a_plan_and_gives_its_cluster(cloud: str) -> None:
    module = importlib.import_module(f"components.clusters.{cloud}.cluster")
    builder, component = getattr(module, f"{cloud}_cluster"), f"{cloud.title()}Cluster"
    assert builder.__annotations__ == {"plan": "Plan", "return": component}
    args = getattr(module, f"{component}Args")
    assert args.__dataclass_params__.frozen
    assert {"cluster_name", "settings", "pools", "claims"} <= set(args.__annotations__)
    assert getattr(module, component).__doc__.startswith("Satisfies `KubernetesCluster`")


@pytest.mark.parametrize("file", sorted(CORE))
def test_every_core_file_says_what_it_is_for(file: str) -> None:
    documented = [ast.get_docstring(tree_of(CLUSTERS / cloud / f"{file}.py")) for cloud in CLOUDS]
    assert all(documented)


@pytest.mark.parametrize("cloud", CLOUDS)
def test_its_node_pools_are_one_component_with_the_same_props(cloud: str) -> None:
    """Policies read them, and know no cloud."""
    (pool,) = [
        node
        for node in tree_of(CLUSTERS / cloud / "node_pools.py").body
        if isinstance(node, ast.ClassDef) and node.name == "NodePool"
    ]
    (props,) = [
        {key.value for key in node.value.keys if isinstance(key, ast.Constant)}
        for node in ast.walk(pool)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Dict)
        and ast.unparse(node.targets[0]) == "props"
    ]
    assert props == {"machineType", "nodes", "fabric", "zones"}
