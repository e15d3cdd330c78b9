"""What a destroy would leave behind, stop at, or take with it."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from rules.checks import Check, Say, by_type
from rules.pools import EKS_TEMPLATE, GKE_CLUSTER
from rules.props import Props, every, for_each, mapping, yes


def _deleted_with_node(props: Props, say: Say) -> None:
    """AWS facts, EFA interface rules 6."""

    def judge(index: int, interface: object) -> None:
        # The provider's schema has it as a string.
        if not yes(mapping(interface).get("deleteOnTermination")):
            say(
                f"networkInterfaces[{index}] outlives its node and then holds its subnet and "
                "security group; set deleteOnTermination"
            )

    for_each(props.get("networkInterfaces"), judge)


interfaces_go_with_their_node = ResourceValidationPolicy(
    name="interfaces-go-with-their-node",
    description="Network interfaces of a launch template are deleted with their instance.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=by_type({EKS_TEMPLATE: _deleted_with_node}),
)


# Data on a shared file system. Kubernetes, "Reclaiming": with Delete the driver is asked to delete
# what the volume stands for when one claim of it goes, be it the file system of all the others.

_SHARED = {
    "fsx.csi.aws.com": "FSx for Lustre",
    "azurelustre.csi.azure.com": "Azure Managed Lustre",
    "lustre.csi.storage.gke.io": "Managed Lustre",
    "filestore.csi.storage.gke.io": "Filestore",
}


def _shared_volume(props: Props, say: Say) -> None:
    spec = mapping(props.get("spec"))
    system = _SHARED.get(str(mapping(spec.get("csi")).get("driver")))
    if system and spec.get("persistentVolumeReclaimPolicy") != "Retain":
        say(
            f"deleting its claim may delete what others have on the same {system}; set "
            "persistentVolumeReclaimPolicy to Retain"
        )


def _shared_class(props: Props, say: Say) -> None:
    system = _SHARED.get(str(props.get("provisioner")))
    if system and props.get("reclaimPolicy") != "Retain":
        say(
            f"{system} of this class goes with its claim, data and all, or is left half-deleted "
            "when the cluster goes first; set reclaimPolicy to Retain"
        )


shared_data_is_retained = ResourceValidationPolicy(
    name="shared-data-is-retained",
    description="Deleting a claim does not delete data on a file system that others use.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=by_type(
        {
            "kubernetes:core/v1:PersistentVolume": _shared_volume,
            "kubernetes:storage.k8s.io/v1:StorageClass": _shared_class,
        }
    ),
)


# A destroy that stops half-way leaves GPU nodes running (AWS facts D6; GCP facts GD1, GD2, GD5,
# GD6). Who wants a lock has Pulumi's own, `protect`: it refuses before the first deletion.


def _gke_protection(props: Props, say: Say) -> None:
    # On unless it is switched off.
    if props.get("deletionProtection") is not False:
        _stops("deletionProtection", say)


def _stops(switch: str, say: Say) -> None:
    say(
        f"destroy stops here, with the rest running and paid ({switch}); switch it off, and use "
        "`protect` where a lock is wanted"
    )


def _switch(name: str) -> Check:
    def check(props: Props, say: Say) -> None:
        if yes(props.get(name)):
            _stops(name, say)

    return check


_STOPS: Mapping[str, Check] = {
    GKE_CLUSTER: _gke_protection,
    "aws:eks/cluster:Cluster": _switch("deletionProtection"),
    EKS_TEMPLATE: _switch("disableApiTermination"),
    "aws:ec2/instance:Instance": _switch("disableApiTermination"),
    "gcp:filestore/instance:Instance": _switch("deletionProtectionEnabled"),
    "gcp:compute/instance:Instance": _switch("deletionProtection"),
}


def _gets_through(args: ResourceValidationArgs, report: ReportViolation) -> None:
    def say(message: str) -> None:
        report(message, None)

    def switches() -> None:
        check = _STOPS.get(args.resource_type)
        if check is not None:
            check(args.props, say)

    def policy() -> None:
        if not args.resource_type.startswith("gcp:"):
            return
        match args.props.get("deletionPolicy"):
            case "PREVENT":
                _stops("deletionPolicy PREVENT", say)
            case "ABANDON":
                say("destroy leaves it behind, where it may hold its network; drop ABANDON")
            case _:
                return

    every(switches, policy)


destroy_gets_through = ResourceValidationPolicy(
    name="destroy-gets-through",
    description="No switch of a cloud stops a destroy half-way, or leaves things behind.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_gets_through,
)
