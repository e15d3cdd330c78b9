"""Our program, but the file system is kept at a destroy, and with it its place in the subnet."""

from typing import Any
from unittest.mock import patch

import pulumi
from pulumi_azure_native import storagecache

from rehearsal.workspace import run_program

made = storagecache.AmlFilesystem.__init__


def kept(
    self: storagecache.AmlFilesystem, resource: str, *, opts: pulumi.ResourceOptions, **given: Any
) -> None:
    opts.retain_on_delete = True
    made(self, resource, opts=opts, **given)


with patch.object(storagecache.AmlFilesystem, "__init__", kept):
    run_program()
