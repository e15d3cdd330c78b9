"""Managed Lustre and Filestore against what Google Cloud sells and where the GPUs are."""

from __future__ import annotations

from collections.abc import Iterator

from plan.catalog import gke_versions
from plan.clouds.common import first_gpu_zone
from plan.findings import Severity
from plan.rules.file_systems import FileSystem, size_problem
from plan.rules.rule import Context, Problem, rule
from plan.settings import GkeSettings
from plan.settings.gke import GkeStorageSettings

_LUSTRE_PATH = "cluster.storage.managedLustre"
_FILESTORE_PATH = "cluster.storage.filestore"


@rule(
    "GKE030",
    "Managed Lustre is of a size that its throughput is sold in",
    consequence="creation fails after 20 to 60 minutes; a tier cannot be changed later",
    source="GCP facts G25, section 5; Managed Lustre, Performance tiers",
)
def lustre_size(context: Context) -> Iterator[Problem]:
    lustre = _storage(context).managed_lustre
    if lustre:
        yield from size_problem(
            FileSystem(
                service="google-managed-lustre",
                tier=str(lustre.throughput),
                size=lustre.capacity_gib,
                path=f"{_LUSTRE_PATH}.capacityGib",
            )
        )


@rule(
    "GKE031",
    "Managed Lustre is in the zone of the GPU nodes",
    consequence="a file system outside the region cannot be made beside the cluster's network; in "
    "another zone every read of the caches crosses zones",
    source="GCP facts section 5: ideally the same zone; G25: its location is a zone",
)
def lustre_zone(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    lustre, gpu_zone = _storage(context).managed_lustre, first_gpu_zone(context.plan.pools)
    if not isinstance(cluster, GkeSettings) or lustre is None or lustre.zone is None:
        return
    if lustre.zone.rpartition("-")[0] != cluster.region:
        yield Problem(
            path=f"{_LUSTRE_PATH}.zone",
            message=f"{lustre.zone} is not in {cluster.region}",
            fix=f"use a zone of {cluster.region}, or leave it out",
        )
    elif gpu_zone and lustre.zone != gpu_zone:
        yield Problem(
            path=f"{_LUSTRE_PATH}.zone",
            message=f"{lustre.zone}, but the GPU nodes are in {gpu_zone}",
            fix=f"use {gpu_zone}, or leave it out",
            severity=Severity.WARNING,
        )


@rule(
    "GKE032",
    "Filestore is of a size that its tier is sold in",
    consequence="the instance is refused, with the cluster already up",
    source="Filestore, Service tiers",
)
def filestore_size(context: Context) -> Iterator[Problem]:
    filestore = _storage(context).filestore
    if filestore:
        yield from size_problem(
            FileSystem(
                service="filestore",
                tier=filestore.tier,
                size=filestore.capacity_gib,
                path=f"{_FILESTORE_PATH}.capacityGib",
            )
        )


@rule(
    "GKE033",
    "Kubernetes is new enough for the Lustre add-on",
    severity=Severity.WARNING,
    consequence="the add-on is refused, or the volumes are never mounted",
    source="GCP facts section 5: a managed add-on from about GKE 1.33",
)
def lustre_driver(context: Context) -> Iterator[Problem]:
    given = context.plan.settings.cluster.kubernetes_version
    needed = gke_versions.minimum(gke_versions.LUSTRE_DRIVER)
    if _storage(context).managed_lustre and needed and not needed.met_by(given):
        yield Problem(
            path="cluster.kubernetesVersion",
            message=f"{given}, but the Managed Lustre add-on is there from about {needed.minor} on",
            fix=f"use {needed.minor} or newer",
        )


def _storage(context: Context) -> GkeStorageSettings:
    cluster = context.plan.settings.cluster
    return cluster.storage if isinstance(cluster, GkeSettings) else GkeStorageSettings()


RULES = (lustre_size, lustre_zone, filestore_size, lustre_driver)
