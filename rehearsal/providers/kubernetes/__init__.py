"""The kubernetes package, simulated: objects, custom resources and Helm releases in a cluster.

Belongs here: what an API server and Helm accept, refuse and leave behind. Does not belong here: the
schema of a custom resource (a real API server checks that), the cluster itself (`aws`).
"""

from rehearsal.providers.kubernetes.standin import Kubernetes

__all__ = ["Kubernetes"]
