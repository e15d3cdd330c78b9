"""The azure-native package, simulated: resource types as a table, service rules as functions.

Belongs here: what ARM, AKS, the network, compute and Managed Lustre accept, refuse and answer. Does
not belong here: the life cycle all clouds share (`table`), the engine's protocol (`servicer`), what
is inside a Kubernetes cluster (`kubernetes`).
"""

from rehearsal.providers.azure.standin import Azure

__all__ = ["Azure"]
