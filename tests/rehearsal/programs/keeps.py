"""Our program, and a resource that destroy leaves."""

import pulumi
import pulumi_aws as aws

from rehearsal.workspace import run_program

run_program()
provider = aws.Provider("kept", region="us-east-1")
aws.ec2.Eip("kept", opts=pulumi.ResourceOptions(provider=provider, retain_on_delete=True))
