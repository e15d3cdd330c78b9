"""Azure Managed Lustre and the volumes on it. Disks and Azure Files come with the cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_azure_native import storagecache

from components.clusters.static_volumes import StaticVolumes, StaticVolumesArgs
from plan.catalog import charts
from plan.clouds.aks import LUSTRE
from plan.model import Claim
from plan.settings.aks import AksLustreSettings

_DRIVER = "azurelustre.csi.azure.com"
_FILE_SYSTEM_NAME = "lustrefs"
"""Of every Azure Managed Lustre (azurelustre-csi-driver, DefaultLustreFsName)."""
# None of it is among what an update takes (Microsoft.StorageCache, AmlFilesystemUpdate).
_FIXED = ["filesystemSubnet", "sku", "storageCapacityTiB", "zones"]


@dataclass(frozen=True, kw_only=True)
class ManagedLustreArgs:
    """`subnet_id` is a subnet with nothing else in it; `claims` get a volume each.

    `cluster` is what the driver inside it goes with.
    """

    resource_group: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    settings: AksLustreSettings
    claims: Sequence[Claim]
    kubernetes: kubernetes.Provider
    cluster: pulumi.Resource
    tags: Mapping[str, str]


class ManagedLustre(pulumi.ComponentResource):
    """One file system, in the stack's resource group: the cluster's own goes with the cluster."""

    def __init__(
        self, name: str, args: ManagedLustreArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings = args.settings
        props = {
            "sku": settings.sku,
            "capacityTib": settings.capacity_tib,
            "zone": settings.zone,
            "protect": settings.protect,
        }
        super().__init__("gpuclusters:aks:ManagedLustre", name, props, opts)
        file_system = storagecache.AmlFilesystem(
            f"{name}-file-system",
            resource_group_name=args.resource_group,
            filesystem_subnet=args.subnet_id,
            sku=storagecache.SkuNameArgs(name=settings.sku),
            storage_capacity_ti_b=settings.capacity_tib,
            zones=[settings.zone],
            maintenance_window=storagecache.AmlFilesystemMaintenanceWindowArgs(
                day_of_week=storagecache.MaintenanceDayOfWeekType(settings.maintenance.day),
                time_of_day_utc=settings.maintenance.time_utc,
            ),
            tags=args.tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=settings.protect,
                replace_on_changes=_FIXED,
                # A subnet holds one file system.
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(create="60m", update="60m", delete="60m"),
            ),
        )
        address = file_system.client_info.mgs_address

        def source(claim: Claim) -> kubernetes.core.v1.CSIPersistentVolumeSourceArgs:
            return kubernetes.core.v1.CSIPersistentVolumeSourceArgs(
                driver=_DRIVER,
                # The driver takes handles apart: name, file system, server.
                volume_handle=pulumi.Output.concat(
                    claim.volume or claim.name, f"#{_FILE_SYSTEM_NAME}#", address
                ),
                volume_attributes={"mgs-ip-address": address},
            )

        self.volumes = StaticVolumes(
            f"{name}-volumes",
            StaticVolumesArgs(
                storage_class=LUSTRE,
                provisioner=_DRIVER,
                source=source,
                # Both from the driver's own examples.
                mount_options=("noatime", "flock"),
                claims=args.claims,
            ),
            # The driver's own hook refuses to uninstall it while volumes of it are there.
            pulumi.ResourceOptions(
                parent=self, providers=[args.kubernetes], depends_on=[self._driver(name, args)]
            ),
        )
        self.register_outputs({"mgsAddress": address})

    def _driver(self, name: str, args: ManagedLustreArgs) -> pulumi.Resource:
        chart = charts.chart("azurelustre-csi-driver")
        return kubernetes.helm.v3.Release(
            f"{name}-driver",
            name=chart.release_name,
            chart=chart.chart,
            version=chart.version,
            namespace=chart.namespace,
            atomic=True,
            timeout=60 * chart.timeout_minutes,
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=args.kubernetes,
                deleted_with=args.cluster,
                # Its name is fixed.
                delete_before_replace=True,
            ),
        )
