"""Disks, file systems and secrets."""

from __future__ import annotations

import base64

import pytest
from pulumi_policy.proxy import UnknownValueError

from tests.harness.policies import Cases, Props, Subject, heard, judged, table
from tests.harness.values import UNKNOWN

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
INSTANCE = "aws:ec2/instance:Instance"
VOLUME = "aws:ebs/volume:Volume"
EFS = "aws:efs/fileSystem:FileSystem"
CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
JOB = "kubernetes:batch/v1:Job"
GRAPH = "kubernetes:nvidia.com/v1beta1:DynamoGraphDeployment"
RELEASE = "kubernetes:helm.sh/v3:Release"
SECRET = "kubernetes:core/v1:Secret"
TOKEN = "hf_" + "simulatedTokenOnly"
# The one that AWS's own documentation uses.
ACCESS_KEY = "AKIA" + "IOSFODNN7EXAMPLE"
PRIVATE_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----"


def disks(*mappings: object) -> Props:
    return {"blockDeviceMappings": list(mappings)}


def ebs_class(**parameters: object) -> Props:
    return {"provisioner": "ebs.csi.aws.com", "parameters": parameters}


def job(*variables: object) -> Props:
    container = {"name": "main", "env": list(variables)}
    return {"spec": {"template": {"spec": {"containers": [container]}}}}


def variable(name: str, value: object) -> Props:
    return {"name": name, "value": value}


def user_data(text: str) -> Props:
    return {"userData": base64.b64encode(text.encode()).decode()}


CASES = {
    "data-at-rest-is-encrypted": Cases(
        clean=[
            (TEMPLATE, disks({"ebs": {"encrypted": "true"}})),
            (TEMPLATE, disks({"ebs": {"encrypted": True}}, {"virtualName": "ephemeral0"})),
            (INSTANCE, {"rootBlockDevice": {"encrypted": True}}),
            (VOLUME, {"encrypted": True}),
            (EFS, {"encrypted": True}),
            (CLASS, ebs_class(encrypted="true")),
            (CLASS, {"provisioner": "disk.csi.azure.com"}),
        ],
        violating=[
            (TEMPLATE, {}),
            (TEMPLATE, disks({"ebs": {}})),
            (TEMPLATE, disks({"ebs": {"encrypted": True}}, {"ebs": {"encrypted": "false"}})),
            (INSTANCE, {}),
            (VOLUME, {}),
            (EFS, {"encrypted": False}),
            (CLASS, ebs_class()),
            (CLASS, ebs_class(encrypted="false")),
        ],
        unknown=[
            (TEMPLATE, disks({"ebs": {"encrypted": UNKNOWN}})),
            (VOLUME, {"encrypted": UNKNOWN}),
            (CLASS, ebs_class(encrypted=UNKNOWN)),
        ],
    ),
    "no-secrets-in-the-open": Cases(
        clean=[
            (CONFIG_MAP, {"data": {"model": "Qwen/Qwen3-32B"}}),
            (SECRET, {"stringData": {"HF_TOKEN": TOKEN}}),
            (JOB, job(variable("HF_TOKEN", ""))),
            (JOB, job({"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": {"name": "hf"}}})),
            (JOB, job(variable("HF_TOKEN", "$(TOKEN_OF_THE_POD)"))),
            (JOB, job(variable("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"))),
            (JOB, job(variable("MAX_TOKENS", "131072000"))),
            (JOB, job(variable("HF_HOME", "/home/dynamo/.cache/huggingface"))),
            (TEMPLATE, user_data("#!/bin/bash\ndnf install -y lustre-client")),
            (TEMPLATE, {}),
        ],
        violating=[
            (CONFIG_MAP, {"data": {"token": TOKEN}}),
            (CONFIG_MAP, {"data": {"script": f"export HF_TOKEN={TOKEN}"}}),
            (JOB, job(variable("WHATEVER", ACCESS_KEY))),
            (JOB, job(variable("DB_PASSWORD", "correct-horse"))),
            (JOB, job(variable("OPENAI_API_KEY", "a-key-of-any-shape"))),
            (GRAPH, {"spec": {"services": {"w": {"env": [variable("NGC_API_KEY", "x" * 9)]}}}}),
            (RELEASE, {"values": {"config": {"key": PRIVATE_KEY}}}),
            (TEMPLATE, user_data(f"export HF_TOKEN={TOKEN}")),
            (TEMPLATE, {"userData": f"export HF_TOKEN={TOKEN}"}),
        ],
        unknown=[
            (CONFIG_MAP, {"data": {"script": UNKNOWN}}),
            (JOB, job(variable("DB_PASSWORD", UNKNOWN))),
            (TEMPLATE, {"userData": UNKNOWN}),
        ],
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


def test_the_message_names_the_place_and_not_the_secret() -> None:
    (message,) = judged("no-secrets-in-the-open", CONFIG_MAP, {"data": {"a.b": TOKEN}})
    assert message.startswith("data.a.b holds a Hugging Face token;")
    assert TOKEN not in message


def test_one_unknown_value_does_not_hide_a_token() -> None:
    props = job(variable("A", UNKNOWN), variable("B", TOKEN))
    said, unknown = heard("no-secrets-in-the-open", Subject(type=JOB, props=props))
    assert len(said) == 1
    assert unknown is not None
