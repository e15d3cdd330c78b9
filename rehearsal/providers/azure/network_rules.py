"""What virtual networks refuse."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from typing import Final

from rehearsal.providers.azure import kinds
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Props, items, text, texts
from rehearsal.providers.world import Record, World

AZURE_KEEPS: Final = 5
"""Addresses of a subnet that Azure takes: the first four and the last."""

_SMALLEST: Final = 29


def networks_of(prefixes: list[str], path: str) -> list[IPv4Network]:
    """The prefixes as networks; refused where one is none."""
    found: list[IPv4Network] = []
    for prefix in prefixes:
        try:
            found.append(IPv4Network(prefix))
        except (AddressValueError, NetmaskValueError, ValueError) as error:
            raise Refusal(
                f"InvalidCIDRNotation: The address prefix {prefix} has an invalid CIDR notation",
                path,
            ) from error
    return found


def space_of(network: Record) -> list[IPv4Network]:
    """The address space of a virtual network."""
    return networks_of(
        texts(network.inputs, "addressSpace", "addressPrefixes"), "addressSpace.addressPrefixes"
    )


def subnet_prefixes(inputs: Props) -> list[str]:
    """The prefixes of a subnet, one or many."""
    one = text(inputs, "addressPrefix")
    return [one] if one else texts(inputs, "addressPrefixes")


def network_of(world: World, subnet: Record) -> Record | None:
    """The virtual network of a subnet."""
    return world.get(subnet.owner) if subnet.owner else None


def subnets_of(world: World, network: Record) -> list[Record]:
    """The subnets of a virtual network."""
    return [s for s in world.all("azure-native", kinds.SUBNET) if s.owner == network.key]


def check_network(inputs: Props) -> None:
    """A network has prefixes, and its subnets are resources of their own."""
    prefixes = texts(inputs, "addressSpace", "addressPrefixes")
    if not prefixes:
        raise Refusal(
            "InvalidRequestFormat: a virtual network needs an address space",
            "addressSpace.addressPrefixes",
        )
    networks_of(prefixes, "addressSpace.addressPrefixes")
    if items(inputs, "subnets"):
        raise Refusal(
            "simulated: this stand-in knows subnets as network:Subnet only, not inside their "
            "network",
            "subnets",
        )


def check_subnet(world: World, network: Record, inputs: Props, own_id: str) -> None:
    """A subnet lies in its network and meets no other."""
    name, within = text(inputs, "subnetName"), text(inputs, "virtualNetworkName")
    prefixes = networks_of(subnet_prefixes(inputs), "addressPrefix")
    if not prefixes:
        raise Refusal(f"NetcfgInvalidSubnet: Subnet '{name}' has no prefix", "addressPrefix")
    for prefix in prefixes:
        if prefix.prefixlen > _SMALLEST:
            raise Refusal(
                f"NetcfgInvalidSubnet: Subnet '{name}' is not valid in virtual network '{within}': "
                f"{prefix} is smaller than /{_SMALLEST}",
                "addressPrefix",
            )
        if not any(prefix.subnet_of(space) for space in space_of(network)):
            raise Refusal(
                f"NetcfgSubnetRangeOutsideVnet: Subnet '{name}' is not valid because its IP "
                f"address range is outside the IP address range of virtual network '{within}'",
                "addressPrefix",
            )
        for other in subnets_of(world, network):
            if other.key.id != own_id and any(
                prefix.overlaps(taken)
                for taken in networks_of(subnet_prefixes(other.inputs), "addressPrefix")
            ):
                raise Refusal(
                    f"NetcfgSubnetRangesOverlap: Subnet '{name}' is not valid because its IP "
                    "address range overlaps with that of an existing subnet in virtual network "
                    f"'{within}' ({text(other.outputs, 'name')})",
                    "addressPrefix",
                )


def check_subnet_unused(world: World, subnet: Record) -> None:
    """ZD3: the real service names a network interface, where this names whose interface it is."""
    for user in world.referrers(subnet.key):
        raise Refusal(
            f"InUseSubnetCannotBeDeleted: Subnet {text(subnet.outputs, 'name')} is in use by "
            f"{user.key.id} and cannot be deleted. In order to delete the subnet, delete all the "
            f"resources within the subnet. See aka.ms/deletesubnet. ({user.name})"
        )


def check_nat_gateway(world: World, inputs: Props) -> None:
    """A NAT gateway takes static Standard addresses (Azure NAT Gateway, "Configure"), each once."""
    for given in items(inputs, "publicIpAddresses"):
        address = world.find("azure-native", (kinds.PUBLIC_IP,), text(given, "id"))
        if address is None:
            continue
        if text(address.inputs, "sku", "name") != "Standard":
            raise Refusal(
                f"simulated: public IP {text(address.outputs, 'name')} is not of sku Standard, "
                "which a NAT gateway asks for",
                "publicIpAddresses",
            )
        for user in world.referrers(address.key):
            if text(user.inputs, "natGatewayName") != text(inputs, "natGatewayName"):
                raise Refusal(
                    f"simulated: public IP {text(address.outputs, 'name')} is already associated "
                    f"with {user.key.id}",
                    "publicIpAddresses",
                )
