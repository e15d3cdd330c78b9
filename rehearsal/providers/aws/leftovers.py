"""What a cluster's controllers made in the account, and nobody deletes once the cluster is gone.

D1 of our notes on AWS. The names are those of kubernetes/cloud-provider-aws, which every EKS
cluster runs: load balancer `a<uid>`, its security group `k8s-elb-a<uid>`; an interface of a load
balancer is described as `ELB <name>` (Elastic Load Balancing User Guide).
"""

from __future__ import annotations

from rehearsal.providers.aws import kinds
from rehearsal.providers.aws.network_rules import vpc_of
from rehearsal.providers.aws.outputs import digest
from rehearsal.providers.values import Props, get, select, text
from rehearsal.providers.world import Key, Record, World

_PUBLIC = "kubernetes.io/role/elb"
_LONGEST_NAME = 32


def leave_load_balancers(world: World, cluster: Record) -> None:
    """Each has an interface in every public subnet, and a security group of its own."""
    vpc = vpc_of(world, next(iter(select(cluster.inputs, "vpcConfig.subnetIds[*]"))))
    public = [
        subnet
        for subnet in world.all("aws", kinds.SUBNET)
        if text(subnet.inputs, "vpcId") == vpc and get(subnet.inputs, "tags", _PUBLIC)
    ]
    for service in world.all("kubernetes", "Service", cluster=text(cluster.outputs, "endpoint")):
        if not service.outlives:
            continue
        uid = text(service.outputs, "metadata", "uid")
        name = f"a{uid.replace('-', '')}"[:_LONGEST_NAME]
        note = f"made for Service {service.key.id}; its cluster was deleted first"
        group = Key("aws", kinds.SECURITY_GROUP, f"sg-{digest(name)}")
        inputs: Props = {"vpcId": vpc, "name": f"k8s-elb-{name}"}
        _leave(world, group, f"k8s-elb-{name}", inputs, {Key("aws", kinds.VPC, vpc)}, note)
        for subnet in public:
            interface = Key("aws", kinds.NETWORK_INTERFACE, f"eni-{digest(name, subnet.key.id)}")
            inputs = {"subnetId": subnet.key.id, "description": f"ELB {name}"}
            _leave(world, interface, f"ELB {name}", inputs, {subnet.key, group}, note)


def _leave(world: World, key: Key, name: str, inputs: Props, refs: set[Key], note: str) -> None:
    world.create(
        Record(key=key, name=name, inputs=inputs, outputs=inputs, refs=frozenset(refs), note=note)
    )
