"""Our program, but InfiniBand pools do not wait until their feature is registered."""

from typing import Any
from unittest.mock import patch

from components.clusters.aks import infiniband
from rehearsal.workspace import run_program


async def at_once(*_: Any) -> None: ...


# Asked for long after the program has run: what is patched stays so.
patch.object(infiniband, "until_registered", at_once).start()
run_program()
