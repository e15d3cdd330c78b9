"""Our program, but the cluster's identity has its role after the cluster, and so loses it first."""

from asyncio import Future
from typing import Any
from unittest.mock import patch

import pulumi
from pulumi_azure_native import authorization, containerservice

from rehearsal.workspace import run_program

role_made = authorization.RoleAssignment.__init__
cluster_made = containerservice.ManagedCluster.__init__
the_cluster = Future[pulumi.Resource]()


def afterwards(
    self: authorization.RoleAssignment, resource: str, *, opts: pulumi.ResourceOptions, **given: Any
) -> None:
    opts.depends_on = [the_cluster]
    role_made(self, resource, opts=opts, **given)


def before_its_role(
    self: containerservice.ManagedCluster,
    resource: str,
    *,
    opts: pulumi.ResourceOptions,
    **given: Any,
) -> None:
    opts.depends_on = None
    cluster_made(self, resource, opts=opts, **given)
    the_cluster.set_result(self)


with (
    patch.object(authorization.RoleAssignment, "__init__", afterwards),
    patch.object(containerservice.ManagedCluster, "__init__", before_its_role),
):
    run_program()
