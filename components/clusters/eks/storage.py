"""The cluster's default storage class."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes


def default_storage_class(
    name: str, opts: pulumi.ResourceOptions
) -> kubernetes.storage.v1.StorageClass:
    """An encrypted gp3 class. EKS makes none by itself, and claims without one wait for ever."""
    return kubernetes.storage.v1.StorageClass(
        f"storage-class-{name}",
        metadata=kubernetes.meta.v1.ObjectMetaArgs(
            name=name, annotations={"storageclass.kubernetes.io/is-default-class": "true"}
        ),
        provisioner="ebs.csi.aws.com",
        parameters={"type": "gp3", "encrypted": "true"},
        volume_binding_mode="WaitForFirstConsumer",
        reclaim_policy="Delete",
        allow_volume_expansion=True,
        opts=opts,
    )
