"""Our program, but the connection to the file system's network is deleted as any other thing."""

from typing import Any
from unittest.mock import patch

import pulumi_gcp as gcp

from rehearsal.workspace import run_program

made = gcp.servicenetworking.Connection.__init__


def plain(
    self: gcp.servicenetworking.Connection, resource: str, *, deletion_policy: str, **given: Any
) -> None:
    made(self, resource, **given)


with patch.object(gcp.servicenetworking.Connection, "__init__", plain):
    run_program()
