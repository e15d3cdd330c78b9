"""The VPC: which subnet is where, and which way out it has."""

from __future__ import annotations

import pytest

from components.clusters.eks.network import Network, NetworkArgs
from plan.subnets.eks import subnet_layout
from tests.harness.program import record
from tests.harness.recording import Recording

ZONES = ("use1-az4", "use1-az6", "use1-az2")


@pytest.fixture(scope="module")
def network() -> Recording:
    args = NetworkArgs(
        cluster_name="c",
        region="eu-central-1",
        cidr="10.40.0.0/16",
        subnets=subnet_layout("10.40.0.0/16", ZONES),
        tags={"owner": "me"},
    )
    return record(lambda: Network("n", args), preview=False)


def test_each_zone_has_a_public_and_a_private_subnet(network: Recording) -> None:
    subnets = network.of_type("aws:ec2/subnet:Subnet")
    layout = subnet_layout("10.40.0.0/16", ZONES)
    assert {(s.name, s.get("availabilityZoneId"), s.get("cidrBlock")) for s in subnets} == {
        (f"n-{kind}-{zone}", zone, block)
        for kind, blocks in (("public", layout.public), ("private", layout.private))
        for zone, block in blocks.items()
    }
    # A public address of a node would be a way in that nobody asked for.
    assert not any(s.get("mapPublicIpOnLaunch") for s in subnets)


@pytest.mark.parametrize(("kind", "role"), [("public", "elb"), ("private", "internal-elb")])
def test_load_balancers_find_their_subnets(network: Recording, kind: str, role: str) -> None:
    roles = {"kubernetes.io/role/elb", "kubernetes.io/role/internal-elb"}
    for zone in ZONES:
        tags = network.one("aws:ec2/subnet:Subnet", f"n-{kind}-{zone}").get("tags")
        assert {key: tags[key] for key in roles & tags.keys()} == {
            f"kubernetes.io/role/{role}": "1"
        }
        assert tags["owner"] == "me"


@pytest.mark.parametrize("kind", ["public", "private"])
def test_each_subnet_is_on_the_route_table_of_its_kind(network: Recording, kind: str) -> None:
    table = network.one("aws:ec2/routeTable:RouteTable", f"n-{kind}").urn
    for zone in ZONES:
        name = f"n-{kind}-{zone}"
        association = network.one("aws:ec2/routeTableAssociation:RouteTableAssociation", name)
        subnet = network.one("aws:ec2/subnet:Subnet", name).urn
        assert association.property_dependencies["subnetId"] == {subnet}
        assert association.property_dependencies["routeTableId"] == {table}


def test_private_subnets_leave_through_nat_and_public_ones_directly(network: Recording) -> None:
    private = network.one("aws:ec2/route:Route", "n-private-nat")
    public = network.one("aws:ec2/route:Route", "n-public-internet")
    nat = network.one("aws:ec2/natGateway:NatGateway")
    for route, table in ((private, "n-private"), (public, "n-public")):
        assert route.get("destinationCidrBlock") == "0.0.0.0/0"
        expected = network.one("aws:ec2/routeTable:RouteTable", table).urn
        assert route.property_dependencies["routeTableId"] == {expected}
    assert private.property_dependencies["natGatewayId"] == {nat.urn}
    assert private.get("gatewayId") is None
    assert public.property_dependencies["gatewayId"] == {
        network.one("aws:ec2/internetGateway:InternetGateway").urn
    }
    first = network.one("aws:ec2/subnet:Subnet", f"n-public-{ZONES[0]}").urn
    assert nat.property_dependencies["subnetId"] == {first}
    assert public.urn in nat.dependencies


def test_images_come_from_s3_without_nat(network: Recording) -> None:
    endpoint = network.one("aws:ec2/vpcEndpoint:VpcEndpoint")
    assert endpoint.get("serviceName") == "com.amazonaws.eu-central-1.s3"
    assert endpoint.get("vpcEndpointType") == "Gateway"
    assert endpoint.property_dependencies["routeTableIds"] == {
        network.one("aws:ec2/routeTable:RouteTable", "n-private").urn
    }


def test_names_resolve_in_the_vpc(network: Recording) -> None:
    vpc = network.one("aws:ec2/vpc:Vpc")
    assert vpc.get("enableDnsHostnames") is True
    assert vpc.get("enableDnsSupport") is True
