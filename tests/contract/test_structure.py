"""Rules of the layout that no type checker sees."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import components
from tests.harness.program import ROOT

OURS = ("components", "plan", "policies", "rehearsal")


def sources(*folders: str, minimum: int = 10) -> list[Path]:
    found = [ROOT / "__main__.py", *(f for d in folders for f in sorted((ROOT / d).rglob("*.py")))]
    assert len(found) > minimum
    return found


def where(pattern: str, files: list[Path], *, outside: tuple[str, ...] = ()) -> list[str]:
    """`file:line` of each match, but not in the files or folders `outside`."""
    matches: list[str] = []
    for file in files:
        name = file.relative_to(ROOT).as_posix()
        if name.startswith(outside):
            continue
        lines = file.read_text(encoding="utf-8").splitlines()
        matches += [f"{name}:{n}" for n, line in enumerate(lines, 1) if re.search(pattern, line)]
    return matches


@pytest.mark.parametrize(
    "pattern",
    [
        r"\bcloud\s*(==|!=)|\bcloud (not )?in\b",
        r"(==|!=)\s*[\"'](eks|aks|gke|existing)[\"']",
        r"isinstance\(.*\b(Eks|Aks|Gke|Existing)\w*Settings",
        r"case (Eks|Aks|Gke|Existing)\w*Settings",
    ],
)
def test_clouds_differ_only_behind_the_contract(pattern: str) -> None:
    files = sources("components", "policies")
    assert where(pattern, files, outside=("components/clusters/",)) == []


def test_nothing_outside_the_clusters_folder_imports_a_clouds_sdk() -> None:
    files = sources("components", "plan")
    sdk = r"pulumi_(aws|eks|gcp|azure_native)\b"
    assert where(sdk, files), "the search itself finds nothing"
    assert where(sdk, files, outside=("components/clusters/",)) == []


def test_the_plan_knows_no_pulumi() -> None:
    assert where(r"^\s*(import|from) pulumi", sources("plan"), outside=("__main__.py",)) == []


def test_settings_are_read_in_the_program_alone() -> None:
    found = where(r"pulumi\.Config\(", sources(*OURS))
    assert [line.partition(":")[0] for line in found] == ["__main__.py"]


def test_the_token_is_read_as_a_secret() -> None:
    """The SDK's Secret hides its data by itself; a plain reading would show anywhere else."""
    (line,) = where(r"huggingFaceToken", [ROOT / "__main__.py"])
    assert where(r"\b(require|get)_secret\(\"huggingFaceToken\"\)", [ROOT / "__main__.py"]) == [
        line
    ]


def test_only_the_outputs_module_exports() -> None:
    # The benchmark's empty programs are programs of their own.
    found = where(r"pulumi\.export\(", sources("components", "plan"), outside=("__main__.py",))
    assert found
    assert {line.partition(":")[0] for line in found} == {"components/outputs.py"}


def test_nobody_merges_a_callers_options_into_a_childs() -> None:
    """The later side wins: the child would get the caller's parent, and its aliases."""
    assert where(r"ResourceOptions\(parent=self\)\.merge", sources(*OURS)) == []


def test_public_names_are_what_is_importable() -> None:
    modules = {
        name
        for name in vars(components)
        if f"components.{name}" in sys.modules  # sub-packages, named by their import
    }
    public = {name for name in vars(components) if not name.startswith("_")} - modules
    assert public == set(components.__all__)
    assert sorted(components.__all__, key=lambda n: (n[0].islower(), n)) == components.__all__


@pytest.mark.parametrize(
    "package",
    [
        f.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for d in ("components", "plan")
        for f in sorted((ROOT / d).rglob("__init__.py"))
    ],
)
def test_every_package_says_what_belongs_there(package: str) -> None:
    tree = ast.parse((ROOT / package.replace(".", "/") / "__init__.py").read_text("utf-8"))
    documented = ast.get_docstring(tree) or ""
    assert "elongs here" in documented
    exported = getattr(importlib.import_module(package), "__all__", ())
    assert len(set(exported)) == len(exported)


def test_git_leaves_out_no_source_of_ours() -> None:
    """A pattern for files of the user's own may fit one of ours, which no clone would have."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    ignored = subprocess.run(
        ["git", "ls-files", "--others", "--ignored", "--exclude-standard", "--", *OURS, "tests"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert [name for name in ignored if not name.endswith(".pyc")] == []


def test_policies_is_no_package() -> None:
    """The engine runs the pack with its own folder as the root of imports."""
    assert not (ROOT / "policies" / "__init__.py").exists()
    assert (ROOT / "policies" / "__main__.py").exists()


SDKS = {
    "existing": set[str](),
    "eks-mocker": {"pulumi_aws", "pulumi_eks"},
    "aks-mocker": {"pulumi_azure_native"},
    "gke-mocker": {"pulumi_gcp"},
}


@pytest.mark.parametrize("variant", SDKS)
def test_c25_a_stack_loads_the_sdk_of_its_own_cloud_alone(variant: str, tmp_path: Path) -> None:
    program = f"""
import pathlib, sys
from tests.harness.variants import Variants

variants = Variants(pathlib.Path({str(tmp_path)!r}))
assert len(variants.recording({variant!r}, True).resources) > 10
print(*sorted(m for m in sys.modules if m.startswith("pulumi_") and "." not in m))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == {"pulumi_kubernetes", *SDKS[variant]}


@pytest.mark.parametrize("cloud", ["eks", "aks", "gke"])
def test_c25_a_clouds_folder_imports_its_own_sdk_alone(cloud: str) -> None:
    others = {sdk for name, own in SDKS.items() if not name.startswith(cloud) for sdk in own}
    files = sources(f"components/clusters/{cloud}", minimum=6)
    assert where("|".join(rf"\b{sdk}\b" for sdk in SDKS[f"{cloud}-mocker"]), files)
    assert where("|".join(rf"\b{sdk}\b" for sdk in others), files) == []
