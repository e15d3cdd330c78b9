"""VPC, subnets, NAT and the EFA security group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from plan.subnets.eks import SubnetLayout


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """`subnets` by zone id; `tags` go on everything."""

    cluster_name: str
    region: str
    cidr: str
    subnets: SubnetLayout
    tags: Mapping[str, str]


class Network(pulumi.ComponentResource):
    """A VPC with one private and one public subnet a zone, and one NAT gateway.

    Nodes live in private subnets only: an instance with several network interfaces gets no public
    address. One NAT gateway serves all zones: it carries image pulls, not the fabric.
    """

    def __init__(
        self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {"cidr": args.cidr, "zones": list(args.subnets.private)}
        super().__init__("gpuclusters:eks:Network", name, props, opts)
        mine = pulumi.ResourceOptions(parent=self)
        # What nodes need to reach the API and registries, from before the first to after the last.
        self.egress: list[pulumi.Resource] = []
        self.vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={**args.tags, "Name": args.cluster_name},
            opts=mine,
        )
        internet = aws.ec2.InternetGateway(
            f"{name}-internet", vpc_id=self.vpc.id, tags=args.tags, opts=mine
        )
        public = self._route_table(f"{name}-public", args)
        out = aws.ec2.Route(
            f"{name}-public-internet",
            route_table_id=public.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=internet.id,
            opts=mine,
        )
        # The tag lets load balancers find the public subnets.
        public_tags = {**args.tags, "kubernetes.io/role/elb": "1"}
        self.public_subnets = self._subnets(
            f"{name}-public", args.subnets.public, public, public_tags
        )
        address = aws.ec2.Eip(f"{name}-nat", domain="vpc", tags=args.tags, opts=mine)
        nat = aws.ec2.NatGateway(
            f"{name}-nat",
            allocation_id=address.allocation_id,
            subnet_id=next(iter(self.public_subnets.values())).id,
            tags=args.tags,
            # Without a route out it cannot reach the internet, and must not outlive the route.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[out]),
        )
        private = self._route_table(f"{name}-private", args)
        self.egress += [
            aws.ec2.Route(
                f"{name}-private-nat",
                route_table_id=private.id,
                destination_cidr_block="0.0.0.0/0",
                nat_gateway_id=nat.id,
                opts=mine,
            ),
            # Image layers come from S3: free by this way, charged by the gigabyte through NAT.
            aws.ec2.VpcEndpoint(
                f"{name}-s3",
                vpc_id=self.vpc.id,
                service_name=f"com.amazonaws.{args.region}.s3",
                vpc_endpoint_type="Gateway",
                route_table_ids=[private.id],
                tags=args.tags,
                opts=mine,
            ),
        ]
        private_tags = {**args.tags, "kubernetes.io/role/internal-elb": "1"}
        self.private_subnets = self._subnets(
            f"{name}-private", args.subnets.private, private, private_tags
        )
        self.register_outputs({"vpcId": self.vpc.id})

    def _route_table(self, name: str, args: NetworkArgs) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(
            name,
            vpc_id=self.vpc.id,
            tags={**args.tags, "Name": f"{args.cluster_name}-{name}"},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _subnets(
        self,
        name: str,
        blocks: Mapping[str, str],
        table: aws.ec2.RouteTable,
        tags: Mapping[str, str],
    ) -> dict[str, aws.ec2.Subnet]:
        subnets: dict[str, aws.ec2.Subnet] = {}
        for zone, cidr in blocks.items():
            subnets[zone] = aws.ec2.Subnet(
                f"{name}-{zone}",
                vpc_id=self.vpc.id,
                cidr_block=cidr,
                availability_zone_id=zone,
                tags={**tags, "Name": f"{name}-{zone}"},
                opts=pulumi.ResourceOptions(parent=self),
            )
            self.egress.append(
                aws.ec2.RouteTableAssociation(
                    f"{name}-{zone}",
                    subnet_id=subnets[zone].id,
                    route_table_id=table.id,
                    opts=pulumi.ResourceOptions(parent=self),
                )
            )
        return subnets


@dataclass(frozen=True, kw_only=True)
class EfaSecurityGroupArgs:
    """The VPC the group is in."""

    vpc_id: pulumi.Input[str]
    tags: Mapping[str, str]


class EfaSecurityGroup(pulumi.ComponentResource):
    """All protocols to and from the group itself, by reference, both ways.

    EFA traffic is not IP traffic: a rule that names addresses does not let it through, and a
    missing egress rule makes NCCL hang with every node Ready (EC2 User Guide, EFA).
    """

    def __init__(
        self, name: str, args: EfaSecurityGroupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("gpuclusters:eks:EfaSecurityGroup", name, {}, opts)
        self.group = aws.ec2.SecurityGroup(
            f"{name}-group",
            description="EFA traffic between the nodes",
            vpc_id=args.vpc_id,
            # Rules that refer to their own group would keep it from being deleted.
            revoke_rules_on_delete=True,
            tags=args.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.rules = allow(
            name,
            self.group.id,
            self.group.id,
            description="EFA within the group",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"groupId": self.group.id})


def allow(
    name: str,
    group: pulumi.Input[str],
    peer: pulumi.Input[str],
    *,
    description: str,
    opts: pulumi.ResourceOptions,
    ports: tuple[int, int] | None = None,
) -> list[pulumi.Resource]:
    """Let a group's members and a peer group's start connections to each other.

    The rules are the group's own; without `ports` (TCP) they are for all traffic. They are
    resources of their own, so that two groups may name each other and still be deleted.
    """
    first, last = ports or (None, None)
    protocol = "tcp" if ports else "-1"
    return [
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-in",
            security_group_id=group,
            referenced_security_group_id=peer,
            ip_protocol=protocol,
            from_port=first,
            to_port=last,
            description=description,
            opts=opts,
        ),
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-out",
            security_group_id=group,
            referenced_security_group_id=peer,
            ip_protocol=protocol,
            from_port=first,
            to_port=last,
            description=description,
            opts=opts,
        ),
    ]
