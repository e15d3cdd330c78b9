"""Our program, and the token as a plain output."""

import pulumi

from rehearsal.workspace import run_program

run_program()
pulumi.export("token", pulumi.Config().get("huggingFaceToken"))
