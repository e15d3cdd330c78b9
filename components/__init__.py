"""Pulumi components: they make what the plan says, and decide nothing.

Belongs here: component resources, and the one place that exports. Does not: rules, look-ups,
versions (all in `plan`), nor `pulumi.Config` and `pulumi.export` outside `__main__` and
`components.outputs`.
"""

from components.clusters import create_cluster
from components.graphs import Graphs, GraphsArgs
from components.outputs import export_outputs
from components.platform import Platform, PlatformArgs

__all__ = [
    "Graphs",
    "GraphsArgs",
    "Platform",
    "PlatformArgs",
    "create_cluster",
    "export_outputs",
]
