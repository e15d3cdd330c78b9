"""The gcp package, simulated: resource types as a table, service rules as functions.

Belongs here: what Compute Engine, GKE, IAM and the file systems accept, refuse and answer. Does not
belong here: the engine's protocol (`servicer`), what is inside a Kubernetes cluster (`kubernetes`).
"""

from rehearsal.providers.gcp.standin import Gcp

__all__ = ["Gcp"]
