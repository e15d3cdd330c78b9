"""Each cloud's reading, by the word that a stack file has for the cloud."""

from __future__ import annotations

from collections.abc import Mapping

from tests.harness.clouds.aks import Aks
from tests.harness.clouds.eks import Eks
from tests.harness.clouds.gke import Gke
from tests.harness.clouds.reading import Cloud

MAKERS: Mapping[str, type[Cloud]] = {"eks": Eks, "aks": Aks, "gke": Gke}
"""Not `existing`: nothing of it is made, so there is nothing to read."""
