"""Our program, but graphs do not wait for the platform."""

from typing import Any

import pulumi

from components import Platform
from rehearsal.workspace import run_program

made = pulumi.ResourceOptions.__init__


def forgets(
    self: pulumi.ResourceOptions, *args: Any, depends_on: Any = None, **kwargs: Any
) -> None:
    after_platform = isinstance((depends_on or [None])[0], Platform)
    made(self, *args, depends_on=None if after_platform else depends_on, **kwargs)


if made.__name__ != "forgets":  # the engine runs a program more than once in one process
    pulumi.ResourceOptions.__init__ = forgets
run_program()
