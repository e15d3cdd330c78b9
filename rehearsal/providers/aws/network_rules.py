"""What EC2 refuses of networks and launch templates, beyond names that do not exist."""

from __future__ import annotations

import ipaddress
from collections import Counter

from rehearsal.providers.aws import kinds
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Json, Props, get, items, number, text, texts
from rehearsal.providers.world import Record, World

_WIDEST, _NARROWEST = 16, 28
"""Prefix lengths that a VPC or a subnet may have."""


def check_vpc(inputs: Props) -> None:
    """A VPC is a block of /16 to /28 (EC2 CreateVpc)."""
    block = _network(text(inputs, "cidrBlock"), "cidrBlock")
    if not _WIDEST <= block.prefixlen <= _NARROWEST:
        raise Refusal(f"InvalidVpc.Range: The CIDR '{block}' is invalid", "cidrBlock")


def check_subnet(world: World, inputs: Props) -> None:
    """A subnet lies inside its VPC and apart from the other subnets (EC2 CreateSubnet)."""
    if text(inputs, "availabilityZone") and text(inputs, "availabilityZoneId"):
        raise Refusal(
            "InvalidParameterCombination: a zone is given by its name or by its id, not by both",
            "availabilityZoneId",
        )
    block = _network(text(inputs, "cidrBlock"), "cidrBlock")
    vpc_id = text(inputs, "vpcId")
    vpc = world.find("aws", (kinds.VPC,), vpc_id)
    if not _WIDEST <= block.prefixlen <= _NARROWEST or (
        vpc is not None
        and not block.subnet_of(_network(text(vpc.inputs, "cidrBlock"), "cidrBlock"))
    ):
        raise Refusal(f"InvalidSubnet.Range: The CIDR '{block}' is invalid", "cidrBlock")
    for other in world.all("aws", kinds.SUBNET):
        if text(other.inputs, "vpcId") == vpc_id and block.overlaps(
            _network(text(other.inputs, "cidrBlock"), "cidrBlock")
        ):
            raise Refusal(
                f"InvalidSubnet.Conflict: The CIDR '{block}' conflicts with another subnet "
                f"({other.key.id}, {other.name})",
                "cidrBlock",
            )


def check_nat_gateway(world: World, inputs: Props) -> None:
    """A public NAT gateway needs an address, and its VPC a gateway (EC2 CreateNatGateway)."""
    if text(inputs, "connectivityType") == "private":
        return
    if not text(inputs, "allocationId"):
        raise Refusal("MissingParameter: allocationId is required for a public NAT gateway")
    vpc_id = vpc_of(world, text(inputs, "subnetId"))
    if not any(
        text(gateway.inputs, "vpcId") == vpc_id
        for gateway in world.all("aws", kinds.INTERNET_GATEWAY)
    ):
        raise Refusal(f"Gateway.NotAttached: Network {vpc_id} has no Internet gateway attached")


def check_internet_gateway_unused(world: World, gateway: Record) -> None:
    """A gateway stays while the VPC has public addresses mapped (EC2 DetachInternetGateway)."""
    vpc_id = text(gateway.inputs, "vpcId")
    for user in world.all("aws", kinds.NAT_GATEWAY, kinds.NETWORK_INTERFACE):
        if vpc_of(world, text(user.inputs, "subnetId")) == vpc_id:
            raise Refusal(
                f"DependencyViolation: Network {vpc_id} has some mapped public address(es). Please "
                f"unmap those before detaching the gateway ({user.key.id}, {user.name})"
            )


