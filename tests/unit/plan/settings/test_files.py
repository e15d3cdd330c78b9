"""Stack files as files: what YAML itself allows, secrets, and mistakes of several kinds at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plan.findings import Finding
from plan.settings import InvalidSettings, load_stack_file, parse_settings
from plan.settings.loader import PROJECT, TOKEN_KEY
from tests.harness.settings import MISSING, changed, valid

TOKEN = "hf_aTokenThatNobodyMaySee"
ENCRYPTED = {"secure": "v1:c2ltdWxhdGVk:Y2lwaGVydGV4dA=="}


def findings(folder: Path, text: str, name: str = "mine") -> tuple[Finding, ...]:
    (folder / "Pulumi.mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidSettings) as caught:
        load_stack_file(name, folder)
    return caught.value.findings


def written(blocks: dict[str, Any], **more: Any) -> str:
    """A stack file: JSON, which is YAML."""
    config = {f"{PROJECT}:{key}": value for key, value in (blocks | more).items()}
    return json.dumps({"config": config})


def test_what_pulumi_writes_beside_is_none_of_ours(tmp_path: Path) -> None:
    document = json.loads(written(valid(), **{TOKEN_KEY: ENCRYPTED}))
    document |= {"secretsprovider": "passphrase", "encryptionsalt": "v1:c2FsdA=="}
    document["config"] |= {"aws:region": "us-east-1", "pulumi:disable-default-providers": ["*"]}
    (tmp_path / "Pulumi.mine.yaml").write_text(json.dumps(document), encoding="utf-8")
    stack = load_stack_file("mine", tmp_path)
    assert stack.settings == parse_settings(valid())
    assert stack.config["aws:region"] == "us-east-1"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("config:\n  day: 2024-13-45\n", "month must be in 1..12"),
        ("config: {number: !!int many}", "cannot be read: invalid literal"),
        ("[" * 3000, "nested too deeply"),
        (f"config: {{a: {'9' * 5000}}}", "line 1, column 13: found a number far too long"),
        (f"config: {{0x{'f' * 200}: a}}", "line 1, column 10: found a number far too long"),
        ("config: \0", "special characters are not allowed"),
        ("config: {? [a]: b}", "not valid YAML at line 1, column 12"),
        ("config: !!python/object:os.system {}", "not valid YAML at line 1, column 9"),
        ("config: 'open", "not valid YAML at line 1"),
        ("config: 1\n---\nconfig: 2\n", "not valid YAML at line 2"),
        ("config: *nobody", "not valid YAML at line 1, column 9: found undefined alias"),
    ],
)
def test_what_yaml_cannot_read(tmp_path: Path, text: str, says: str) -> None:
    (finding,) = findings(tmp_path, text)
    assert (finding.rule, finding.path) == ("SET001", "Pulumi.mine.yaml")
    assert says in finding.message
    assert "\n" not in finding.message
    assert finding.fix


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """The second would silently take the place of the first: a whole pool, say."""
    text = f"config:\n  {PROJECT}:graphs:\n    chat: {{}}\n    chat: {{}}\n"
    (finding,) = findings(tmp_path, text)
    assert "line 4, column 5: the key 'chat' stands twice" in finding.message


def test_anchors_and_merged_keys_are_yaml(tmp_path: Path) -> None:
    text = (
        f"config:\n  a: &a {{x: 1}}\n  b: &b {{<<: *a, x: 2}}\n  c: {{<<: *b, x: 3}}\n"
        f"  {PROJECT}:cluster: {json.dumps(valid()['cluster'])}\n"
        f"  {PROJECT}:graphs: {json.dumps(valid()['graphs'])}\n"
    )
    (tmp_path / "Pulumi.mine.yaml").write_text(text, encoding="utf-8")
    assert load_stack_file("mine", tmp_path).config["c"] == {"x": 3}


def test_a_folder_of_that_name(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.mine.yaml").mkdir()
    with pytest.raises(InvalidSettings, match=r"SET001.*cannot be read"):
        load_stack_file("mine", tmp_path)


@pytest.mark.parametrize("name", ["a" * 5000, "a\0b", "../mine", "", "Mine"])
def test_a_name_that_is_no_stack(tmp_path: Path, name: str) -> None:
    (finding,) = findings(tmp_path, written(valid()), name)
    assert (finding.rule, finding.path) == ("SET002", "stack")
    assert "mine" in finding.fix


@pytest.mark.parametrize(
    "token",
    [TOKEN, "", 7, None, [TOKEN], {"value": TOKEN}, {"secure": 7}, ENCRYPTED | {"also": TOKEN}],
    ids=["text", "empty", "number", "null", "list", "other key", "no text", "and more"],
)
def test_a_token_that_is_not_encrypted_is_refused(tmp_path: Path, token: Any) -> None:
    (finding,) = findings(tmp_path, written(valid(), **{TOKEN_KEY: token}))
    assert (finding.rule, finding.path) == ("SET004", f"{PROJECT}:{TOKEN_KEY}")
    assert f"pulumi config set --secret {TOKEN_KEY}" in finding.fix
    assert TOKEN not in str(finding) + finding.consequence


@pytest.mark.parametrize(
    "change",
    [
        ("platform.huggingFace", TOKEN),
        ("platform.huggingFace.secretName", TOKEN),
        ("platform.huggingFace.token", TOKEN),
        ("platform", [TOKEN]),
    ],
)
def test_a_token_in_the_wrong_place_is_not_repeated(change: tuple[str, Any]) -> None:
    with pytest.raises(InvalidSettings) as caught:
        parse_settings(changed(change))
    assert TOKEN not in str(caught.value)


def test_mistakes_of_every_kind_are_shown_at_once(tmp_path: Path) -> None:
    broken = changed(
        ("cluster.nodePools.gpu.nods", 2),
        ("cluster.region", MISSING),
        ("graphs.chat.frontend", []),
    )
    found = findings(tmp_path, written(broken, grphs={}, **{TOKEN_KEY: TOKEN}))
    assert {(finding.rule, finding.path) for finding in found} == {
        ("SET003", f"{PROJECT}:grphs"),
        ("SET004", f"{PROJECT}:{TOKEN_KEY}"),
        ("SET003", "cluster.nodePools.gpu.nods"),
        ("SET003", "cluster.region"),
        ("SET003", "graphs.chat.frontend"),
    }


@pytest.mark.parametrize(
    ("changes", "path", "near"),
    [
        # Names that the user chose are not taken for keys of the same name.
        ([("graphs.frontend", {"bakend": "vllm"})], "graphs.frontend.bakend", "backend"),
        ([("graphs.cluster", {"quue": "a"})], "graphs.cluster.quue", "queue"),
        (
            [("cluster.nodePools.reservation", {"machineTyp": "m7i.large", "nodes": 1})],
            "cluster.nodePools.reservation.machineTyp",
            "machineType",
        ),
        (
            [("graphs.chat.workers.env", {"role": "worker", "replica": 1})],
            "graphs.chat.workers.env.replica",
            "replicas",
        ),
        (
            [("cluster.nodePools.gpu.reservation.zones", [])],
            "cluster.nodePools.gpu.reservation.zones",
            "zone",
        ),
        (
            [("cluster.nodePools.gpu.taints", [{"key": "a", "efect": "b"}])],
            "cluster.nodePools.gpu.taints.0.efect",
            "effect",
        ),
        (
            [("graphs.chat.workers.prefill.tolerations", [{"kee": "a"}])],
            "graphs.chat.workers.prefill.tolerations.0.kee",
            "key",
        ),
        ([("platform.versions", {"dynmo": "1.2.0"})], "platform.versions.dynmo", "dynamo"),
        (
            [("graphs.chat.caches", {"model": {"sise": "1Gi"}})],
            "graphs.chat.caches.model.sise",
            "size",
        ),
        # Without a cloud nobody knows the cluster's keys, but all others.
        (
            [("graphs.cluster", {"quue": "a"}), ("cluster.cloud", MISSING)],
            "graphs.cluster.quue",
            "queue",
        ),
    ],
)
def test_the_nearest_key_is_one_of_its_own_block(
    changes: list[tuple[str, Any]], path: str, near: str
) -> None:
    with pytest.raises(InvalidSettings) as caught:
        parse_settings(changed(*changes))
    (finding,) = [f for f in caught.value.findings if f.message == "unknown key"]
    assert finding.path == path
    assert finding.fix.startswith(f"did you mean {near}")


def test_keys_that_are_no_text() -> None:
    blocks = changed(("cluster.nodePools.gpu.labels", {1: "a"}))
    blocks["cluster"][7] = "yes"
    with pytest.raises(InvalidSettings) as caught:
        parse_settings(blocks)
    said = {finding.path: finding.message for finding in caught.value.findings}
    assert said == {
        "cluster.nodePools.gpu.labels.1": "input should be a valid string; got 1",
        "cluster.7": "keys should be strings; got 7",
    }


@pytest.mark.parametrize(
    "path",
    [
        "cluster.nodePools.gpu.nodes",
        "graphs.chat.workers.prefill.rdma",
        "graphs.chat.workers.prefill.tensorParallel",
        "graphs.chat.workers.prefill.pipelineParallel",
        "graphs.chat.workers.prefill.dataParallel",
        "graphs.chat.workers.prefill.replicas",
        "graphs.chat.workers.prefill.cpu",
        "graphs.chat.frontend.memory",
        "cluster.nodePools.gpu.disk",
        "platform.queues.mine.gpuQuota",
    ],
)
@pytest.mark.parametrize("number", [10**400, -(10**400)], ids=["1e400", "-1e400"])
def test_an_impossible_number(path: str, number: int) -> None:
    parent = path.rpartition(".")[0]
    fresh = [(parent, {})] if parent in ("graphs.chat.frontend", "platform.queues.mine") else []
    with pytest.raises(InvalidSettings) as caught:
        parse_settings(changed(*fresh, (path, number)))
    (finding,) = caught.value.findings
    assert finding.path == path
    assert len(finding.message) < 300


@pytest.mark.parametrize("cloud", [10**400, ["eks"], {"eks": 1}, None, True, "e" * 5000])
def test_a_cloud_that_is_no_name(cloud: Any) -> None:
    with pytest.raises(InvalidSettings) as caught:
        parse_settings(changed(("cluster.cloud", cloud)))
    (finding,) = caught.value.findings
    assert finding.path == "cluster"
    assert finding.message.startswith("cloud ")
    assert len(finding.message) < 120
    assert "eks" in finding.fix
