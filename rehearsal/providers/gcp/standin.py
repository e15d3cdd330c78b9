"""The gcp stand-in: its table, and where the services have rules and habits of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from rehearsal.providers.gcp import (
    capacity_rules,
    cluster_rules,
    identity_rules,
    kinds,
    lookups,
    network_rules,
    node_pool_rules,
    outputs,
    paths,
    pool_request,
    storage_rules,
)
from rehearsal.providers.gcp.paths import Place
from rehearsal.providers.gcp.references import named
from rehearsal.providers.kubernetes.charts import CustomKind
from rehearsal.providers.kubernetes.cluster import Cluster
from rehearsal.providers.naming import autonamed
from rehearsal.providers.standin import Refusal, Subject
from rehearsal.providers.table import Ref, TableStandIn
from rehearsal.providers.values import Props, flag, get, mapping, text
from rehearsal.providers.world import Key, Record, World

# Google's notation of a full resource name: whatever it names is not of this project.
_FOREIGN = "//"
_MULTI_NETWORKING = tuple(
    CustomKind(
        group="networking.gke.io",
        versions=("v1",),
        kind=kind,
        plural=f"{kind.lower()}s",
        namespaced=False,
    )
    for kind in ("Network", "GKENetworkParamSet")
)
"""What a cluster with multi-networking knows by itself (GoogleCloudPlatform/gke-networking-api)."""
_OWNERS: dict[str, tuple[str, str]] = {
    kinds.NODE_POOL: (kinds.CLUSTER, "cluster"),
    kinds.FIREWALL_POLICY_RULE: (kinds.FIREWALL_POLICY, "firewallPolicy"),
    kinds.ACCOUNT_MEMBER: (kinds.ACCOUNT, "serviceAccountId"),
}
"""What goes along when something else is deleted, and the property that names it."""


class Gcp(TableStandIn):
    """Simulates the project."""

    package = "gcp"
    kinds = kinds.KINDS

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._enabled: set[tuple[str, str]] = set()
        # Networks whose service connection is still held though its last user is gone.
        self._held: dict[Key, str] = {}

    def computed(self, subject: Subject, id: str, inputs: Props, old: Record | None) -> Props:
        del old
        where = paths.place(subject.config, inputs)
        cluster = (
            named(self.world, kinds.CLUSTER, text(inputs, "cluster"), inputs, where)
            if subject.type == kinds.NODE_POOL
            else None
        )
        return outputs.computed(
            subject.type,
            id,
            inputs,
            where,
            default_labels=mapping(subject.config, "defaultLabels"),
            version=text(cluster.outputs, "masterVersion") if cluster else "",
        )

    def answer(self, config: Props, token: str, args: Props) -> Props:
        return lookups.answer(self.world, token, args, config)

    def automatic_name(self, subject: Subject, inputs: Props, seed: bytes) -> str:
        del inputs
        return autonamed(subject.name.lower(), subject.urn, seed, length=7)

    def foreseen(self, subject: Subject, outputs: Props) -> Props:
        del subject
        known = ("project", "pulumiLabels", "effectiveLabels")
        return {name: outputs[name] for name in known if name in outputs}

    def new_id(self, subject: Subject, inputs: Props) -> str:
        return paths.new_id(subject.type, inputs, paths.place(subject.config, inputs))

    def handles(self, type: str, made: Props) -> frozenset[str]:
        names = ("email", "name") if type == kinds.ACCOUNT else ()
        return frozenset(text(made, name) for name in names)

    def handle(self, subject: Subject, inputs: Props, ref: Ref, given: str) -> str:
        where = paths.place(subject.config, inputs)
        known = paths.full(ref.types[0], given, inputs, where)
        if kinds.ACCOUNT in ref.types and not known.endswith(
            f"@{where.project}.iam.gserviceaccount.com"
        ):
            return f"{_FOREIGN}{known}"  # Compute Engine's default account, or another project's
        return known

    def elsewhere(self, ref: Ref, handle: str) -> bool:
        del ref
        return handle.startswith(_FOREIGN)

    def owner(self, subject: Subject, inputs: Props) -> Key | None:
        if subject.type not in _OWNERS:
            return None
        type, field = _OWNERS[subject.type]
        where = paths.place(subject.config, inputs)
        record = named(self.world, type, text(inputs, field), inputs, where)
        return record.key if record else None

    def delete(self, subject: Subject, id: str) -> None:
        with self.world.lock:
            record = self.world.get(Key(self.package, subject.type, id))
            policy = text(record.inputs, "deletionPolicy") if record else ""
            if record is not None and policy == "PREVENT":  # GD2
                raise Refusal(
                    f"cannot destroy {id} without setting deletion_policy to DELETE and applying it"
                )
            if record is not None and policy == "ABANDON":
                self.world.update(replace(record, note="abandoned: out of the state, still there"))
                return
            super().delete(subject, id)

    # The services' rules -----------------------------------------------------------------------

    def before_create(self, subject: Subject, inputs: Props) -> None:
        where = paths.place(subject.config, inputs)
        self._check_enabled(subject.type, where)
        self._check_words(subject.type, inputs)
        world = self.world
        rules: Mapping[str, Callable[[], None]] = {
            kinds.NETWORK: lambda: network_rules.check_network(world, inputs, where),
            kinds.SUBNETWORK: lambda: network_rules.check_subnetwork(world, inputs, where),
            kinds.FIREWALL: lambda: network_rules.check_firewall(world, inputs, where),
            kinds.GLOBAL_ADDRESS: lambda: network_rules.check_global_address(inputs),
            kinds.RESERVATION: lambda: capacity_rules.check_own_reservation(inputs),
            kinds.CLUSTER: lambda: cluster_rules.check_cluster(world, inputs, where),
            kinds.NODE_POOL: lambda: self._check_pool(inputs, where),
            kinds.ACCOUNT: lambda: identity_rules.check_account(inputs),
            kinds.ACCOUNT_MEMBER: lambda: identity_rules.check_member(world, inputs, where.project),
            kinds.PROJECT_MEMBER: lambda: identity_rules.check_member(world, inputs, where.project),
            kinds.LUSTRE: lambda: storage_rules.check_lustre(world, inputs, where),
            kinds.FILESTORE: lambda: storage_rules.check_filestore(world, inputs, where),
        }
        if subject.type in rules:
            rules[subject.type]()

    def after_create(self, subject: Subject, record: Record) -> None:
        if subject.type == kinds.SERVICE:
            self._enabled.add(_service(record))
        if subject.type == kinds.CLUSTER:
            for server in outputs.servers(record.outputs):
                self.world.start_cluster(server)
                if flag(record.inputs, "enableMultiNetworking"):
                    inside = Cluster(world=self.world, server=server)
                    for custom in _MULTI_NETWORKING:
                        inside.teach(custom, "brought by GKE with multi-networking")

    def before_update(self, subject: Subject, old: Record, inputs: Props) -> None:
        self._check_words(subject.type, inputs)
        match subject.type:
            case kinds.CLUSTER:
                cluster_rules.check_update(old, inputs)
            case kinds.NODE_POOL:
                self._check_pool(inputs, paths.place(subject.config, inputs))
            case kinds.LUSTRE:
                storage_rules.check_growth(old, inputs)
            case _:
                pass

    def before_delete(self, record: Record) -> None:
        network_rules.check_unused(self.world, record)
        match record.key.type:
            case kinds.CLUSTER:
                cluster_rules.check_protection(record)
            case kinds.NODE_POOL:
                cluster_rules.check_networks_gone(self.world, record)
            case kinds.ACCOUNT | kinds.PROJECT_MEMBER:
                identity_rules.check_not_running(self.world, record)
            case kinds.FILESTORE:
                storage_rules.check_filestore_protection(record)
            case kinds.CONNECTION:
                self._check_connection_unused(record)
            case _:
                pass

    def after_delete(self, record: Record) -> None:
        if record.key.type == kinds.CLUSTER:
            self._leave_firewall_rules(record)
            for server in outputs.servers(record.outputs):
                self.world.end_cluster(server)
        elif record.key.type == kinds.SERVICE and flag(record.inputs, "disableOnDestroy"):  # GD13
            self._enabled.discard(_service(record))
        elif record.key.type in (kinds.LUSTRE, kinds.FILESTORE):
            network = storage_rules.network_of(record)
            if network is not None and storage_rules.is_producer(record):
                self._held[network] = record.key.id

    def _check_enabled(self, type: str, where: Place) -> None:
        # G28. What a project has enabled before is not known: one that the program enables
        # nothing in has everything, another has what the program enables.
        enabled = {service for project, service in self._enabled if project == where.project}
        api = kinds.APIS.get(type.split(":")[1].partition("/")[0])
        if enabled and api and api not in enabled:
            raise Refusal(
                f"googleapi: Error 403: {api} has not been used in project {where.project} before "
                f"or it is disabled, accessNotConfigured, SERVICE_DISABLED (the program enables "
                f"{', '.join(sorted(enabled))})"
            )

    def _check_words(self, type: str, inputs: Props) -> None:
        if type.startswith("gcp:compute/") and text(inputs, "name"):
            network_rules.check_name(text(inputs, "name"))
        label_fields = {kinds.LABELS[type]: inputs} if type in kinds.LABELS else {}
        if type == kinds.NODE_POOL:
            label_fields = {"resourceLabels": mapping(inputs, "nodeConfig")}
        for field, holder in label_fields.items():
            network_rules.check_labels(mapping(holder, field), field)

    def _check_pool(self, inputs: Props, where: Place) -> None:
        cluster = named(self.world, kinds.CLUSTER, text(inputs, "cluster"), inputs, where)
        if cluster is None:
            raise Refusal(
                f"googleapi: Error 404: {text(inputs, 'cluster')} was not found, notFound"
            )
        pool = pool_request.request(self.world, inputs, cluster, where)
        node_pool_rules.check_node_pool(pool)
        capacity_rules.check_capacity(self.world, pool, where.project)

    def _check_connection_unused(self, connection: Record) -> None:
        # GD5. With REMOVE_PEERING the provider takes the peering away where the API refuses
        # (pulumi-gcp 10.2.0, documentation of `deletion_policy`).
        if text(connection.inputs, "deletionPolicy") == "REMOVE_PEERING":
            return
        network = storage_rules.network_of(connection)
        if network is None:
            return
        for producer in storage_rules.producers(self.world, network):
            raise storage_rules.still_used(f"{producer.key.id}, {producer.name}")
        gone = self._held.pop(network, "")
        if gone:
            raise storage_rules.still_used(f"{gone} is deleted, and is let go of some time later")

    def _leave_firewall_rules(self, cluster: Record) -> None:
        # GD4: GKE's controllers make these rules, and nobody is left to delete them.
        network = storage_rules.network_of(cluster)
        for service in cluster_rules.load_balancers(self.world, cluster):
            name = f"k8s-fw-a{outputs.digest(cluster.key.id, service.key.id, length=31)}"
            project = text(cluster.outputs, "project")
            inputs: Props = {"name": name, "network": text(cluster.inputs, "network")}
            self.world.create(
                Record(
                    key=Key(
                        self.package, kinds.FIREWALL, f"projects/{project}/global/firewalls/{name}"
                    ),
                    name=name,
                    inputs=inputs,
                    outputs=inputs,
                    refs=frozenset({network} if network else ()),
                    note=f"made for Service {service.key.id}; its cluster was deleted first",
                )
            )


def _service(record: Record) -> tuple[str, str]:
    return text(record.outputs, "project"), str(get(record.inputs, "service"))
