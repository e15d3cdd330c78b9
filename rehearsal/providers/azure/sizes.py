"""What the name of a VM size says (Azure "Virtual machine sizes naming conventions")."""

from __future__ import annotations

import re
from typing import Final

_FEATURES: Final = re.compile(r"^Standard_[A-Z]+\d+(?:-\d+)?([a-z]*)")


def on_infiniband(size: str) -> bool:
    """Whether it has RDMA over InfiniBand: the additive feature `r`."""
    match = _FEATURES.match(size)
    return match is not None and "r" in match.group(1)
