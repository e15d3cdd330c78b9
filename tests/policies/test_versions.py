"""Charts and images."""

from __future__ import annotations

import pytest
from pulumi_policy.proxy import UnknownValueError

from tests.harness.policies import Cases, Props, judged, table
from tests.harness.values import UNKNOWN

RELEASE = "kubernetes:helm.sh/v3:Release"
CHART = "kubernetes:helm.sh/v4:Chart"
JOB = "kubernetes:batch/v1:Job"
CUSTOM = "kubernetes:mellanox.com/v1alpha1:NicClusterPolicy"


def release(version: object, **options: object) -> Props:
    return {"chart": "grove", "version": version, **(options or {"atomic": True})}


def job(image: object) -> Props:
    return {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": image}]}}}}


CASES = {
    "charts-are-pinned": Cases(
        clean=[
            (RELEASE, release("v0.1.0-alpha.8")),
            (RELEASE, release("26.3.3+build.1")),
            (RELEASE, release("1.2.0", cleanupOnFail=True)),
            (RELEASE, release("1.2.0", skipAwait=True, atomic=False)),
            (RELEASE, {"chart": "./charts/mine", "atomic": True}),
            (CHART, {"chart": "grove", "version": "1.2.0"}),
        ],
        violating=[
            (RELEASE, release(None)),
            (RELEASE, release("^1.2.0")),
            (RELEASE, release("1.x")),
            (RELEASE, release("1.2")),
            (RELEASE, release("1.2.0", atomic=False)),
            (CHART, {"chart": "grove"}),
        ],
        unknown=[(RELEASE, release(UNKNOWN)), (RELEASE, release("1.2.0", atomic=UNKNOWN))],
    ),
    "images-are-pinned": Cases(
        clean=[
            (JOB, job("nvcr.io/nvidia/ai-dynamo/vllm-runtime:1.2.0")),
            (JOB, job("registry:5000/a/b@sha256:" + "0" * 64)),
            (RELEASE, {"values": {"image": {"repository": "a/b", "tag": "1.2.0"}}}),
            (RELEASE, {"values": {"image": {"repository": "a/b"}}}),
            (CUSTOM, {"spec": {"ofedDriver": {"image": "doca-driver", "version": "25.10"}}}),
            (CUSTOM, {"spec": {"vpc": UNKNOWN}}),
            ("aws:ec2/instance:Instance", {"spec": {"image": "a:latest"}}),
        ],
        violating=[
            (JOB, job("vllm/vllm-openai:latest")),
            (JOB, job("vllm/vllm-openai")),
            (JOB, job("registry:5000/a/b")),
            (RELEASE, {"values": {"image": {"repository": "a/b", "tag": "latest"}}}),
            (RELEASE, {"values": {"image": "a/b:latest"}}),
            (CUSTOM, {"spec": {"ofedDriver": {"image": "doca-driver"}}}),
        ],
        unknown=[(JOB, job(UNKNOWN)), (RELEASE, {"values": UNKNOWN})],
    ),
}


@table(CASES, "clean")
def test_clean(name: str, type_: str, props: Props) -> None:
    assert judged(name, type_, props) == []


@table(CASES, "violating")
def test_violating(name: str, type_: str, props: Props) -> None:
    assert len(judged(name, type_, props)) == 1


@table(CASES, "unknown")
def test_what_is_unknown_is_left_to_the_engine(name: str, type_: str, props: Props) -> None:
    with pytest.raises(UnknownValueError):
        judged(name, type_, props)
