"""Inference graphs as DynamoGraphDeployments.

Belongs here: writing a resolved graph in either version of the custom resource. Does not:
commands, images and scheduling facts, which `plan.graphs` has worked out.
"""

from components.graphs.graphs import Graphs, GraphsArgs

__all__ = ["Graphs", "GraphsArgs"]
