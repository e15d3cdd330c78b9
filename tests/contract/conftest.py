"""Every variant of the stack, run once in each mode."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from plan.model import Plan
from tests.harness.recording import Recording
from tests.harness.variants import ALL, PREVIEWED, Variants


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the program."""

    variant: str
    preview: bool
    recording: Recording
    plan: Plan


@pytest.fixture(scope="session")
def variants(tmp_path_factory: pytest.TempPathFactory) -> Variants:
    return Variants(tmp_path_factory.mktemp("kubeconfig"))


# Of the session, so that pytest puts the tests of one run next to each other, and so on one worker.
@pytest.fixture(
    scope="session",
    params=[*((variant, False) for variant in ALL), *((variant, True) for variant in PREVIEWED)],
    ids=lambda run: f"{run[0]}-{'preview' if run[1] else 'up'}",
)
def run(request: pytest.FixtureRequest, variants: Variants) -> Run:
    variant, preview = request.param
    return Run(variant, preview, variants.recording(variant, preview), variants.plan(variant))
