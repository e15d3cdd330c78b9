"""What EKS and the Auto Scaling groups behind it refuse. Rule ids are those of our notes on AWS."""

from __future__ import annotations

from collections.abc import Callable

from rehearsal.providers.aws import kinds
from rehearsal.providers.aws.network_rules import reaches_out
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Props, get, items, mapping, number, text, texts
from rehearsal.providers.world import CapacityBlock, Record, World

Offered = Callable[[str, str], "tuple[str, ...] | None"]
"""Zones of a region that offer a machine type; None where nobody knows."""

_NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy")


def check_cluster(world: World, inputs: Props) -> None:
    """EKS asks for subnets in two zones at least (EKS User Guide, network requirements)."""
    zones = {
        text(subnet.outputs, "availabilityZoneId")
        for subnet in _subnets(world, texts(inputs, "vpcConfig", "subnetIds"))
    }
    if len(zones) < 2:
        raise Refusal(
            "InvalidParameterException: Subnets specified must be in at least two different AZs",
            "vpcConfig.subnetIds",
        )


def check_cluster_unused(world: World, cluster: Record) -> None:
    """D2: a cluster with node groups is not deleted, nor one that is protected (D6)."""
    if get(cluster.outputs, "deletionProtection") is True:
        raise Refusal("InvalidRequestException: the cluster has deletion protection enabled")
    for group in world.all("aws", kinds.NODE_GROUP):
        if text(group.inputs, "clusterName") == text(cluster.inputs, "name"):
            raise Refusal(
                "ResourceInUseException: Cluster has nodegroups attached "
                f"({text(group.inputs, 'nodeGroupName')})"
            )


def check_role_policy_unused(world: World, attachment: Record) -> None:
    """IAM would detach it, but EKS could then not delete what it made (EKS User Guide)."""
    role = world.find("aws", (kinds.ROLE,), text(attachment.inputs, "role"))
    if role is None:
        return
    for user in world.referrers(role.key):
        if user.key.type in (kinds.CLUSTER, kinds.NODE_GROUP):
            raise Refusal(
                f"simulated: {user.key.type} {user.key.id} still runs with role {role.key.id}: "
                "without this policy EKS cannot remove the network interfaces it made"
            )


def check_access_policy(world: World, inputs: Props) -> None:
    """A policy is associated with an access entry that exists (EKS AssociateAccessPolicy)."""
    entry = f"{text(inputs, 'clusterName')}:{text(inputs, 'principalArn')}"
    if world.find("aws", (kinds.ACCESS_ENTRY,), entry) is None:
        raise Refusal(
            "ResourceNotFoundException: The specified principalArn could not be found: no access "
            f"entry for {text(inputs, 'principalArn')}",
            "principalArn",
        )


def check_node_group(world: World, inputs: Props, region: str, offered: Offered) -> None:
    """Everything that makes CreateNodegroup, or the launches behind it, fail."""
    scaling = mapping(inputs, "scalingConfig")
    low, wanted, high = (number(scaling, f"{key}Size") for key in ("min", "desired", "max"))
    if not low <= wanted <= high or high < 1:
        raise Refusal(
            f"InvalidParameterException: desired capacity {wanted} must be between minimum {low} "
            f"and maximum {high}, and maximum must be at least 1",
            "scalingConfig",
        )
    named = text(inputs, "launchTemplate", "id") or text(inputs, "launchTemplate", "name")
    template = world.find("aws", (kinds.LAUNCH_TEMPLATE,), named) if named else None
    shape: Props = template.inputs if template else {}
    if template is not None:
        _check_template(inputs, shape)
        _check_version(inputs, template)
    types = texts(inputs, "instanceTypes") or [t for t in (text(shape, "instanceType"),) if t]
    subnets = _subnets(world, texts(inputs, "subnetIds"))
    _check_capacity_block(world, inputs, shape, types, subnets)
    _check_offered(types, subnets, region, offered)
    if wanted > 0:
        _check_joins(world, inputs, subnets)


def check_scaling(world: World, inputs: Props) -> None:
    """An update may not ask for more than the block of the group holds."""
    named = text(inputs, "launchTemplate", "id") or text(inputs, "launchTemplate", "name")
    template = world.find("aws", (kinds.LAUNCH_TEMPLATE,), named) if named else None
    shape: Props = template.inputs if template else {}
    if template is not None:
        _check_template(inputs, shape)
        _check_version(inputs, template)
    types = texts(inputs, "instanceTypes") or [text(shape, "instanceType")]
    _check_capacity_block(world, inputs, shape, types, _subnets(world, texts(inputs, "subnetIds")))


def attached_policies(world: World, role: Record) -> frozenset[str]:
    """The names of the policies that a role holds."""
    attached = {
        text(attachment.inputs, "policyArn")
        for attachment in world.all("aws", kinds.ROLE_POLICY_ATTACHMENT)
        if role.key in attachment.refs
    }
    inline = {text(arn) for arn in items(role.inputs, "managedPolicyArns")}
    return frozenset(arn.rpartition("/")[2] for arn in attached | inline)


