"""Our program with an EFS file system, and mount targets that destroy does not know of."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pulumi
import pulumi_aws as aws

from plan import program
from plan.model import Plan
from rehearsal.workspace import run_program

plan_of = program.require_plan
made = aws.efs.MountTarget.__init__


def with_efs(read: Callable[[str], Any], stack: str) -> Plan:
    efs = {"storage": {"efs": {}}}
    return plan_of(lambda block: read(block) | efs if block == "cluster" else read(block), stack)


def kept(
    self: aws.efs.MountTarget, resource: str, *, opts: pulumi.ResourceOptions, **given: Any
) -> None:
    opts.retain_on_delete = True
    made(self, resource, opts=opts, **given)


with (
    patch.object(program, "require_plan", with_efs),
    patch.object(aws.efs.MountTarget, "__init__", kept),
):
    run_program()
