"""Mistakes in a stack file: each named with its path, all at once, never a traceback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from plan.settings import InvalidSettings, load_stack_file, parse_settings
from plan.settings.types import CidrBlock, KubernetesVersion, Quantity, quantity_value
from tests.harness.settings import MISSING, changed

GPU = "cluster.nodePools.gpu"


def mistakes(*changes: tuple[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidSettings) as caught:
        parse_settings(changed(*changes))
    return {finding.path: f"{finding.message}; {finding.fix}" for finding in caught.value.findings}


@pytest.mark.parametrize(
    ("path", "value", "at", "says"),
    [
        (f"{GPU}.nods", 2, f"{GPU}.nods", "unknown key; did you mean nodes"),
        (f"{GPU}.nodes", "2", f"{GPU}.nodes", "valid integer; got '2'"),
        (f"{GPU}.nodes", 2.5, f"{GPU}.nodes", "valid integer"),
        (f"{GPU}.nodes", True, f"{GPU}.nodes", "valid integer"),
        (f"{GPU}.nodes", -1, f"{GPU}.nodes", "greater than or equal to 1"),
        (f"{GPU}.machineType", MISSING, f"{GPU}.machineType", "is required"),
        (f"{GPU}.machineType", None, f"{GPU}.machineType", "valid string"),
        (GPU, [], GPU, "must be a block of keys"),
        ("cluster.nodePools.GPU", {}, "cluster.nodePools.GPU", "the name 'GPU'"),
        ("cluster.nodePools.7", {}, "cluster.nodePools.7.machineType", "is required"),
        ("cluster.cloud", "ek", "cluster", "cloud 'ek' is not known; did you mean eks"),
        ("cluster.cloud", "oke", "cluster", "cloud 'oke' is not known"),
        ("cluster.cloud", MISSING, "cluster", "does not say which cloud"),
        ("cluster", MISSING, "cluster", "is required"),
        ("cluster.kubernetesVersion", 1.34, "cluster.kubernetesVersion", 'quoted, such as "1.34"'),
        ("cluster.network.cidr", "10.0.0.1/16", "cluster.network.cidr", "has host bits set"),
        ("cluster.network.zones", ["us-east-1a", "use1-az4"], "cluster.network.zones.0", "pattern"),
        (f"{GPU}.reservation.id", "cr-1", f"{GPU}.reservation.id", "pattern"),
        ("graphs.chat.backend", "vlm", "graphs.chat.backend", "'vllm', 'sglang'"),
        ("graphs.chat.workers.fast", {"replicas": 1}, "graphs.chat", "fast need a role"),
        ("graphs.chat.workers.prefill.cpu", "lots", "graphs.chat.workers.prefill.cpu", "quantity"),
        ("graphs.chat.workers.prefill.memory", 0, "graphs.chat.workers.prefill.memory", "positive"),
        ("graphs", [], "graphs", "must be a block of keys"),
    ],
)
def test_a_mistake_is_named_where_it_stands(path: str, value: Any, at: str, says: str) -> None:
    found = mistakes((path, value))
    assert at in found, found
    assert says in found[at]


def test_a_token_among_the_variables_is_refused_and_not_repeated() -> None:
    path = "graphs.chat.workers.prefill.env"
    found = mistakes((path, {"HF_TOKEN": "hf_secret_value"}))
    assert "pulumi config set --secret" in found[path]
    assert "hf_secret_value" not in str(found)


def test_all_mistakes_are_shown_at_once() -> None:
    found = mistakes((f"{GPU}.nods", 2), ("graphs.chat.backend", "x"), ("cluster.region", "here"))
    assert set(found) == {f"{GPU}.nods", "graphs.chat.backend", "cluster.region"}


def test_a_list_with_a_wrong_item_is_not_called_too_short() -> None:
    assert list(mistakes(("cluster.apiAllowedCidrs", ["x"]))) == ["cluster.apiAllowedCidrs.0"]


def of_file(folder: Path, text: str) -> str:
    (folder / "Pulumi.mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidSettings) as caught:
        load_stack_file("mine", folder)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("config:\n  a: [1\n", "not valid YAML at line 3, column 1"),
        ("config:\n\tgpu-clusters:cluster: {}\n", "not valid YAML at line 2, column 1"),
        ("", "has no `config:` block"),
        ("[]", "has no `config:` block"),
        ("config: 3", "has no `config:` block"),
        ("config: {'gpu-clusters:grphs': {}}", "unknown key; did you mean graphs"),
        ("config: {}", "cluster: is required"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, text: str, says: str) -> None:
    assert says in of_file(tmp_path, text)


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.mine.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidSettings, match="SET001"):
        load_stack_file("mine", tmp_path)


def test_a_missing_stack_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.eks-h100.yaml").write_text("")
    with pytest.raises(InvalidSettings, match="did you mean eks-h100"):
        load_stack_file("eks-h10", tmp_path)


def test_a_token_in_the_open_is_refused_and_not_repeated(tmp_path: Path) -> None:
    said = of_file(tmp_path, "config: {'gpu-clusters:huggingFaceToken': hf_secret_value}")
    assert "SET004" in said
    assert "pulumi config set --secret" in said
    assert "hf_secret_value" not in said


@given(amount=st.integers(1, 10**6), unit=st.sampled_from(["", "m", "k", "Mi", "Gi", "Ti"]))
def test_quantities_mean_what_kubernetes_means(amount: int, unit: str) -> None:
    scale = {"": 1, "m": 1e-3, "k": 1e3, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}[unit]
    quantity = TypeAdapter(Quantity).validate_python(f"{amount}{unit}")
    assert quantity_value(quantity) == pytest.approx(amount * scale)


@given(st.text(max_size=8))
def test_any_text_is_a_value_or_a_validation_error(text: str) -> None:
    for kind in (Quantity, CidrBlock, KubernetesVersion):
        try:
            TypeAdapter(kind).validate_python(text)
        except ValidationError:
            continue
