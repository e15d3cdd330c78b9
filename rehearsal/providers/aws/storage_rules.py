"""What FSx for Lustre and EFS refuse. Rule ids are those of our notes on AWS."""

from __future__ import annotations

from collections.abc import Iterable

from rehearsal.providers.aws import kinds
from rehearsal.providers.aws.network_rules import vpc_of
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Path, Props, flag, get, number, text, texts
from rehearsal.providers.world import Record, World

# MB/s for each TiB, by deployment type on SSD, with the capacity step in GiB that EFA asks for.
_THROUGHPUT = {
    "PERSISTENT_1": {50: 0, 100: 0, 200: 0},
    "PERSISTENT_2": {125: 38400, 250: 19200, 500: 9600, 1000: 4800},
}
_METADATA_IOPS = frozenset({1500, 3000, 6000, *range(12_000, 192_001, 12_000)})
_PER_UNIT = "perUnitStorageThroughput"
_LUSTRE = 988
# What can grow in place, and not shrink: less of it is another file system.
_GROWING: tuple[Path, ...] = (("storageCapacity",), ("metadataConfiguration", "iops"))


def check_lustre(world: World, inputs: Props) -> None:
    """What CreateFileSystem refuses of an SSD file system."""
    if not isinstance(get(inputs, "subnetIds"), str):
        raise Refusal(
            "InvalidNetworkSettings: Exactly one subnet ID is required for a Lustre file system",
            "subnetIds",
        )
    _check_shape(inputs)
    _check_capacity(inputs)
    groups = texts(inputs, "securityGroupIds")
    if not _opens(world, groups, _LUSTRE):
        raise Refusal(
            "InvalidNetworkSettings: The file system cannot be created because the default "
            "security group in the subnet provided or the provided security groups do not permit "
            "Lustre LNET network traffic on port 988",
            "securityGroupIds",
        )
    if flag(inputs, "efaEnabled"):
        _check_efa(world, inputs, groups)


def check_lustre_update(old: Record, inputs: Props) -> None:
    """With EFA, the throughput of a file system is what it was made with."""
    now, before = number(inputs, _PER_UNIT), number(old.inputs, _PER_UNIT)
    if flag(old.inputs, "efaEnabled") and now != before:
        raise Refusal(
            "BadRequest: PerUnitStorageThroughput cannot be changed on an EFA-enabled file system",
            _PER_UNIT,
        )
    _check_shape(inputs)
    _check_capacity(inputs)


def shrunk(olds: Props, news: Props) -> frozenset[Path]:
    """The properties whose change asks for less than there is."""
    return frozenset(path for path in _GROWING if 0 < number(news, *path) < number(olds, *path))


def check_mount_target(world: World, inputs: Props) -> None:
    """One mount target a zone, all of them in one VPC (EFS CreateMountTarget)."""
    subnet = world.find("aws", (kinds.SUBNET,), text(inputs, "subnetId"))
    if subnet is None:
        return
    for target in world.all("aws", kinds.MOUNT_TARGET):
        if text(target.inputs, "fileSystemId") != text(inputs, "fileSystemId"):
            continue
        other = world.find("aws", (kinds.SUBNET,), text(target.inputs, "subnetId"))
        if other is None:
            continue
        if vpc_of(world, other.key.id) != vpc_of(world, subnet.key.id):
            raise Refusal(
                "MountTargetConflict: requested subnet for new mount target is not in the same VPC "
                f"as existing mount targets ({target.key.id}, {target.name})",
                "subnetId",
            )
        zone = text(subnet.outputs, "availabilityZoneId")
        if text(other.outputs, "availabilityZoneId") == zone:
            raise Refusal(
                f"MountTargetConflict: mount target already exists in this AZ ({zone}: "
                f"{target.key.id}, {target.name})",
                "subnetId",
            )


