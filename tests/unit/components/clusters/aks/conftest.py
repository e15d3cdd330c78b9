"""The shipped AKS stacks, each run once."""

from __future__ import annotations

import pytest

from tests.harness.aks import aks
from tests.harness.recording import Recording


@pytest.fixture(scope="session")
def h100() -> Recording:
    return aks("aks-h100")


@pytest.fixture(scope="session")
def a100() -> Recording:
    return aks("aks-a100")


@pytest.fixture(scope="session")
def mocker() -> Recording:
    return aks("aks-mocker")
