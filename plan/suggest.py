"""The name the user probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

_SHOWN = 16


def nearest(given: str, known: Sequence[str]) -> str:
    """A sentence that offers the closest of `known`, or lists some of them."""
    close = difflib.get_close_matches(given, known, n=3, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(close)}?"
    shown = ", ".join(sorted(known)[:_SHOWN])
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"known are: {shown or 'none'}{more}"