def _check_shape(inputs: Props) -> None:
    # A23, and FSx CreateFileSystem: what goes with which deployment type.
    deployment, version = text(inputs, "deploymentType"), text(inputs, "fileSystemTypeVersion")
    per_unit = number(inputs, _PER_UNIT)
    allowed = _THROUGHPUT.get(deployment)
    if allowed is not None and per_unit not in allowed:
        raise Refusal(
            f"InvalidPerUnitStorageThroughput: {per_unit} is not valid for {deployment}; valid "
            f"values are {', '.join(map(str, allowed))}",
            _PER_UNIT,
        )
    if deployment == "PERSISTENT_2" and version == "2.10":
        raise Refusal(
            "BadRequest: file system type version 2.10 is not supported with PERSISTENT_2",
            "fileSystemTypeVersion",
        )
    metadata = get(inputs, "metadataConfiguration")
    if not metadata:
        return
    if deployment != "PERSISTENT_2" or version != "2.15":
        raise Refusal(
            "BadRequest: MetadataConfiguration needs deployment type PERSISTENT_2 and file system "
            "type version 2.15",
            "metadataConfiguration",
        )
    provisioned = text(metadata, "mode") == "USER_PROVISIONED"
    iops = number(metadata, "iops")
    if (provisioned and iops not in _METADATA_IOPS) or (not provisioned and iops):
        raise Refusal(
            f"BadRequest: {iops} metadata IOPS with mode {text(metadata, 'mode')}: USER_PROVISIONED"
            " takes 1500, 3000, 6000, 12000 and multiples of 12000 up to 192000, AUTOMATIC none",
            "metadataConfiguration.iops",
        )


def _check_capacity(inputs: Props) -> None:
    # A22: the steps of SSD file systems, which are larger with EFA.
    capacity = number(inputs, "storageCapacity")
    step = _THROUGHPUT.get(text(inputs, "deploymentType"), {}).get(number(inputs, _PER_UNIT), 0)
    if flag(inputs, "efaEnabled") and step:
        fits, allowed = capacity > 0 and capacity % step == 0, f"multiples of {step} GiB with EFA"
    else:
        fits = capacity == 1200 or (capacity > 0 and capacity % 2400 == 0)
        allowed = "1200 GiB, 2400 GiB and increments of 2400 GiB"
    if not fits:
        raise Refusal(
            f"BadRequest: storage capacity {capacity} GiB is not valid: {allowed}",
            "storageCapacity",
        )


def _check_efa(world: World, inputs: Props, groups: list[str]) -> None:
    if text(inputs, "deploymentType") != "PERSISTENT_2" or not get(inputs, "metadataConfiguration"):
        raise Refusal(
            "BadRequest: EFA is supported with deployment type PERSISTENT_2 and a metadata "
            "configuration only",
            "efaEnabled",
        )
    # A7: by group, both ways; no rule that names addresses will do.
    if not any(
        _all_to_itself(world, kinds.INGRESS_RULE, group)
        and _all_to_itself(world, kinds.EGRESS_RULE, group)
        for group in groups
    ):
        raise Refusal(
            "InvalidNetworkSettings: Insufficient security group permissions to create an "
            "EFA-enabled file system. Update security group to allow all internal inbound and "
            "outbound traffic.",
            "securityGroupIds",
        )


def _all_to_itself(world: World, type: str, group: str) -> bool:
    return any(
        text(rule, "ipProtocol") == "-1" and text(rule, "referencedSecurityGroupId") == group
        for rule in _rules(world, type, group)
    )


def _opens(world: World, groups: list[str], port: int) -> bool:
    return any(
        text(rule, "ipProtocol") == "-1"
        or number(rule, "fromPort") <= port <= number(rule, "toPort")
        for group in groups
        for rule in _rules(world, kinds.INGRESS_RULE, group)
    )


def _rules(world: World, type: str, group: str) -> Iterable[Props]:
    return (
        rule.inputs
        for rule in world.all("aws", type)
        if text(rule.inputs, "securityGroupId") == group
    )
