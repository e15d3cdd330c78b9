"""The whole stack file."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from plan.settings.aks import AksSettings
from plan.settings.eks import EksSettings
from plan.settings.existing import ExistingSettings
from plan.settings.gke import GkeSettings
from plan.settings.graphs import GraphSettings
from plan.settings.platform import PlatformSettings
from plan.settings.types import DnsLabel, StackModel

ClusterSettings = Annotated[
    EksSettings | AksSettings | GkeSettings | ExistingSettings, Field(discriminator="cloud")
]


class Settings(StackModel):
    """One stack file, without its secrets."""

    cluster: ClusterSettings
    platform: PlatformSettings = PlatformSettings()
    graphs: dict[DnsLabel, GraphSettings] = {}
