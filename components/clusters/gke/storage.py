"""File systems that many nodes mount at once: Managed Lustre and Filestore."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes

from components.clusters.static_volumes import StaticVolumes, StaticVolumesArgs
from plan.clouds.gke import FILESTORE, LUSTRE
from plan.model import Claim
from plan.settings.gke import FilestoreSettings, GkeLustreSettings

_LUSTRE_DRIVER = "lustre.csi.storage.gke.io"
_FILESTORE_DRIVER = "filestore.csi.storage.gke.io"
_LUSTRE_PORT = "988"
# Managed Lustre asks for a /20 of the VPC's addresses at least.
_PEERED_PREFIX = 20
_SHARE = "dynamo"
_Source = kubernetes.core.v1.CSIPersistentVolumeSourceArgs


@dataclass(frozen=True, kw_only=True)
class FileSystemPlace:
    """Where a file system is, and who mounts it. The provider is the cluster's."""

    cluster_name: str
    project: str
    region: str
    zone: str
    vpc: gcp.compute.Network
    kubernetes: kubernetes.Provider
    claims: Sequence[Claim]
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class ManagedLustreArgs:
    """What is asked for, and where."""

    settings: GkeLustreSettings
    place: FileSystemPlace


class ManagedLustre(pulumi.ComponentResource):
    """A Lustre instance, its private way into the VPC, and volumes for the claims on it."""

    def __init__(
        self, name: str, args: ManagedLustreArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings, place = args.settings, args.place
        props = {"zone": place.zone, "capacityGib": settings.capacity_gib}
        super().__init__("gpuclusters:gke:ManagedLustre", name, props, opts)
        connection = self._private_services(name, place)
        instance = gcp.lustre.Instance(
            f"{name}-instance",
            instance_id=f"{place.cluster_name}-lustre",
            project=place.project,
            location=place.zone,
            network=place.vpc.id,
            filesystem=settings.filesystem,
            capacity_gib=str(settings.capacity_gib),
            per_unit_storage_throughput=str(settings.throughput),
            # Port 988, as the cluster's driver: nodes since 1.33.2-gke.4655000 need no other.
            gke_support_enabled=False,
            labels=place.labels,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[connection],
                protect=settings.protect,
                # Its id is fixed.
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(create="90m", update="90m", delete="90m"),
            ),
        )
        address = instance.mount_point.apply(lambda mount: mount.partition("@")[0])
        handle = pulumi.Output.concat(place.project, "/", place.zone, "/", instance.instance_id)

        def source(claim: Claim) -> _Source:
            # One handle for all: a node mounts a file system once, and its driver refuses a second
            # handle for it (lustre-csi-driver, node.go, hasMountWithSameFSName). Pods of different
            # namespaces share the mount; that a pod has one claim of it is the plan's doing.
            del claim
            return _Source(
                driver=_LUSTRE_DRIVER,
                volume_handle=handle,
                volume_attributes={"ip": address, "filesystem": settings.filesystem},
            )

        StaticVolumes(
            f"{name}-volumes",
            StaticVolumesArgs(
                storage_class=LUSTRE,
                provisioner=_LUSTRE_DRIVER,
                source=source,
                mount_options=(),
                claims=place.claims,
            ),
            pulumi.ResourceOptions(parent=self, provider=place.kubernetes),
        )
        self.register_outputs({"mountPoint": instance.mount_point})

    def _private_services(self, name: str, place: FileSystemPlace) -> pulumi.Resource:
        addresses = gcp.compute.GlobalAddress(
            f"{name}-addresses",
            purpose="VPC_PEERING",
            address_type="INTERNAL",
            prefix_length=_PEERED_PREFIX,
            network=place.vpc.id,
            labels=place.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        gcp.compute.Firewall(
            f"{name}-lustre",
            network=place.vpc.id,
            description=f"Managed Lustre to the nodes of {place.cluster_name}",
            direction="INGRESS",
            source_ranges=[
                pulumi.Output.concat(addresses.address, "/", str(_PEERED_PREFIX)),
            ],
            allows=[gcp.compute.FirewallAllowArgs(protocol="tcp", ports=[_LUSTRE_PORT])],
            opts=pulumi.ResourceOptions(parent=self),
        )
        return gcp.servicenetworking.Connection(
            f"{name}-connection",
            network=place.vpc.id,
            service="servicenetworking.googleapis.com",
            reserved_peering_ranges=[addresses.name],
            # Google's side says that it is in use for some time after the instance is gone. The
            # peering is then taken off the VPC: abandoned, it would keep the VPC from going.
            deletion_policy="REMOVE_PEERING",
            opts=pulumi.ResourceOptions(parent=self),
        )


@dataclass(frozen=True, kw_only=True)
class FilestoreArgs:
    """What is asked for, and where."""

    settings: FilestoreSettings
    place: FileSystemPlace


class Filestore(pulumi.ComponentResource):
    """An NFS share, and volumes for the claims on it."""

    def __init__(
        self, name: str, args: FilestoreArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings, place = args.settings, args.place
        location = place.region if settings.tier == "REGIONAL" else place.zone
        props = {"location": location, "capacityGib": settings.capacity_gib}
        super().__init__("gpuclusters:gke:Filestore", name, props, opts)
        instance = gcp.filestore.Instance(
            f"{name}-instance",
            name=f"{place.cluster_name}-files",
            project=place.project,
            location=location,
            tier=settings.tier,
            file_shares=gcp.filestore.InstanceFileSharesArgs(
                name=_SHARE, capacity_gb=settings.capacity_gib
            ),
            networks=[
                gcp.filestore.InstanceNetworkArgs(network=place.vpc.name, modes=["MODE_IPV4"])
            ],
            labels=place.labels,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=settings.protect,
                # Its name is fixed.
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(create="60m", update="60m", delete="60m"),
            ),
        )
        address = instance.networks[0].apply(_first_address)

        def source(claim: Claim) -> _Source:
            # The handle's last part only keeps the claims apart: nodes mount by the attributes
            # (gcp-filestore-csi-driver, node.go).
            handle = f"modeInstance/{location}/{place.cluster_name}-files/{claim.volume}"
            return _Source(
                driver=_FILESTORE_DRIVER,
                volume_handle=handle,
                volume_attributes={"ip": address, "volume": _SHARE},
            )

        StaticVolumes(
            f"{name}-volumes",
            StaticVolumesArgs(
                storage_class=FILESTORE,
                provisioner=_FILESTORE_DRIVER,
                source=source,
                mount_options=(),
                claims=place.claims,
            ),
            pulumi.ResourceOptions(parent=self, provider=place.kubernetes),
        )
        self.register_outputs({"address": address})


def _first_address(network: gcp.filestore.outputs.InstanceNetwork) -> str:
    if not network.ip_addresses:
        raise ValueError("Filestore gave the instance no address")
    return network.ip_addresses[0]
