"""The aws stand-in: its table, and where the services have rules and habits of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from rehearsal.providers.aws import (
    addon_rules,
    eks_rules,
    kinds,
    leftovers,
    lookups,
    network_rules,
    outputs,
    storage_rules,
)
from rehearsal.providers.naming import autonamed
from rehearsal.providers.standin import Difference, Refusal, Subject
from rehearsal.providers.table import INVENTORY, Ref, TableStandIn
from rehearsal.providers.values import Props, mapping, select, text
from rehearsal.providers.world import Key, Record, World

__all__ = ["INVENTORY", "Aws", "no_offerings"]

_MANAGED = "arn:aws:iam::aws:"


def no_offerings(machine_type: str, region: str) -> tuple[str, ...] | None:
    """Where nobody knows which zone offers what, nothing is refused for it."""
    del machine_type, region
    return None


class Aws(TableStandIn):
    """Simulates the account."""

    package = "aws"
    kinds = kinds.KINDS

    def __init__(self, world: World, offered: eks_rules.Offered = no_offerings) -> None:
        super().__init__(world)
        self._offered = offered

    def computed(self, subject: Subject, id: str, inputs: Props, old: Record | None) -> Props:
        version = outputs.next_version(old.outputs) if old else 1
        return outputs.computed(subject.type, id, inputs, _place(subject), version=version)

    def answer(self, config: Props, token: str, args: Props) -> Props:
        return lookups.answer(token, args, _region(config))

    def automatic_name(self, subject: Subject, inputs: Props, seed: bytes) -> str:
        prefix = text(inputs, f"{self.kind(subject.type).name}Prefix")
        if prefix:
            return autonamed(prefix.rstrip("-"), subject.urn, seed, length=17)
        return super().automatic_name(subject, inputs, seed)

    def diff(self, subject: Subject, olds: Props, news: Props) -> Difference:
        found = super().diff(subject, olds, news)
        if subject.type != kinds.LUSTRE:
            return found
        less = storage_rules.shrunk(olds, news)
        changed = {path: anew or path in less for path, anew in found.changed.items()}
        return replace(found, changed=changed)

    def foreseen(self, subject: Subject, outputs: Props) -> Props:
        return {"tagsAll": outputs["tagsAll"]} if self.kind(subject.type).tagged else {}

    def handles(self, type: str, made: Props) -> frozenset[str]:
        del type
        return outputs.handles(made)

    def elsewhere(self, ref: Ref, handle: str) -> bool:
        del ref
        return handle.startswith(_MANAGED)

    # The services' rules -----------------------------------------------------------------------

    def before_create(self, subject: Subject, inputs: Props) -> None:
        world = self.world
        rules: Mapping[str, Callable[[], None]] = {
            kinds.VPC: lambda: network_rules.check_vpc(inputs),
            kinds.SUBNET: lambda: network_rules.check_subnet(world, inputs),
            kinds.NAT_GATEWAY: lambda: network_rules.check_nat_gateway(world, inputs),
            kinds.LAUNCH_TEMPLATE: lambda: network_rules.check_launch_template(inputs),
            kinds.CLUSTER: lambda: eks_rules.check_cluster(world, inputs),
            kinds.NODE_GROUP: lambda: eks_rules.check_node_group(
                world, inputs, _region(subject.config), self._offered
            ),
            kinds.ADDON: lambda: addon_rules.check_add_on(world, inputs),
            kinds.ACCESS_POLICY: lambda: eks_rules.check_access_policy(world, inputs),
            kinds.LUSTRE: lambda: storage_rules.check_lustre(world, inputs),
            kinds.MOUNT_TARGET: lambda: storage_rules.check_mount_target(world, inputs),
        }
        if subject.type in rules:
            rules[subject.type]()

    def after_create(self, subject: Subject, record: Record) -> None:
        if subject.type == kinds.CLUSTER:
            self._make_cluster_group(record)
            self.world.start_cluster(text(record.outputs, "endpoint"))

    def before_update(self, subject: Subject, old: Record, inputs: Props) -> None:
        if subject.type == kinds.LAUNCH_TEMPLATE:
            network_rules.check_launch_template(inputs)
        elif subject.type == kinds.NODE_GROUP:
            eks_rules.check_scaling(self.world, inputs)
        elif subject.type == kinds.LUSTRE:
            storage_rules.check_lustre_update(old, inputs)

    def before_delete(self, record: Record) -> None:
        match record.key.type:
            case kinds.CLUSTER:
                eks_rules.check_cluster_unused(self.world, record)
            case kinds.INTERNET_GATEWAY:
                network_rules.check_internet_gateway_unused(self.world, record)
            case kinds.ROLE_POLICY_ATTACHMENT:
                eks_rules.check_role_policy_unused(self.world, record)
            case kinds.ADDON:
                addon_rules.check_driver_unused(self.world, record)
            case _:
                pass

    def after_delete(self, record: Record) -> None:
        if record.key.type == kinds.CLUSTER:
            leftovers.leave_load_balancers(self.world, record)
            self.world.end_cluster(text(record.outputs, "endpoint"))

    def _make_cluster_group(self, cluster: Record) -> None:
        # EKS makes a security group for every cluster and deletes it with the cluster [EKS-sg].
        name = text(cluster.inputs, "name")
        vpc = network_rules.vpc_of(
            self.world, next(iter(select(cluster.inputs, "vpcConfig.subnetIds[*]")))
        )
        inputs: Props = {"vpcId": vpc, "name": f"eks-cluster-sg-{name}"}
        self.world.create(
            Record(
                key=Key("aws", kinds.SECURITY_GROUP, outputs.cluster_group_id(name)),
                name=f"eks-cluster-sg-{name}",
                inputs=inputs,
                outputs=inputs,
                refs=frozenset({Key("aws", kinds.VPC, vpc)}),
                owner=cluster.key,
                note=f"made by EKS for cluster {name}",
            )
        )


def _region(config: Props) -> str:
    region = text(config, "region")
    if not region:
        raise Refusal("MissingRegion: the aws provider has no region", "region")
    return region


def _place(subject: Subject) -> outputs.Place:
    return outputs.Place(
        region=_region(subject.config),
        default_tags=mapping(subject.config, "defaultTags", "tags"),
    )
