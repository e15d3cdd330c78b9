"""The platform's layers as data: which, in what order, with which chart values.

Belongs here: one file a chart, each a pure function from the facts to a `Layer`.
Does not: making them, which is `components.platform`.
"""

from plan.platform.layers import platform_layers

__all__ = ["platform_layers"]
