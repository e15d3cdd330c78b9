"""The whole stack file."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from plan.settings.cluster import EksSettings, ExistingSettings
from plan.settings.graphs import GraphSettings
from plan.settings.platform import PlatformSettings
from plan.settings.types import DnsLabel, StackModel

ClusterSettings = Annotated[EksSettings | ExistingSettings, Field(discriminator="cloud")]


class Settings(StackModel):
    """One stack file, without its secrets."""

    cluster: ClusterSettings
    platform: PlatformSettings = PlatformSettings()
    graphs: dict[DnsLabel, GraphSettings] = {}