def check_launch_template(inputs: Props) -> None:
    """What no instance can be launched from; the network card rules are in `check_interfaces`."""
    interfaces = items(inputs, "networkInterfaces")
    # A6: groups of the template and groups of an interface exclude each other (RunInstances).
    if texts(inputs, "vpcSecurityGroupIds") and any(
        texts(interface, "securityGroups") for interface in interfaces
    ):
        raise Refusal(
            "InvalidParameterCombination: Network interfaces and an instance-level security groups "
            "may not be specified on the same request",
            "vpcSecurityGroupIds",
        )
    # A14: a preference and a target exclude each other, and so do the two kinds of target.
    wanted = get(inputs, "capacityReservationSpecification")
    target = get(wanted, "capacityReservationTarget")
    if text(wanted, "capacityReservationPreference") and target:
        raise Refusal(
            "InvalidParameterCombination: a capacity reservation preference and a target exclude "
            "each other",
            "capacityReservationSpecification",
        )
    if text(target, "capacityReservationId") and text(
        target, "capacityReservationResourceGroupArn"
    ):
        raise Refusal(
            "InvalidParameterCombination: a capacity reservation id and a resource group exclude "
            "each other",
            "capacityReservationSpecification.capacityReservationTarget",
        )
    check_interfaces(interfaces)


def check_interfaces(interfaces: list[Json]) -> None:
    """A2, A3, A5: how cards, devices and EFAs may be laid out (EC2 User Guide, multiple cards)."""
    if not interfaces:
        return
    places = [(number(i, "networkCardIndex"), number(i, "deviceIndex")) for i in interfaces]
    path = "networkInterfaces"
    twice = [place for place, count in Counter(places).items() if count > 1]
    if twice:
        raise Refusal(
            "InvalidParameterValue: Each network interface requires a unique device index: card "
            f"{twice[0][0]} device {twice[0][1]} is given twice",
            path,
        )
    if (0, 0) not in places:
        raise Refusal("InvalidParameterValue: a primary network interface (0/0) is required", path)
    by_place = dict(zip(places, interfaces, strict=True))
    if text(by_place[(0, 0)], "interfaceType") == "efa-only":
        raise Refusal(
            "InvalidParameterCombination: an efa-only interface cannot be the primary interface",
            path,
        )
    efas = Counter(
        card
        for (card, _), interface in by_place.items()
        if text(interface, "interfaceType") in ("efa", "efa-only")
    )
    for card, count in efas.items():
        if count > 1:
            raise Refusal(
                f"AttachmentLimitExceeded: network card {card} takes one EFA, {count} are asked "
                "for",
                path,
            )
    if len(interfaces) > 1 and any(
        get(i, "associatePublicIpAddress") in (True, "true") for i in interfaces
    ):
        raise Refusal(
            "InvalidParameterCombination: The associatePublicIPAddress parameter cannot be "
            "specified when launching with multiple network interfaces",
            path,
        )


def vpc_of(world: World, subnet_id: str) -> str:
    """The VPC a subnet is in."""
    subnet = world.find("aws", (kinds.SUBNET,), subnet_id)
    return text(subnet.inputs, "vpcId") if subnet else ""


def reaches_out(world: World, subnet_id: str) -> bool:
    """Whether machines in a subnet reach the cloud's APIs: by a default route or by endpoints."""
    vpc_id = vpc_of(world, subnet_id)
    if any(
        text(endpoint.inputs, "vpcId") == vpc_id
        and text(endpoint.inputs, "vpcEndpointType") == "Interface"
        for endpoint in world.all("aws", kinds.VPC_ENDPOINT)
    ):
        return True
    tables = {
        text(association.inputs, "routeTableId")
        for association in world.all("aws", kinds.ROUTE_TABLE_ASSOCIATION)
        if text(association.inputs, "subnetId") == subnet_id
    }
    inline = any(
        text(route, "cidrBlock") == "0.0.0.0/0"
        for table in world.all("aws", kinds.ROUTE_TABLE)
        if table.key.id in tables
        for route in items(table.inputs, "routes")
    )
    return inline or any(
        text(route.inputs, "routeTableId") in tables
        and text(route.inputs, "destinationCidrBlock") == "0.0.0.0/0"
        for route in world.all("aws", kinds.ROUTE)
    )


def _network(given: str, path: str) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(given)
    except ValueError as error:
        raise Refusal(
            f"InvalidParameterValue: Value ({given}) for parameter {path} is invalid: {error}", path
        ) from error
