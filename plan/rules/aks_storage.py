"""Azure Managed Lustre against what Azure sells and where the GPUs are."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from plan.catalog.file_systems import lustre_subnet_prefix
from plan.clouds.common import first_gpu_zone
from plan.findings import Severity
from plan.rules.file_systems import FileSystem, size_problem
from plan.rules.rule import Context, Problem, rule
from plan.settings import AksSettings
from plan.settings.aks import AksLustreSettings

_PATH = "cluster.storage.managedLustre"
# Of the chart of the CSI driver.
_OLDEST_KUBERNETES = "1.29"


@rule(
    "AKS020",
    "Managed Lustre is of a size that its sku is sold in",
    consequence="the file system is refused after validation, with the cluster already up",
    source="Azure facts Z21; Microsoft Learn, Create an Azure Managed Lustre file system",
)
def capacity(context: Context) -> Iterator[Problem]:
    lustre = _lustre(context)
    if lustre:
        yield from size_problem(
            FileSystem(
                service="azure-managed-lustre",
                tier=lustre.sku,
                size=lustre.capacity_tib,
                path=f"{_PATH}.capacityTib",
            )
        )


@rule(
    "AKS021",
    "Managed Lustre is in the zone of the GPU nodes",
    severity=Severity.WARNING,
    consequence="every read of the caches crosses zones: slower, and lost with either zone",
    source="Azure facts section 4: a file system is in exactly one zone",
)
def zone(context: Context) -> Iterator[Problem]:
    lustre, gpu_zone = _lustre(context), first_gpu_zone(context.plan.pools)
    if lustre and gpu_zone and lustre.zone != gpu_zone:
        yield Problem(
            path=f"{_PATH}.zone",
            message=f"zone {lustre.zone}, but the GPU nodes are in zone {gpu_zone}",
            fix=f'use zone: "{gpu_zone}"',
        )


@rule(
    "AKS022",
    "Kubernetes is new enough for the Lustre driver",
    consequence="the driver never starts, and its startup taint stays on every node",
    source="Azure facts Z24; azurelustre-csi-driver 0.6.0: Kubernetes 1.29 or newer",
)
def driver(context: Context) -> Iterator[Problem]:
    given = context.plan.settings.cluster.kubernetes_version
    if _lustre(context) and Version(given) < Version(_OLDEST_KUBERNETES):
        yield Problem(
            path="cluster.kubernetesVersion",
            message=f"{given}, but the Managed Lustre driver needs {_OLDEST_KUBERNETES}",
            fix=f"use {_OLDEST_KUBERNETES} or newer",
        )


@rule(
    "AKS023",
    "a subnet of known size holds Managed Lustre",
    severity=Severity.WARNING,
    consequence="creation fails after 15 minutes, and a file system moves to no other subnet",
    source="Azure facts Z22; Microsoft Learn, Azure Managed Lustre file system prerequisites",
)
def subnet(context: Context) -> Iterator[Problem]:
    lustre = _lustre(context)
    if lustre and lustre_subnet_prefix(lustre.capacity_tib) is None:
        yield Problem(
            path=f"{_PATH}.capacityTib",
            message=f"{lustre.capacity_tib} TiB is more than any size whose subnet is documented",
            fix="ask first: `az amlfs get-subnets-size "
            f"--sku {lustre.sku} --storage-capacity {lustre.capacity_tib}`; the subnet is a /22",
        )


def _lustre(context: Context) -> AksLustreSettings | None:
    cluster = context.plan.settings.cluster
    return cluster.storage.managed_lustre if isinstance(cluster, AksSettings) else None


RULES = (capacity, zone, driver, subnet)
