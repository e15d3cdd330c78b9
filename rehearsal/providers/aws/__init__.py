"""The aws package, simulated: resource types as a table, service rules as functions.

Belongs here: what EC2, IAM, EKS and the rest accept, refuse and answer. Does not belong here: the
engine's protocol (`servicer`), what is inside a Kubernetes cluster (`kubernetes`).
"""

from rehearsal.providers.aws.standin import Aws

__all__ = ["Aws"]
