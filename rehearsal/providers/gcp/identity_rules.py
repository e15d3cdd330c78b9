"""What IAM refuses of members, and what a node pool would lose with them."""

from __future__ import annotations

import re

from rehearsal.providers.gcp import kinds
from rehearsal.providers.gcp.cluster_rules import has_identity_pool
from rehearsal.providers.gcp.references import PACKAGE
from rehearsal.providers.gcp.refusals import invalid
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Props, text
from rehearsal.providers.world import Record, World

_ACCOUNT_ID = re.compile(r"[a-z]([-a-z0-9]{4,28}[a-z0-9])")
_KUBERNETES = re.compile(r"serviceAccount:(.+\.svc\.id\.goog)\[[^/]+/[^/]+\]")
_OURS = re.compile(r"serviceAccount:(.+@(.+)\.iam\.gserviceaccount\.com)")


def check_account(inputs: Props) -> None:
    """The id of a service account has 6 to 30 characters."""
    if not _ACCOUNT_ID.fullmatch(text(inputs, "accountId")):
        raise invalid(
            f"'{text(inputs, 'accountId')}' must have 6 to 30 lower case letters, digits and "
            "dashes, and start with a letter",
            "accountId",
        )


def check_member(world: World, inputs: Props, project: str) -> None:
    """A member exists when it is given a role."""
    member = text(inputs, "member")
    kubernetes = _KUBERNETES.fullmatch(member)
    if kubernetes:
        # The pool comes into being with the project's first cluster that uses workload identity
        # (terraform-google-modules/terraform-google-kubernetes-engine issue 916).
        if not has_identity_pool(world, kubernetes.group(1)):
            raise invalid(
                f"Identity Pool does not exist ({kubernetes.group(1)}). Please check that you "
                "specified a valid resource name as returned in the `name` attribute in the "
                "configuration API.",
                "member",
            )
        return
    ours = _OURS.fullmatch(member)
    if ours is None or ours.group(2) != project:
        return
    if world.find(PACKAGE, (kinds.ACCOUNT,), ours.group(1)) is None:
        raise invalid(f"Service account {ours.group(1)} does not exist.", "member")


def check_not_running(world: World, record: Record) -> None:
    """GD17: without them, nodes lose image pulls and logs while they are drained."""
    email = text(record.outputs, "email") or text(record.inputs, "member").partition(":")[2]
    for pool in world.all(PACKAGE, kinds.NODE_POOL):
        if text(pool.inputs, "nodeConfig", "serviceAccount") == email:
            raise Refusal(
                f"simulated: node pool {pool.key.id} ({pool.name}) still runs as {email}: without "
                f"{record.name} its nodes cannot pull images or write logs while they are drained"
            )
