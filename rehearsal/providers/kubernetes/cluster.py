"""One simulated API server: what it knows, what stands in it, what it refuses."""

from __future__ import annotations

from dataclasses import dataclass

from rehearsal.providers.kubernetes.charts import ChartFacts, CustomKind, Object
from rehearsal.providers.kubernetes.scopes import (
    BUILT_IN_NAMESPACES,
    CRD,
    IN_NAMESPACE,
    NAMESPACE,
    RELEASE,
    Kind,
)
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Props, items, text
from rehearsal.providers.world import Key, Record, World

PACKAGE = "kubernetes"
_CLAIM = Kind("", "PersistentVolumeClaim")
_CLASS = Kind("storage.k8s.io", "StorageClass")
_VOLUME = Kind("", "PersistentVolume")
_SERVICE = Kind("", "Service")
# Their volumes are folders of a file system that the program makes, and go with it.
_FOLDERS = frozenset({"efs.csi.aws.com"})

# The Dynamo operator puts this finalizer on a deployment and is the only one to take it away.
FINALIZERS = {
    Kind("nvidia.com", "DynamoGraphDeployment"): ("nvidia.com/finalizer", "dynamo-platform"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """The API server at `server`."""

    world: World
    server: str

    def key(self, kind: Kind, namespace: str, name: str) -> Key:
        """Where an object stands."""
        return Key(PACKAGE, str(kind), f"{namespace}/{name}" if namespace else name, self.server)

    def scope(self, kind: Kind, version: str) -> bool:
        """Whether `kind` stands in a namespace; refused where the API server does not know it."""
        if kind in IN_NAMESPACE:
            return IN_NAMESPACE[kind]
        for record in self.world.all(PACKAGE, str(CRD), cluster=self.server):
            spec = record.inputs.get("spec")
            versions = [text(served, "name") for served in items(spec, "versions")]
            named = Kind(text(spec, "group"), text(spec, "names", "kind"))
            if named == kind and version in versions:
                return text(spec, "scope") != "Cluster"
        raise Refusal(f'no matches for kind "{kind.kind}" in version "{kind.group}/{version}"')

    def namespace(self, name: str) -> Key | None:
        """The namespace's record, None for those every cluster has; refused where it is missing."""
        if name in BUILT_IN_NAMESPACES:
            return None
        key = self.key(NAMESPACE, "", name)
        if self.world.get(key) is None:
            raise Refusal(f'namespaces "{name}" not found', "metadata.namespace")
        return key

    def add(
        self, kind: Kind, namespace: str, record_name: str, inputs: Props, outputs: Props
    ) -> Record:
        """An object that the program makes."""
        home = self.namespace(namespace) if namespace else None
        name = text(inputs, "metadata", "name")
        record = Record(
            key=self.key(kind, namespace, name),
            name=record_name,
            inputs=inputs,
            outputs=outputs,
            refs=frozenset({home} if home else ()),
            outlives=self._outlives(kind, inputs),
        )
        self.world.create(
            record,
            taken=f'{kind} "{name}" already exists' + (f" in {namespace}" if namespace else ""),
        )
        return record

    def remove(self, key: Key, kind: Kind) -> None:
        """Delete an object of the program's."""
        if kind in FINALIZERS:
            finalizer, chart = FINALIZERS[kind]
            if not any(
                release.note == chart
                for release in self.world.all(PACKAGE, str(RELEASE), cluster=self.server)
            ):
                raise Refusal(
                    f"finalizers might be preventing deletion ({finalizer}): timed out waiting "
                    f"for {kind.kind} {key.id} to go, whose operator is gone: no {chart} release "
                    "is left"
                )
        if kind == NAMESPACE:
            going = set(self.world.with_owned(key))
            for inside in self.world.referrers(key):
                if inside.key not in going:
                    raise Refusal(
                        f"simulated: namespace {key.id} still holds {inside.key.type} "
                        f"{inside.key.id} ({inside.name}), which the program made: a real cluster "
                        "would delete it silently, so the order of deletion is wrong"
                    )
        if kind == CRD:
            self._refuse_used_crd(key)
        if kind == _VOLUME:
            self._refuse_bound_volume(key)
        self.world.delete(key)

    def install(self, chart: ChartFacts, release: Record, namespace: str) -> None:
        """Bring what the chart makes. Helm leaves `crds/` in the cluster when a release goes."""
        for custom in chart.kinds:
            self.teach(custom, f"brought by chart {chart.name}; Helm leaves it")
        home = self.namespace(namespace)
        for item in chart.makes:
            self._bring(item, namespace, release.key, f"made by chart {chart.name}")
        for item in chart.leaves:
            self._bring(item, namespace, home, f"left by chart {chart.name}")

    def teach(self, custom: CustomKind, note: str) -> None:
        """Make a custom kind known, unless it is already; `note` says who brought it."""
        key = self.key(CRD, "", f"{custom.plural}.{custom.group}")
        if self.world.get(key) is None:
            spec: Props = {
                "group": custom.group,
                "names": {"kind": custom.kind, "plural": custom.plural},
                "scope": "Namespaced" if custom.namespaced else "Cluster",
                "versions": [{"name": version} for version in custom.versions],
            }
            self._put(key, {"spec": spec}, None, note)

    def _bring(self, item: Object, namespace: str, owner: Key | None, note: str) -> None:
        try:
            inside = self.scope(item.kind, item.version)
        except Refusal:
            return  # charts render what other charts' kinds need only where those are known
        key = self.key(item.kind, namespace if inside else "", item.name)
        found = self.world.get(key)
        if found is None:
            self._put(key, {}, owner, note)
        elif found.note != note:
            raise Refusal(
                f"Unable to continue with install: {item.kind} {key.id!r} exists and cannot be "
                "imported into the current release: invalid ownership metadata"
            )

    def _put(self, key: Key, inputs: Props, owner: Key | None, note: str) -> None:
        claim = key.type == str(_CLAIM)
        self.world.create(
            Record(
                key=key,
                name=key.id,
                inputs=inputs,
                outputs=inputs,
                owner=owner,
                note=note,
                outlives="volume" if claim else "",
            )
        )

    def _refuse_used_crd(self, key: Key) -> None:
        record = self.world.get(key)
        spec = record.inputs.get("spec") if record else None
        kind = Kind(text(spec, "group"), text(spec, "names", "kind"))
        for user in self.world.all(PACKAGE, str(kind), cluster=self.server):
            raise Refusal(
                f"simulated: {key.id} still has objects of its kind ({user.key.id}): a real "
                "cluster would delete them silently, so the order of deletion is wrong"
            )

    def _refuse_bound_volume(self, key: Key) -> None:
        for claim in self.world.all(PACKAGE, str(_CLAIM), cluster=self.server):
            if text(claim.inputs, "spec", "volumeName") == key.id:
                raise Refusal(
                    "finalizer kubernetes.io/pv-protection is not removed while the volume is "
                    f"bound: claim {claim.key.id} still uses {key.id}"
                )

    def _outlives(self, kind: Kind, inputs: Props) -> str:
        if kind == _CLAIM and not text(inputs, "spec", "volumeName"):
            named = text(inputs, "spec", "storageClassName")
            made_by = self.world.get(self.key(_CLASS, "", named))
            folder = made_by is not None and text(made_by.inputs, "provisioner") in _FOLDERS
            return "" if folder else "volume"
        if kind == _SERVICE and text(inputs, "spec", "type") == "LoadBalancer":
            return "load balancer"
        return ""
