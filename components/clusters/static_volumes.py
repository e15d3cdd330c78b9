"""A storage class whose claims share one file system, and the volumes bound to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from plan.model import Claim


@dataclass(frozen=True, kw_only=True)
class StaticVolumesArgs:
    """`source` is how the driver finds the file system for a claim.

    Kubernetes takes a volume handle for one volume of a node, so claims that one pod mounts need
    handles of their own. A class whose driver has but one is `StorageClass.one_claim`.
    """

    storage_class: str
    provisioner: str
    source: Callable[[Claim], kubernetes.core.v1.CSIPersistentVolumeSourceArgs]
    mount_options: Sequence[str]
    claims: Sequence[Claim]


class StaticVolumes(pulumi.ComponentResource):
    """One persistent volume for each claim of the class, reserved for that claim.

    Volumes are retained: deleting a claim must not delete what other claims share. The file system
    itself is a resource of the stack.
    """

    def __init__(
        self, name: str, args: StaticVolumesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {"storageClass": args.storage_class, "claims": [c.name for c in args.claims]}
        super().__init__("gpuclusters:clusters:StaticVolumes", name, props, opts)
        made = kubernetes.storage.v1.StorageClass(
            f"{name}-class",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=args.storage_class),
            provisioner=args.provisioner,
            reclaim_policy="Retain",
            volume_binding_mode="Immediate",
            opts=pulumi.ResourceOptions(parent=self),
        )
        for claim in args.claims:
            if claim.storage_class != args.storage_class or claim.volume is None:
                continue
            kubernetes.core.v1.PersistentVolume(
                f"{name}-{claim.volume}",
                metadata=kubernetes.meta.v1.ObjectMetaArgs(name=claim.volume),
                spec=kubernetes.core.v1.PersistentVolumeSpecArgs(
                    access_modes=[claim.access_mode],
                    capacity={"storage": claim.size},
                    csi=args.source(claim),
                    mount_options=list(args.mount_options),
                    persistent_volume_reclaim_policy="Retain",
                    storage_class_name=made.metadata["name"],
                    # Nobody else's claim may take it.
                    claim_ref=kubernetes.core.v1.ObjectReferenceArgs(
                        api_version="v1",
                        kind="PersistentVolumeClaim",
                        namespace=claim.namespace,
                        name=claim.name,
                    ),
                ),
                opts=pulumi.ResourceOptions(
                    parent=self,
                    # The source of a volume cannot be changed, and its name is fixed.
                    delete_before_replace=True,
                    # The cluster's controllers write the claim's uid and version into it.
                    ignore_changes=["spec.claimRef"],
                ),
            )
        self.register_outputs({})
