"""Automatic names: the providers' own habit, a name and a random suffix that stays."""

from __future__ import annotations

import hashlib


def autonamed(name: str, urn: str, seed: bytes, *, length: int) -> str:
    """`name` with a suffix drawn from the engine's seed, so that a retry gets the same one."""
    return f"{name}-{hashlib.sha256(seed + urn.encode()).hexdigest()[:length]}"