def _check_template(inputs: Props, shape: Props) -> None:
    # A9 and the EKS User Guide, "Customize managed nodes with launch templates".
    forbidden = {
        "iamInstanceProfile": get(shape, "iamInstanceProfile"),
        "instanceInitiatedShutdownBehavior": get(shape, "instanceInitiatedShutdownBehavior"),
        "hibernationOptions": get(shape, "hibernationOptions"),
        "networkInterfaces.subnetId": next(
            (i for i in items(shape, "networkInterfaces") if get(i, "subnetId")), None
        ),
    }
    for name, value in forbidden.items():
        if value:
            raise Refusal(
                f"InvalidParameterException: Launch template of a managed node group must not "
                f"specify {name}",
                "launchTemplate",
            )
    both = {
        "diskSize": get(inputs, "diskSize"),
        "remoteAccess": get(inputs, "remoteAccess"),
        "instanceTypes": texts(inputs, "instanceTypes") and text(shape, "instanceType"),
        "amiType": text(shape, "imageId") and text(inputs, "amiType") not in ("", "CUSTOM"),
    }
    for name, value in both.items():
        if value:
            raise Refusal(
                f"InvalidParameterException: {name} cannot be given both in the node group and in "
                "its launch template",
                name,
            )


def _check_version(inputs: Props, template: Record) -> None:
    version = str(get(inputs, "launchTemplate", "version") or "")
    latest = number(template.outputs, "latestVersion")
    if version.isdigit() and not 1 <= int(version) <= latest:
        raise Refusal(
            f"InvalidLaunchTemplateId.VersionNotFound: Could not find the specified version "
            f"{version} for the launch template {template.key.id}",
            "launchTemplate.version",
        )


def _check_capacity_block(
    world: World, inputs: Props, shape: Props, types: list[str], subnets: list[Record]
) -> None:
    market = text(shape, "instanceMarketOptions", "marketType")
    target = text(
        shape,
        "capacityReservationSpecification",
        "capacityReservationTarget",
        "capacityReservationId",
    )
    block = next((b for b in world.seed.capacity_blocks if b.id == target), None)
    own = world.find("aws", (kinds.CAPACITY_RESERVATION,), target) if target else None
    if target and block is None and own is None:
        raise Refusal(
            "InvalidCapacityReservationId.NotFound: The specified Capacity Reservation ID does not "
            f"exist: {target}",
            "launchTemplate",
        )
    if text(inputs, "capacityType") != "CAPACITY_BLOCK":
        if market == "capacity-block" or block is not None:
            raise Refusal(
                "InvalidParameterException: a launch template for a Capacity Block needs "
                "capacityType CAPACITY_BLOCK",
                "capacityType",
            )
        return
    # A10: the four things a node group on a Capacity Block needs.
    if market != "capacity-block" or block is None or len(types) != 1:
        raise Refusal(
            "InvalidParameterException: capacity type CAPACITY_BLOCK needs a launch template with "
            "market type capacity-block, the id of a Capacity Block and exactly one instance type",
            "capacityType",
        )
    _check_block_fits(inputs, shape, types[0], subnets, block)


def _check_block_fits(
    inputs: Props, shape: Props, type: str, subnets: list[Record], block: CapacityBlock
) -> None:
    zones = {text(subnet.outputs, "availabilityZoneId") for subnet in subnets}
    if zones != {block.zone_id}:
        raise Refusal(
            f"InvalidParameterException: Capacity Block {block.id} is in {block.zone_id}, the node "
            f"group's subnets are in {', '.join(sorted(zones))}",
            "subnetIds",
        )
    if type != block.instance_type:
        raise Refusal(
            f"InvalidParameterException: Capacity Block {block.id} holds {block.instance_type}, "
            f"the node group asks for {type}",
            "instanceTypes",
        )
    # A12: what a block cannot be combined with.
    if text(shape, "placement", "groupName") or text(shape, "placement", "tenancy") == "dedicated":
        raise Refusal(
            "InvalidParameterCombination: a Capacity Block takes neither a placement group nor "
            "dedicated tenancy",
            "launchTemplate",
        )
    wanted = number(inputs, "scalingConfig", "desiredSize")
    if wanted > block.count:
        raise Refusal(
            f"ReservationCapacityExceeded: Capacity Block {block.id} holds {block.count} instances"
            f", {wanted} are asked for",
            "scalingConfig.desiredSize",
        )
    # A11: nothing starts before the block does.
    if wanted > 0 and block.state != "active":
        raise Refusal(
            f"AsgInstanceLaunchFailures: Capacity Block {block.id} is {block.state}, not active: "
            "instances cannot be launched yet",
            "scalingConfig.desiredSize",
        )


def _check_offered(types: list[str], subnets: list[Record], region: str, offered: Offered) -> None:
    # A16: a type that the zone does not have.
    for type in types:
        zones = offered(type, region)
        for subnet in subnets:
            zone = text(subnet.outputs, "availabilityZoneId")
            if zones is not None and zone not in zones:
                raise Refusal(
                    f"Unsupported: Your requested instance type ({type}) is not supported in your "
                    f"requested Availability Zone ({zone}); it is offered in "
                    f"{', '.join(zones) or 'no zone of ' + region}",
                    "subnetIds",
                )


def _check_joins(world: World, inputs: Props, subnets: list[Record]) -> None:
    role = world.find("aws", (kinds.ROLE,), text(inputs, "nodeRoleArn"))
    attached = attached_policies(world, role) if role else frozenset[str]()
    if not attached.intersection(_NODE_POLICIES):
        raise Refusal(
            "NodeCreationFailure: Instances failed to join the kubernetes cluster: role "
            f"{role.key.id if role else ''} has none of {', '.join(_NODE_POLICIES)} attached",
            "nodeRoleArn",
        )
    for subnet in subnets:
        if not reaches_out(world, subnet.key.id):
            raise Refusal(
                "NodeCreationFailure: Instances failed to join the kubernetes cluster: subnet "
                f"{subnet.key.id} ({subnet.name}) has no route to the internet and no endpoints",
                "subnetIds",
            )


def _subnets(world: World, ids: list[str]) -> list[Record]:
    found = (world.find("aws", (kinds.SUBNET,), id) for id in ids)
    return [subnet for subnet in found if subnet is not None]
