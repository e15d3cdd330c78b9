"""The aws stand-in: one table, one life cycle for every type, and the rules of the services."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from rehearsal.providers.aws import eks_rules, kinds, lookups, network_rules, outputs
from rehearsal.providers.aws.kinds import Kind
from rehearsal.providers.naming import autonamed
from rehearsal.providers.standin import Difference, Made, Refusal, Subject
from rehearsal.providers.values import (
    UNKNOWN,
    Json,
    Props,
    blurred,
    changes,
    get,
    mapping,
    matches,
    select,
    text,
)
from rehearsal.providers.world import Key, Record, World

INVENTORY = "rehearsal:index:inventory"
_MANAGED = "arn:aws:iam::aws:"


def no_offerings(machine_type: str, region: str) -> tuple[str, ...] | None:
    """Where nobody knows which zone offers what, nothing is refused for it."""
    del machine_type, region
    return None


class Aws:
    """Simulates the account: everything it makes is a record of the world."""

    package = "aws"

    def __init__(self, world: World, offered: eks_rules.Offered = no_offerings) -> None:
        self._world = world
        self._offered = offered

    # Before anything is made -------------------------------------------------------------------

    def check(self, subject: Subject, inputs: Props, olds: Props | None, seed: bytes) -> Props:
        kind = _kind(subject.type)
        if not kind.name or inputs.get(kind.name) is not None:
            return inputs
        prefix = text(inputs, f"{kind.name}Prefix")
        if olds is not None and kind.name in _defaults(olds):
            name = text(olds, kind.name)
        elif prefix:
            name = autonamed(prefix.rstrip("-"), subject.urn, seed, length=17)
        else:
            name = autonamed(subject.name, subject.urn, seed, length=7)
        return {**inputs, kind.name: name, "__defaults": [kind.name]}

    def diff(self, subject: Subject, olds: Props, news: Props) -> Difference:
        kind = _kind(subject.type)
        patterns = frozenset(kind.replace)
        changed = {path: matches(path, patterns) for path, _, _ in changes(olds, news)}
        # A fixed name cannot be held by two: the old one goes first, as the real provider has it.
        fixed = bool(kind.name) and kind.name not in _defaults(news)
        return Difference(
            changed=changed,
            delete_first=fixed
            and any(changed.values())
            and get(olds, kind.name) == get(news, kind.name),
        )

    def preview(self, subject: Subject, inputs: Props, current: Made | None) -> Props:
        kind = _kind(subject.type)
        place = _place(subject)
        if current is None:
            made = outputs.computed(subject.type, "", inputs, place)
            shown = cast("Props", blurred(made, inputs))
            if kind.tagged:
                shown["tagsAll"] = made["tagsAll"]
            return shown
        kept = {key: item for key, item in current.outputs.items() if key not in current.inputs}
        shown = {**kept, **outputs.computed(subject.type, current.id, inputs, place)}
        return {**shown, **dict.fromkeys(kind.moves_on_update, UNKNOWN)}

    # Life --------------------------------------------------------------------------------------

    def create(self, subject: Subject, inputs: Props) -> Made:
        kind = _kind(subject.type)
        with self._world.lock:
            refs = self._refs(kind, inputs)
            self._before_create(subject, inputs)
            id = f"{kind.prefix}-{uuid.uuid4().hex[:17]}" if kind.prefix else ""
            made = outputs.computed(subject.type, id, inputs, _place(subject))
            id = id or kind.id_joint.join(text(made, part) for part in kind.id_from)
            record = Record(
                key=Key("aws", subject.type, id),
                name=subject.name,
                inputs=inputs,
                outputs=made,
                refs=refs,
                handles=outputs.handles(made),
                unique=_unique(subject.type, kind, inputs),
            )
            self._world.create(record, taken=kind.taken)
            if subject.type == kinds.CLUSTER:
                self._make_cluster_group(record)
            return _made(record)

    def read(self, subject: Subject, id: str) -> Made | None:
        _kind(subject.type)
        record = self._world.get(Key("aws", subject.type, id))
        return _made(record) if record else None

    def update(self, subject: Subject, id: str, inputs: Props) -> Made:
        kind = _kind(subject.type)
        with self._world.lock:
            old = self._world.get(Key("aws", subject.type, id))
            if old is None:
                raise Refusal(f"NotFound: {subject.type} {id} does not exist")
            refs = self._refs(kind, inputs)
            if subject.type == kinds.LAUNCH_TEMPLATE:
                network_rules.check_launch_template(inputs)
            elif subject.type == kinds.NODE_GROUP:
                eks_rules.check_scaling(self._world, inputs)
            version = outputs.next_version(old.outputs)
            record = replace(
                old,
                inputs=inputs,
                outputs=outputs.computed(
                    subject.type, id, inputs, _place(subject), version=version
                ),
                refs=refs,
                unique=_unique(subject.type, kind, inputs),
            )
            self._world.update(record, taken=kind.taken)
            return _made(record)

    def delete(self, subject: Subject, id: str) -> None:
        kind = _kind(subject.type)
        with self._world.lock:
            record = self._world.get(Key("aws", subject.type, id))
            if record is None:
                return
            if subject.type == kinds.CLUSTER:
                eks_rules.check_cluster_unused(self._world, record)
            elif subject.type == kinds.INTERNET_GATEWAY:
                network_rules.check_internet_gateway_unused(self._world, record)
            elif subject.type == kinds.ROLE_POLICY_ATTACHMENT:
                eks_rules.check_role_policy_unused(self._world, record)
            self._world.delete(record.key, code=kind.in_use)
            if subject.type == kinds.CLUSTER:
                self._world.end_cluster(text(record.outputs, "endpoint"))

    def invoke(self, config: Props, token: str, args: Props) -> Props:
        if token == INVENTORY:
            held: list[Json] = [
                {"package": h.package, "type": h.type, "id": h.id, "name": h.name, "note": h.note}
                for h in self._world.inventory()
            ]
            return {"held": held}
        return lookups.answer(token, args, _region(config))

    # The services' rules -----------------------------------------------------------------------

    def _before_create(self, subject: Subject, inputs: Props) -> None:
        world = self._world
        rules: Mapping[str, Callable[[], None]] = {
            kinds.VPC: lambda: network_rules.check_vpc(inputs),
            kinds.SUBNET: lambda: network_rules.check_subnet(world, inputs),
            kinds.NAT_GATEWAY: lambda: network_rules.check_nat_gateway(world, inputs),
            kinds.LAUNCH_TEMPLATE: lambda: network_rules.check_launch_template(inputs),
            kinds.CLUSTER: lambda: eks_rules.check_cluster(world, inputs),
            kinds.NODE_GROUP: lambda: eks_rules.check_node_group(
                world, inputs, _region(subject.config), self._offered
            ),
            kinds.ACCESS_POLICY: lambda: eks_rules.check_access_policy(world, inputs),
        }
        if subject.type in rules:
            rules[subject.type]()

    def _refs(self, kind: Kind, inputs: Props) -> frozenset[Key]:
        found: set[Key] = set()
        for ref in kind.refs:
            for handle in select(inputs, ref.path):
                record = self._world.find("aws", ref.types, handle)
                if record is not None:
                    found.add(record.key)
                elif not handle.startswith(_MANAGED):
                    raise Refusal(f"{ref.missing}: {handle} does not exist", ref.path)
        return frozenset(found)

    def _make_cluster_group(self, cluster: Record) -> None:
        # EKS makes a security group for every cluster and deletes it with the cluster [EKS-sg].
        name = text(cluster.inputs, "name")
        vpc = network_rules.vpc_of(
            self._world, next(iter(select(cluster.inputs, "vpcConfig.subnetIds[*]")))
        )
        inputs: Props = {"vpcId": vpc, "name": f"eks-cluster-sg-{name}"}
        self._world.create(
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


def _kind(type: str) -> Kind:
    kind = kinds.KINDS.get(type)
    if kind is None:
        raise Refusal(f"the aws stand-in does not know {type}")
    return kind


def _defaults(inputs: Props) -> list[Json]:
    found = inputs.get("__defaults")
    return found if isinstance(found, list) else []


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


def _unique(type: str, kind: Kind, inputs: Props) -> frozenset[str]:
    return frozenset(
        type
        + " "
        + ", ".join(f"{part}={inputs[part]}" for part in parts if inputs.get(part) is not None)
        for parts in kind.unique
        if any(inputs.get(part) is not None for part in parts)
    )


def _made(record: Record) -> Made:
    return Made(id=record.key.id, inputs=record.inputs, outputs=record.outputs)
