"""The azure-native stand-in: its table, and where ARM and its services have habits of their own."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from typing import Final

from rehearsal.providers.azure import (
    aks_rules,
    arm,
    capacity_rules,
    kinds,
    lookups,
    lustre_rules,
    network_rules,
    outputs,
)
from rehearsal.providers.azure.features import Features, registration
from rehearsal.providers.standin import Made, Refusal, Subject
from rehearsal.providers.table import Kind, Ref, TableStandIn
from rehearsal.providers.values import UNKNOWN, Props, flag, get, mapping, text
from rehearsal.providers.world import Key, Record, World

_PACKAGE: Final = "azure-native"
# The provider's own mark for a name it made up: a replacement then creates first.
_CREATE_FIRST: Final = "__createBeforeDelete"
# A Service with this annotation keeps its address in another resource group (ZD4).
_ADDRESS_ELSEWHERE: Final = "service.beta.kubernetes.io/azure-load-balancer-resource-group"


def _with_id_parts(type: str, kind: Kind) -> Kind:
    return replace(kind, replace=(*kind.replace, *arm.SHAPES[type].parameters))


class Azure(TableStandIn):
    """Simulates the subscription."""

    package = _PACKAGE
    kinds = {type: _with_id_parts(type, kind) for type, kind in kinds.KINDS.items()}

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._features = Features(world.seed.features)
        self._revoked: list[Record] = []

    # Names, ids, outputs -----------------------------------------------------------------------

    def check(self, subject: Subject, inputs: Props, olds: Props | None, seed: bytes) -> Props:
        self.kind(subject.type)
        shape = arm.SHAPES[subject.type]
        given = {**inputs}
        name = shape.parameters[-1]
        if given.get(name) is None:
            # A name once made up, or once given, stays (`getDefaultName`).
            kept = text(olds, name)
            given[name] = kept or self.automatic_name(subject, inputs, seed)
            random = shape.naming != "copy"
            if flag(olds, _CREATE_FIRST) if kept else random:
                given[_CREATE_FIRST] = True
        if shape.located and given.get("location") is None:
            location = self._location(subject, given, olds)
            if not location:
                raise Refusal(
                    "missing required property 'location'. Either set it explicitly or configure "
                    "it with 'pulumi config set azure-native:location <value>'.",
                    "location",
                )
            given["location"] = location
        given.setdefault("azureApiVersion", shape.version)
        return given

    def _location(self, subject: Subject, inputs: Props, olds: Props | None) -> str:
        """`getDefaultLocation`: the old one, the provider's, or that of the resource group."""
        fixed = text(olds, "location") or text(subject.config, "location")
        group = text(inputs, "resourceGroupName")
        if fixed or not group:
            return fixed
        if group == UNKNOWN:
            return UNKNOWN
        id = arm.id_of(kinds.RESOURCE_GROUP, inputs, subject.config)
        record = self.world.get(Key(self.package, kinds.RESOURCE_GROUP, id))
        return text(record.outputs, "location") if record else ""

    def automatic_name(self, subject: Subject, inputs: Props, seed: bytes) -> str:
        drawn = hashlib.sha256(seed + subject.urn.encode()).hexdigest()
        match arm.SHAPES[subject.type].naming:
            case "copy":
                return subject.name
            case "uuid":
                return str(uuid.UUID(drawn[:32], version=4))
            case "random":
                return subject.name + drawn[:8]

    def delete_first(self, subject: Subject, olds: Props, news: Props) -> bool:
        # The provider's `Diff`: whatever has not a random name is deleted first.
        return not flag(olds, _CREATE_FIRST)

    def new_id(self, subject: Subject, inputs: Props) -> str:
        return arm.id_of(subject.type, inputs, subject.config)

    def computed(self, subject: Subject, id: str, inputs: Props, old: Record | None) -> Props:
        return outputs.computed(self.world, subject, id, inputs)

    def handles(self, type: str, made: Props) -> frozenset[str]:
        del type
        return frozenset({text(made, "principalId"), text(made, "clientId")} - {""})

    def handle(self, subject: Subject, inputs: Props, ref: Ref, given: str) -> str:
        # A resource in another is given by the parent's name, which is a part of its id.
        if ref.path in arm.SHAPES[subject.type].parameters:
            return arm.id_of(ref.types[0], inputs, subject.config)
        return given

    def elsewhere(self, ref: Ref, handle: str) -> bool:
        return kinds.RESERVATION_GROUP in ref.types and handle in {
            group.id for group in self.world.seed.capacity_groups
        }

    def owner(self, subject: Subject, inputs: Props) -> Key | None:
        """ARM deletes a parent with all that is in it: a group, a network, a cluster."""
        parents = {kinds.SUBNET: kinds.VIRTUAL_NETWORK, kinds.AGENT_POOL: kinds.CLUSTER}
        if subject.type == kinds.ROLE_ASSIGNMENT:
            scope = text(inputs, "scope")
            return next(
                (record.key for record in self.world.all(self.package) if record.key.id == scope),
                None,
            )
        if "resourceGroupName" not in arm.SHAPES[subject.type].parameters:
            return None
        if subject.type == kinds.RESOURCE_GROUP:
            return None
        parent = parents.get(subject.type, kinds.RESOURCE_GROUP)
        return Key(self.package, parent, arm.id_of(parent, inputs, subject.config))

    def read(self, subject: Subject, id: str) -> Made | None:
        if subject.type == kinds.FEATURE:
            # Every feature is there to be read, registered or not.
            namespace, _, feature = id.partition("/featureProviders/")[2].partition(
                "/subscriptionFeatureRegistrations/"
            )
            state = self._features.state(f"{namespace}/{feature}")
            made = registration(namespace, feature, state, subject.config)
            given: Props = {"providerNamespace": namespace, "featureName": feature}
            return Made(id=id, inputs=given, outputs=made)
        return super().read(subject, id)

    def answer(self, config: Props, token: str, args: Props) -> Props:
        return lookups.answer(self.world, self._features, config, token, args)

    # The services' rules -----------------------------------------------------------------------

    def before_create(self, subject: Subject, inputs: Props) -> None:
        id = self.new_id(subject, inputs)
        if subject.type == kinds.FEATURE:
            # pulumi-azure-native issue 1722: Azure answers a read of any feature, so that the
            # provider takes every one for a resource that is there.
            raise Refusal(
                f"cannot create already existing resource '{id}': pulumi-azure-native cannot make "
                "this type; register the feature with a resources:DeploymentAtSubscriptionScope"
            )
        if self.world.get(Key(self.package, subject.type, id)) is not None:
            raise Refusal(f"cannot create already existing resource '{id}'")
        self._check(subject, inputs, id)
        if subject.type == kinds.AGENT_POOL:
            aks_rules.check_pool(
                self.world, self._cluster(inputs, subject), inputs, id, self._features
            )
        elif subject.type == kinds.CLUSTER:
            aks_rules.check_cluster(self.world, inputs, id, self._features)
        elif subject.type == kinds.LUSTRE:
            lustre_rules.check_file_system(self.world, inputs)

    def before_update(self, subject: Subject, old: Record, inputs: Props) -> None:
        match subject.type:
            case kinds.AGENT_POOL:
                aks_rules.check_frozen(old.inputs, inputs, text(inputs, "agentPoolName"))
                cluster = self._cluster(inputs, subject)
                aks_rules.check_pool(self.world, cluster, inputs, old.key.id, self._features)
            case kinds.CLUSTER:
                aks_rules.check_update(self.world, old, inputs, self._features)
            case kinds.LUSTRE:
                lustre_rules.check_update(old, inputs)
            case kinds.ROLE_ASSIGNMENT:
                if get(old.inputs, "roleDefinitionId") != get(inputs, "roleDefinitionId"):
                    raise Refusal(
                        "RoleAssignmentUpdateNotPermitted: Tenant ID, application ID, principal "
                        "ID, and scope are not allowed to be updated, nor is the role",
                        "roleDefinitionId",
                    )
            case _:
                self._check(subject, inputs, old.key.id)

    def _check(self, subject: Subject, inputs: Props, id: str) -> None:
        """What holds for a new resource and for a changed one."""
        match subject.type:
            case kinds.VIRTUAL_NETWORK:
                network_rules.check_network(inputs)
            case kinds.SUBNET:
                owner = self.owner(subject, inputs)
                network = self.world.get(owner) if owner else None
                if network is not None:
                    network_rules.check_subnet(self.world, network, inputs, id)
            case kinds.NAT_GATEWAY:
                network_rules.check_nat_gateway(self.world, inputs)
            case kinds.RESERVATION:
                capacity_rules.check_reservation(inputs)
            case _:
                pass

    def after_create(self, subject: Subject, record: Record) -> None:
        if subject.type == kinds.CLUSTER:
            self.world.start_cluster(outputs.server(record.outputs))
            self._make_node_group(subject, record)
        elif subject.type == kinds.DEPLOYMENT:
            self._features.deploy(record.inputs)

    def before_delete(self, record: Record) -> None:
        match record.key.type:
            case kinds.CLUSTER:
                self._check_cluster_can_go(record)
            case kinds.AGENT_POOL:
                aks_rules.check_pool_unused(self.world, record)
            case kinds.SUBNET:
                network_rules.check_subnet_unused(self.world, record)
            case kinds.RESERVATION:
                capacity_rules.check_reservation_unused(self.world, record)
            case _:
                pass

    def after_delete(self, record: Record) -> None:
        if record.key.type == kinds.ROLE_ASSIGNMENT:
            self._revoked.append(record)
        elif record.key.type == kinds.CLUSTER:
            self.world.end_cluster(outputs.server(record.outputs), leaves=self._is_elsewhere)

    def _cluster(self, inputs: Props, subject: Subject) -> Props:
        owner = self.owner(subject, inputs)
        record = self.world.get(owner) if owner else None
        return record.inputs if record else {}

    def _make_node_group(self, subject: Subject, cluster: Record) -> None:
        # ZD1: AKS makes a group for the nodes, and deletes it with the cluster and all in it.
        name = text(cluster.outputs, "nodeResourceGroup")
        inputs: Props = {"resourceGroupName": name, "location": text(cluster.inputs, "location")}
        self.world.create(
            Record(
                key=Key(
                    self.package,
                    kinds.RESOURCE_GROUP,
                    arm.id_of(kinds.RESOURCE_GROUP, inputs, subject.config),
                ),
                name=name,
                inputs=inputs,
                outputs={**inputs, "name": name},
                owner=cluster.key,
                note=f"made by AKS for cluster {text(cluster.outputs, 'name')}",
            )
        )

    def _check_cluster_can_go(self, cluster: Record) -> None:
        # ZD8: AKS cleans up in the network with the identity it was given.
        for id, principal in _principals(cluster.outputs).items():
            if self.world.get(Key(self.package, kinds.IDENTITY, id)) is None:
                raise Refusal(
                    f"simulated: cluster {cluster.key.id} runs with identity {id}, which was "
                    "deleted first: AKS cannot remove what it made in the network"
                )
            for gone in self._revoked:
                ours = text(gone.inputs, "principalId") == principal
                if ours and self._is_missed(gone):
                    raise Refusal(
                        f"LinkedAuthorizationFailed: The client '{principal}' with object id "
                        f"'{principal}' has permission to perform action "
                        "'Microsoft.ContainerService/managedClusters/delete' on scope "
                        f"'{cluster.key.id}'; however, it does not have permission to perform "
                        f"action '{_action(gone)}' on the linked scope(s) "
                        f"'{text(gone.inputs, 'scope')}' or the linked scope(s) are invalid (role "
                        f"assignment {gone.name} of its identity was deleted first)"
                    )

    def _is_missed(self, assignment: Record) -> bool:
        """Whether what the role was for is still there, and no other assignment gives it."""
        scope = text(assignment.inputs, "scope")
        if self.world.find(self.package, (kinds.RESOURCE_GROUP, kinds.SUBNET), scope) is None:
            return False
        wanted = [assignment.inputs.get(k) for k in ("scope", "principalId", "roleDefinitionId")]
        return not any(
            [record.inputs.get(k) for k in ("scope", "principalId", "roleDefinitionId")] == wanted
            for record in self.world.all(self.package, kinds.ROLE_ASSIGNMENT)
        )

    def _is_elsewhere(self, record: Record) -> bool:
        """Whether what a Kubernetes object made lies outside the node resource group."""
        if record.outlives != "volume":
            return bool(text(record.inputs, "metadata", "annotations", _ADDRESS_ELSEWHERE))
        name = text(record.inputs, "spec", "storageClassName")
        return any(
            bool(text(storage.inputs, "parameters", "resourceGroup"))
            for storage in self.world.all(
                "kubernetes", "StorageClass.storage.k8s.io", cluster=record.key.cluster
            )
            if storage.key.id == name
        )


def _action(assignment: Record) -> str:
    """What AKS does with a role that our program gives."""
    if "/subnets/" in text(assignment.inputs, "scope"):
        return "Microsoft.Network/virtualNetworks/subnets/join/action"
    return "Microsoft.Compute/capacityReservationGroups/deploy/action"


def _principals(cluster: Props) -> dict[str, str]:
    """Principal by id of the identities a cluster was given."""
    found = mapping(cluster, "identity", "userAssignedIdentities")
    return {id: text(identity, "principalId") for id, identity in found.items()}
