"""Our program, and a resource that is another one every time."""

import uuid

import pulumi
import pulumi_aws as aws

from rehearsal.workspace import run_program

run_program()
provider = aws.Provider("restless", region="us-east-1")
aws.ec2.Eip(
    "restless",
    tags={"now": uuid.uuid4().hex},
    opts=pulumi.ResourceOptions(provider=provider),
)
