"""Virtual network, subnets and the way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import network

from plan.subnets.aks import AksSubnets


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """`subnets` are the blocks of `cidr`; `with_lustre` asks for the file system's one."""

    resource_group: pulumi.Input[str]
    cidr: str
    subnets: AksSubnets
    with_lustre: bool
    tags: Mapping[str, str]


class Network(pulumi.ComponentResource):
    """A virtual network whose subnets reach the internet through one NAT gateway alone.

    No node has a public address. There is no security group: Azure lets everything inside a virtual
    network through, Lustre's ports (988, 1019 to 1023) among it, and nothing from outside.
    """

    def __init__(
        self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {"cidr": args.cidr, "nodes": args.subnets.nodes, "lustre": args.with_lustre}
        super().__init__("gpuclusters:aks:Network", name, props, opts)
        mine = pulumi.ResourceOptions(parent=self)
        self._name = name
        self._resource_group = args.resource_group
        self._network = network.VirtualNetwork(
            f"{name}-vnet",
            resource_group_name=args.resource_group,
            address_space=network.AddressSpaceArgs(address_prefixes=[args.cidr]),
            tags=args.tags,
            opts=mine,
        )
        self.address = network.PublicIPAddress(
            f"{name}-nat",
            resource_group_name=args.resource_group,
            # What a NAT gateway takes.
            sku=network.PublicIPAddressSkuArgs(name="Standard"),
            public_ip_allocation_method="Static",
            tags=args.tags,
            opts=mine,
        )
        self._nat = network.NatGateway(
            f"{name}-nat",
            resource_group_name=args.resource_group,
            sku=network.NatGatewaySkuArgs(name="Standard"),
            public_ip_addresses=[network.SubResourceArgs(id=self.address.id)],
            tags=args.tags,
            opts=mine,
        )
        self.nodes = self._subnet("nodes", args.subnets.nodes)
        # Of its own: a file system's creation fails after 15 minutes in a subnet with nodes in it.
        # After the other one: a virtual network takes one change at a time.
        self.lustre = (
            self._subnet("lustre", args.subnets.lustre, after=self.nodes)
            if args.with_lustre
            else None
        )
        self.register_outputs({"networkId": self._network.id})

    def _subnet(
        self, kind: str, block: str, after: pulumi.Resource | None = None
    ) -> network.Subnet:
        return network.Subnet(
            f"{self._name}-{kind}",
            resource_group_name=self._resource_group,
            virtual_network_name=self._network.name,
            subnet_name=kind,
            address_prefix=block,
            nat_gateway=network.SubResourceArgs(id=self._nat.id),
            # Azure's own way out for subnets without one is an address that nobody chose.
            default_outbound_access=False,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[after] if after else None),
        )
