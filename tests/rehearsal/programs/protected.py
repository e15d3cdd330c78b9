"""Our program, but the cluster has the protection that the provider gives it by default."""

from typing import Any
from unittest.mock import patch

import pulumi_gcp as gcp

from rehearsal.workspace import run_program

made = gcp.container.Cluster.__init__


def protected(
    self: gcp.container.Cluster, resource: str, *, deletion_protection: bool, **given: Any
) -> None:
    made(self, resource, **given)


with patch.object(gcp.container.Cluster, "__init__", protected):
    run_program()
