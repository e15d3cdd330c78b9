"""Clusters of the shipped AKS stacks, with changes, under recording mocks: no platform."""

from __future__ import annotations

import copy
from typing import Any

import pulumi

from components.clusters.aks.cluster import aks_cluster
from plan.model import Plan
from plan.resolve import resolve
from plan.settings import parse_settings
from plan.settings.loader import PROJECT, load_stack_file
from tests.harness.program import record
from tests.harness.recording import Recording
from tests.harness.settings import MISSING

Change = tuple[str, Any]
CLUSTER = "azure-native:containerservice:ManagedCluster"
POOL = "azure-native:containerservice:AgentPool"
SUBNET = "azure-native:network:Subnet"
ROLE = "azure-native:authorization:RoleAssignment"
GROUP = "azure-native:resources:ResourceGroup"
RESERVATION = "azure-native:compute:CapacityReservation"
RESERVATION_GROUP = "azure-native:compute:CapacityReservationGroup"
LUSTRE = "azure-native:storagecache:AmlFilesystem"
FEATURE = "azure-native:resources:DeploymentAtSubscriptionScope"


def aks_plan(stack: str, *changes: Change) -> Plan:
    """The plan of a shipped stack with values put at dotted paths of its cluster block."""
    prefix = f"{PROJECT}:"
    config = copy.deepcopy(load_stack_file(stack).config)
    blocks = {k.removeprefix(prefix): v for k, v in config.items() if k.startswith(prefix)}
    for path, value in changes:
        *parents, last = path.split(".")
        place: Any = blocks["cluster"]
        for step in parents:
            place = place.setdefault(step, {})
        if value is MISSING:
            del place[last]
        else:
            place[last] = value
    return resolve(parse_settings(blocks), stack)


def aks(stack: str, *changes: Change, preview: bool = False) -> Recording:
    """What the cluster of that plan registers; its kubeconfig is exported."""
    plan = aks_plan(stack, *changes)

    def program() -> None:
        cluster = aks_cluster(plan)
        pulumi.export("kubeconfig", cluster.kubeconfig)
        pulumi.export("pools", {name: pool.urn for name, pool in cluster.node_pools.items()})
        pulumi.export("storage", {name: made.urn for name, made in cluster.storage.items()})
        pulumi.export("foundation", [resource.urn for resource in cluster.foundation])

    return record(program, preview=preview)
