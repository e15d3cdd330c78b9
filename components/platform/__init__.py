"""The platform: one component a kind of layer, in the order the plan gives.

Belongs here: how a layer is made. Does not: which layers there are, their versions and values
(`plan.platform`), nor anything a cloud does differently.
"""

from components.platform.platform import Platform, PlatformArgs

__all__ = ["Platform", "PlatformArgs"]
