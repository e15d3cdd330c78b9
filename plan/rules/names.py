"""The stack's own name, where it becomes somebody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from plan.rules.rule import Context, Problem, rule

_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_LABEL_VALUE = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")


@rule(
    "NAM001",
    "the stack's name can be the value of a label",
    consequence="no namespace of the platform is made: the label that says whose it is is refused",
    source="Kubernetes, labels: syntax of values",
)
def label(context: Context) -> Iterator[Problem]:
    name = context.plan.stack
    if not _LABEL_VALUE.fullmatch(name):
        yield Problem(
            path="stack",
            message=f"{name!r} is no value of a label",
            fix="use 63 letters, digits, dashes, dots and underscores at most for the stack's name",
        )


@rule(
    "NAM002",
    "a cluster that is named after its stack gets a name that clouds take",
    consequence="the cluster, or the first resource named after it, is refused",
    source="EKS, AKS and GKE: names of clusters; what all of them take",
)
def cluster(context: Context) -> Iterator[Problem]:
    plan = context.plan
    if plan.settings.cluster.name is None and not _DNS_LABEL.fullmatch(plan.stack):
        yield Problem(
            path="cluster.name",
            message=f"is not set, and the stack's name {plan.stack!r} is no name for a cluster",
            fix="add a name of lower-case letters, digits and dashes, at most 63",
        )


RULES = (label, cluster)
