"""EKS as it is asked for: node groups, launch templates, subnets, add-ons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from plan.model import DriverOwner
from tests.harness.clouds.reading import (
    CLASS,
    Api,
    Nodes,
    Urns,
    default_classes,
    made_from,
    marks,
    urns,
)
from tests.harness.recording import Recording, Registration

GROUP = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ADDON = "aws:eks/addon:Addon"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ROUTE = "aws:ec2/route:Route"
RULES = (
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
)
_EFFECTS = {
    "NO_SCHEDULE": "NoSchedule",
    "PREFER_NO_SCHEDULE": "PreferNoSchedule",
    "NO_EXECUTE": "NoExecute",
}
# What a kubelet, the VPC CNI and a shell need; a driver's policy is its pod's.
_OF_NODES = {
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonSSMManagedInstanceCore",
}


class Eks:
    """`tests.harness.clouds.reading.Cloud` for AWS."""

    login: tuple[str, ...] = ("aws",)
    brings: frozenset[str] = frozenset()
    mark = "gpu-clusters/cluster"

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def control_plane(self) -> Registration:
        return self._recording.one("eks:index:Cluster")

    def name(self) -> str:
        return self.control_plane().get("name")

    def nodes(self) -> dict[str, Nodes]:
        return {
            group.get("labels")["gpu-clusters/pool"]: self._nodes(group)
            for group in self._recording.of_type(GROUP)
        }

    def _nodes(self, group: Registration) -> Nodes:
        (template,) = made_from(self._recording, group, "launchTemplate")
        assert template.type == TEMPLATE
        subnets = made_from(self._recording, group, "subnetIds")
        assert len(subnets) == len(group.get("subnetIds"))
        interfaces = template.get("networkInterfaces") or []
        image = "NVIDIA" in group.get("amiType")
        return Nodes(
            resource=group,
            labels=group.get("labels"),
            taints=frozenset(
                (t["key"], t["value"], _EFFECTS[t["effect"]]) for t in group.get("taints")
            ),
            count=group.get("scalingConfig", "desiredSize"),
            zones=tuple(sorted(subnet.get("availabilityZoneId") for subnet in subnets)),
            reservation=_reservation(group, template),
            driver=DriverOwner.IMAGE if image else None,
            adapters=sum(i["interfaceType"].startswith("efa") for i in interfaces),
            networks=frozenset(),
            public=any(i.get("associatePublicIpAddress") for i in interfaces)
            or any(self._is_public(subnet) for subnet in subnets),
        )

    def _is_public(self, subnet: Registration) -> bool:
        (own,) = [
            association
            for association in self._recording.of_type(ASSOCIATION)
            if subnet in made_from(self._recording, association, "subnetId")
        ]
        (table,) = made_from(self._recording, own, "routeTableId")
        routes = [
            route
            for route in self._recording.of_type(ROUTE)
            if table in made_from(self._recording, route, "routeTableId")
        ]
        assert routes, f"{subnet.name} has no way out at all"
        gateway = any(route.get("gatewayId") for route in routes)
        return gateway or bool(subnet.get("mapPublicIpOnLaunch"))

    def basis(self, without_gpus: Iterable[str]) -> Urns:
        nodes, add_ons = self.nodes(), self._recording.of_type(ADDON)
        wanted = {"coredns", "aws-ebs-csi-driver"}
        classes = default_classes(self._recording)
        return (
            urns(nodes[pool].resource for pool in without_gpus)
            | urns(a for a in add_ons if a.get("addonName") in wanted)
            | urns(
                c for c in self._recording.of_type(CLASS) if c.get("metadata", "name") in classes
            )
        )

    def way_out(self) -> Urns:
        recording = self._recording
        return (
            urns(r for r in recording.of_type(ROUTE) if r.get("natGatewayId"))
            | urns(recording.of_type("aws:ec2/natGateway:NatGateway"))
            | urns(recording.of_type("aws:ec2/vpcEndpoint:VpcEndpoint"))
            | urns(recording.of_type(ASSOCIATION))
        )

    def rights(self, pool: str) -> Urns:
        recording, nodes = self._recording, self.nodes()[pool]
        (role,) = made_from(recording, nodes.resource, "nodeRoleArn")
        own = [a for a in recording.of_type(ATTACHMENT) if role in made_from(recording, a, "role")]
        # The VPC CNI is a part of this component.
        found = urns(own) | {self.control_plane().urn}
        if nodes.adapters:
            found |= urns(
                recording.one(type_, f"cluster-efa-{way}")
                for type_, way in zip(RULES, ("in", "out"), strict=True)
            )
        return found

    def file_systems(self) -> dict[str, Registration]:
        types = {
            "fsx": "aws:fsx/lustreFileSystem:LustreFileSystem",
            "efs": "aws:efs/fileSystem:FileSystem",
        }
        return {
            name: found for name, type_ in types.items() for found in self._recording.of_type(type_)
        }

    def goes_with_cluster(self, file_system: Registration) -> bool:
        # EKS deletes nothing outside itself.
        return self.control_plane().urn in (file_system.deleted_with, file_system.parent)

    def api(self) -> Api:
        control_plane = self.control_plane()
        return Api(
            cidrs=frozenset(control_plane.get("publicAccessCidrs")),
            nodes=control_plane.get("endpointPrivateAccess") is True,
        )

    def tags(self, resource: Registration) -> Mapping[str, str] | None:
        # A rule goes with its group, which carries the tags.
        return None if resource.type in RULES else marks(resource, "tags")

    def without_identity(self) -> list[str]:
        recording = self._recording
        add_ons = {a.get("addonName"): a for a in recording.of_type(ADDON)}
        drivers = [name for name in add_ons if name.endswith("-csi-driver")]
        assert drivers
        found = [
            f"{name} has no role of its own"
            for name in drivers
            if not add_ons[name].get("podIdentityAssociations")
        ]
        if "eks-pod-identity-agent" not in add_ons:
            found.append("nobody hands roles to pods")
        for nodes in self.nodes().values():
            (role,) = made_from(recording, nodes.resource, "nodeRoleArn")
            for attachment in recording.of_type(ATTACHMENT):
                policy = attachment.get("policyArn").rpartition("/")[2]
                if role in made_from(recording, attachment, "role") and policy not in _OF_NODES:
                    found.append(f"every pod of {nodes.resource.name} has {policy}")
        return found

    def locks(self) -> list[str]:
        return ["deletionProtection"] if self.control_plane().get("deletionProtection") else []


def _reservation(group: Registration, template: Registration) -> str | None:
    wish = template.get("capacityReservationSpecification") or {}
    target = (wish.get("capacityReservationTarget") or {}).get("capacityReservationId")
    if target is None:
        # Said nothing, EC2 takes any open reservation of the account that fits.
        closed = wish.get("capacityReservationPreference") == "none"
        assert group.get("capacityType") == "ON_DEMAND"
        return None if closed else "any open one"
    assert template.get("instanceMarketOptions") == {"marketType": "capacity-block"}
    assert group.get("capacityType") == "CAPACITY_BLOCK"
    return target
