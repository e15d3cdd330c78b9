"""The shipped GKE stacks, their settings to be changed, and what they register."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from plan.model import Plan, Pool
from plan.program import require_plan
from plan.settings.loader import PROJECT, load_stack_file
from tests.harness.program import run_stack
from tests.harness.recording import Recording

Blocks = dict[str, Any]
Changed = Callable[[Blocks], None]


def blocks_of(stack: str) -> Blocks:
    """The settings of a stack, to be changed at will."""
    prefix = f"{PROJECT}:"
    config = load_stack_file(stack).config
    return copy.deepcopy(
        {k.removeprefix(prefix): v for k, v in config.items() if k.startswith(prefix)}
    )


def plan_of(stack: str, change: Changed | None = None) -> Plan:
    """The plan of a stack with one change."""
    blocks = blocks_of(stack)
    if change:
        change(blocks)
    return require_plan(blocks.get, stack)


def recording_of(stack: str, change: Changed) -> Recording:
    """What the program registers for a stack with one change."""
    blocks = blocks_of(stack)
    change(blocks)
    return run_stack(blocks, preview=False, name=stack)


@pytest.fixture(scope="session")
def h200() -> Recording:
    return run_stack("gke-h200", preview=False)


@pytest.fixture(scope="session")
def l4() -> Recording:
    return run_stack("gke-l4", preview=False)


@pytest.fixture(scope="session")
def mocker() -> Recording:
    return run_stack("gke-mocker", preview=False)


@pytest.fixture(scope="session")
def gpu_pool() -> Pool:
    """Two A3 Ultra nodes in a reservation."""
    pool = plan_of("gke-h200").pool("gpu")
    assert pool is not None
    return pool


@pytest.fixture(scope="session")
def changed() -> Callable[[str, Changed], Recording]:
    return recording_of
