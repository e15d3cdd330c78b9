"""Plans to write graphs from."""

from __future__ import annotations

import pytest

from plan.model import Graph, Plan
from tests.harness.variants import Variants


@pytest.fixture(scope="session")
def variants(tmp_path_factory: pytest.TempPathFactory) -> Variants:
    return Variants(tmp_path_factory.mktemp("kubeconfig"))


@pytest.fixture
def plan(variants: Variants) -> Plan:
    return variants.plan("eks-h100")


@pytest.fixture
def graph(plan: Plan) -> Graph:
    (graph,) = plan.graphs
    return graph
