"""No secret is readable in the state: not in an input, an output or an export."""

from __future__ import annotations

from collections.abc import Iterator

from tests.contract.conftest import Run
from tests.harness.existing import LOGIN
from tests.harness.program import TOKEN
from tests.harness.values import Path, Properties


def everything(run: Run) -> Iterator[tuple[str, Properties]]:
    yield from ((resource.urn, resource.inputs) for resource in run.recording)
    yield from run.recording.outputs.items()


def occurrences(run: Run, text: str) -> set[tuple[str, Path, bool]]:
    """Where a text occurs: name of the resource, path, and whether it is secret there."""
    return {
        (urn.rpartition("::")[2], path, properties.is_secret(*path))
        for urn, properties in everything(run)
        for path, value in properties.leaves()
        if text in str(value)
    }


def test_the_token_is_in_its_secrets_and_nowhere_else(run: Run) -> None:
    expected = {
        (f"workspaces-{namespace}-token", ("stringData", "HF_TOKEN"), True)
        for namespace in run.plan.token_namespaces
    }
    assert occurrences(run, TOKEN) == expected


def test_a_stack_of_open_models_has_no_token(run: Run) -> None:
    wanted = run.plan.settings.platform.hugging_face is not None
    assert bool(run.recording.of_type("kubernetes:core/v1:Secret")) == wanted


def test_the_token_secret_hides_what_the_server_gives_back(run: Run) -> None:
    for secret in run.recording.of_type("kubernetes:core/v1:Secret"):
        assert secret.secret_outputs == {"stringData", "data"}


def test_credentials_of_an_existing_cluster_are_never_plain(run: Run) -> None:
    found = occurrences(run, LOGIN)
    assert bool(found) == (run.plan.settings.cluster.cloud == "existing")
    assert all(secret for _, _, secret in found)


def test_c2_every_kubeconfig_is_secret(run: Run) -> None:
    seen = 0
    for urn, properties in everything(run):
        if "kubeconfig" in properties.values:
            seen += 1
            assert properties.is_secret("kubeconfig"), urn
    assert seen == 2, "the provider's input and the stack's export"


def test_exports_name_no_secret_but_the_kubeconfig(run: Run) -> None:
    exports = run.recording.exports
    assert set(exports.values) == {"cluster", "endpoints", "kubeconfig", "nodePools", "versions"}
    assert exports.secrets == {("kubeconfig",)}
