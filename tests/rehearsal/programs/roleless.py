"""Our program, but the roles of the cluster's identity do not wait for the cluster to go."""

from typing import Any
from unittest.mock import patch

import pulumi
from pulumi_azure_native import containerservice

from rehearsal.workspace import run_program

made = containerservice.ManagedCluster.__init__


def forgets(
    self: containerservice.ManagedCluster, resource: str, *, opts: pulumi.ResourceOptions, **given: Any
) -> None:
    opts.depends_on = None
    made(self, resource, opts=opts, **given)


with patch.object(containerservice.ManagedCluster, "__init__", forgets):
    run_program()
