"""What the user writes: the typed, frozen form of one stack file.

Belongs here: models of the stack file, their domain types, loading and error wording.
Does not: anything derived. What a setting leads to is worked out in `plan.resolve`.
"""

from plan.settings.aks import AksSettings, CapacityReservationGroup
from plan.settings.cluster import NodePoolSettings
from plan.settings.eks import CapacityBlock, EksSettings
from plan.settings.existing import ExistingSettings
from plan.settings.gke import GkeSettings, SpecificReservation
from plan.settings.graphs import GraphSettings, WorkerRole, WorkerSettings
from plan.settings.loader import InvalidSettings, load_stack_file, parse_settings
from plan.settings.platform import PlatformSettings, QueueSettings
from plan.settings.root import ClusterSettings, Settings

__all__ = [
    "AksSettings",
    "CapacityBlock",
    "CapacityReservationGroup",
    "ClusterSettings",
    "EksSettings",
    "ExistingSettings",
    "GkeSettings",
    "GraphSettings",
    "InvalidSettings",
    "NodePoolSettings",
    "PlatformSettings",
    "QueueSettings",
    "Settings",
    "SpecificReservation",
    "WorkerRole",
    "WorkerSettings",
    "load_stack_file",
    "parse_settings",
]
