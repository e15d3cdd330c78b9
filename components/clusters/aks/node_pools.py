"""Agent pools: the one that is made with the cluster, and those beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import pulumi
from pulumi_azure_native import containerservice

from plan.clouds.common import SYSTEM_POOL
from plan.model import DriverOwner, Pool

# AKS refuses to change any of these in place (Azure facts Z7; AKS, "Create node pools").
_FIXED = [
    "availabilityZones",
    "capacityReservationGroupID",
    "gpuProfile",
    "osDiskSizeGB",
    "osSKU",
    "vmSize",
    "vnetSubnetID",
]


class _Shape(TypedDict):
    """What a pool inside the cluster's resource and one beside it have in common."""

    vm_size: str
    count: int
    type: str
    os_sku: str
    os_disk_size_gb: int
    availability_zones: list[str] | None
    vnet_subnet_id: pulumi.Input[str]
    node_labels: dict[str, str]
    node_taints: list[str]
    tags: dict[str, str]


def _shape(pool: Pool, subnet_id: pulumi.Input[str], tags: Mapping[str, str]) -> _Shape:
    return {
        "vm_size": pool.machine.name,
        "count": pool.starting_nodes,
        "type": "VirtualMachineScaleSets",
        # The only one that both the InfiniBand drivers and every Lustre driver know.
        "os_sku": "Ubuntu",
        "os_disk_size_gb": pool.root_disk_gib,
        "availability_zones": list(pool.zones) or None,
        "vnet_subnet_id": subnet_id,
        "node_labels": dict(pool.labels),
        "node_taints": [f"{t.key}={t.value}:{t.effect}" for t in pool.taints],
        "tags": dict(tags),
    }


def system_pool_of(pools: Sequence[Pool]) -> Pool:
    """The pool that is made with the cluster: found by its name.

    By its place it would be another one as soon as a pool is added: Pulumi hands the stack file's
    maps over in the order of their keys.
    """
    # The plan's rule AKS008 has refused a stack without one.
    return next(pool for pool in pools if pool.name == SYSTEM_POOL)


def system_profile(
    pool: Pool,
    subnet_id: pulumi.Input[str],
    capacity_reservation_group_id: pulumi.Input[str] | None,
    tags: Mapping[str, str],
) -> containerservice.ManagedClusterAgentPoolProfileArgs:
    """The pool that is made with the cluster and goes with it: the last one cannot be deleted."""
    return containerservice.ManagedClusterAgentPoolProfileArgs(
        name=pool.name,
        mode="System",
        capacity_reservation_group_id=capacity_reservation_group_id,
        **_shape(pool, subnet_id, tags),
    )


def warn_if_different(
    pool: Pool, live: Sequence[containerservice.outputs.ManagedClusterAgentPoolProfileResponse]
) -> None:
    """Say so where the system pool is not what the stack file asks for.

    Once the cluster is made the program leaves its pools alone: the cluster lists all of them, and
    two owners of one pool would undo each other's changes.
    """
    found = next((profile for profile in live if profile.name == pool.name), None)
    wanted = {
        "machineType": (pool.machine.name, found.vm_size if found else None),
        "nodes": (pool.starting_nodes, found.count if found else None),
    }
    for setting, (asked, there) in wanted.items():
        if asked != there:
            pulumi.log.warn(
                f"{pool.path}.{setting} is {asked}, the cluster has {there or 'no such pool'}: AKS "
                "made this pool with the cluster, and it is changed with `az aks nodepool` alone"
            )


@dataclass(frozen=True, kw_only=True)
class NodePoolArgs:
    """`cluster_name` may wait for more than the cluster: no pool is made before it is known."""

    pool: Pool
    resource_group: pulumi.Input[str]
    cluster: containerservice.ManagedCluster
    cluster_name: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    capacity_reservation_group_id: pulumi.Input[str] | None
    tags: Mapping[str, str]


class NodePool(pulumi.ComponentResource):
    """One agent pool."""

    def __init__(
        self, name: str, args: NodePoolArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        pool = args.pool
        props = {
            "machineType": pool.machine.name,
            "nodes": pool.nodes,
            "fabric": pool.fabric.name,
            "zones": list(pool.zones),
        }
        super().__init__("gpuclusters:aks:NodePool", name, props, opts)
        self.agent_pool = containerservice.AgentPool(
            f"{name}-pool",
            resource_group_name=args.resource_group,
            resource_name_=args.cluster_name,
            agent_pool_name=pool.name,
            mode="User",
            gpu_profile=_gpu_profile(pool),
            capacity_reservation_group_id=args.capacity_reservation_group_id,
            upgrade_settings=_upgrade_settings(pool),
            **_shape(pool, args.subnet_id, args.tags),
            opts=pulumi.ResourceOptions(
                parent=self,
                replace_on_changes=_FIXED,
                # Its name is fixed, and the machines it has are those the next one needs.
                delete_before_replace=True,
                # One deletion instead of one a minute, which no disruption budget can hold up.
                deleted_with=args.cluster,
                custom_timeouts=pulumi.CustomTimeouts(create="60m", update="60m", delete="60m"),
            ),
        )
        self.register_outputs({"agentPoolName": self.agent_pool.name})


def _gpu_profile(pool: Pool) -> containerservice.GPUProfileArgs | None:
    if not pool.has_gpus:
        return None
    operator = pool.driver is DriverOwner.OPERATOR
    return containerservice.GPUProfileArgs(driver="None" if operator else "Install")


def _upgrade_settings(pool: Pool) -> containerservice.AgentPoolUpgradeSettingsArgs | None:
    """GPU pools upgrade node by node: AKS's own way starts with spare nodes, which there are not.

    Neither in a reservation nor in most quotas (Azure facts Z12, Z15).
    """
    if not pool.has_gpus:
        return None
    return containerservice.AgentPoolUpgradeSettingsArgs(max_surge="0", max_unavailable="1")
