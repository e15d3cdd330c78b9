"""What the user writes: the typed, frozen form of one stack file.

Belongs here: models of the stack file, their domain types, loading and error wording.
Does not: anything derived. What a setting leads to is worked out in `plan.resolve`.
"""

from plan.settings.cluster import CapacityBlock, EksSettings, ExistingSettings, NodePoolSettings
from plan.settings.graphs import GraphSettings, WorkerRole, WorkerSettings
from plan.settings.loader import InvalidSettings, load_stack_file, parse_settings
from plan.settings.platform import PlatformSettings, QueueSettings
from plan.settings.root import ClusterSettings, Settings

__all__ = [
    "CapacityBlock",
    "ClusterSettings",
    "EksSettings",
    "ExistingSettings",
    "GraphSettings",
    "InvalidSettings",
    "NodePoolSettings",
    "PlatformSettings",
    "QueueSettings",
    "Settings",
    "WorkerRole",
    "WorkerSettings",
    "load_stack_file",
    "parse_settings",
]
