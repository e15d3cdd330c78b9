"""What holds for every resource of every stack, at preview and at up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.contract.conftest import Run
from tests.harness.program import ROOT
from tests.harness.recording import Registration
from tests.harness.values import Unknown
from tests.harness.variants import MADE, PREVIEWED, Variants

FOLDERS = {"clusters", "eks", "aks", "gke", "platform", "graphs"}
# What somebody else writes too: without these an `up` would undo it, or replace what holds it.
IGNORED = {
    # The cluster writes the uid and version of the claim that it found.
    "kubernetes:core/v1:PersistentVolume": ("spec.claimRef",),
    # The cluster lists every pool, those beside it too; its own is compared, and a warning said.
    "azure-native:containerservice:ManagedCluster": ("agentPoolProfiles",),
    # It speaks of the pool that GKE makes with the cluster, and that is taken away.
    "gcp:container/cluster:Cluster": ("nodeConfig",),
}
# What a cloud alone knows, once what it is about is there: never at preview.
ASKED = {
    # AKS gives its kubeconfig to those who ask, and to no resource's outputs.
    "azure-native:containerservice:listManagedClusterUserCredentials",
    # Sent is not registered: InfiniBand pools wait until it is.
    "azure-native:features:getSubscriptionFeatureRegistration",
}


def customs(run: Run) -> list[Registration]:
    found = [r for r in run.recording if (r.custom or r.remote) and not r.is_provider]
    assert found, "the run registered nothing: every test over it would pass"
    return found


def components(run: Run) -> list[Registration]:
    found = [r for r in run.recording if not r.custom and not r.remote]
    assert found
    return found


def test_c21_every_resource_has_an_explicit_provider_of_its_own_package(run: Run) -> None:
    for resource in customs(run):
        provider = run.recording.resources.get(resource.provider)
        assert provider is not None, f"{resource.urn} goes to the default provider"
        assert provider.type == f"pulumi:providers:{resource.package}", resource.urn
        assert not provider.name.startswith("default"), resource.urn


def test_every_resource_stands_under_a_component_of_ours(run: Run) -> None:
    for resource in customs(run):
        parent = run.recording.resources.get(resource.parent)
        assert parent is not None, f"{resource.urn} hangs under the stack"
        assert parent.type.startswith("gpuclusters:"), resource.urn


def test_c26_component_tokens_name_their_folder(run: Run) -> None:
    for component in components(run):
        package, folder, kind = component.type.split(":")
        assert (package, folder in FOLDERS) == ("gpuclusters", True), component.type
        assert re.fullmatch(r"[A-Z][A-Za-z]+", kind), component.type


@pytest.mark.parametrize("source", sorted((ROOT / "components").rglob("*.py")), ids=str)
def test_a_component_stands_in_the_folder_its_token_names(source: Path) -> None:
    inside = source.relative_to(ROOT / "components").parts
    for folder, kind in re.findall(r'"gpuclusters:(\w+):(\w+)"', source.read_text("utf-8")):
        assert folder in inside, f"{source.name}: gpuclusters:{folder}:{kind}"


def test_c26_every_component_says_when_it_is_done(run: Run) -> None:
    silent = [c.urn for c in components(run) if c.urn not in run.recording.outputs]
    assert not silent, "without register_outputs a component stays `creating` on the screen"


def test_every_component_shows_its_inputs(run: Run) -> None:
    """Policies and the state see the props of a component; `{}` hides them."""
    without = {c.type for c in components(run) if not c.inputs.values}
    # What the group is for is in its type; it has no wishes of its own.
    assert without <= {"gpuclusters:eks:EfaSecurityGroup"}


def test_nothing_is_protected_renamed_or_ignored_by_accident(run: Run) -> None:
    for resource in run.recording:
        assert not resource.protect, resource.urn
        assert not resource.retain_on_delete, resource.urn
        assert not resource.aliases, resource.urn
        assert resource.ignore_changes == IGNORED.get(resource.type, ()), resource.urn


def test_no_provider_is_asked_anything(run: Run) -> None:
    """The plan holds everything: a look-up would need an account at preview."""
    asked = run.recording.invokes
    assert len(set(asked)) == len(asked)
    assert set(asked) <= (set() if run.preview else ASKED)


def test_whatever_may_be_ignored_or_asked_is(variants: Variants) -> None:
    """An entry that nothing needs any more would hide the next mistake."""
    recordings = [variants.recording(stack, False) for stack in ("aks-h100", "gke-h200")]
    assert {name for recording in recordings for name in recording.invokes} == ASKED
    assert {r.type for recording in recordings for r in recording if r.ignore_changes} == {*IGNORED}


def test_no_text_was_made_of_an_output(run: Run) -> None:
    for resource in run.recording:
        for path, value in resource.inputs.leaves():
            assert "Calling __str__" not in str(value), f"{resource.urn} {path}"


@pytest.mark.parametrize("variant", PREVIEWED)
def test_up_registers_what_preview_showed(variant: str, variants: Variants) -> None:
    shown, made = variants.recording(variant, True), variants.recording(variant, False)
    assert set(shown.resources) == set(made.resources)


@pytest.mark.parametrize("variant", PREVIEWED)
def test_no_input_of_the_preview_is_empty_at_up(variant: str, variants: Variants) -> None:
    """An output that a provider does not give arrives as None: nothing else would tell."""
    shown, made = variants.recording(variant, True), variants.recording(variant, False)
    unknown = 0
    for before in shown:
        after = made.resources[before.urn]
        for path, value in before.inputs.leaves():
            assert after.get(*path) is not None, f"{before.urn} {path}"
            if isinstance(value, Unknown):
                unknown += 1
            else:
                assert after.get(*path) == value, f"{before.urn} {path}"
        assert not after.inputs.unknowns
    # An existing cluster has no value that only the cloud knows.
    assert bool(unknown) == (variant in MADE), "or the mode did not take"
