"""The kubernetes stand-in: objects, patches and Helm releases of any simulated cluster."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import cast

from rehearsal.providers.kubernetes.changes import FROZEN, replacing
from rehearsal.providers.kubernetes.charts import ChartFacts, pinned
from rehearsal.providers.kubernetes.cluster import PACKAGE, Cluster
from rehearsal.providers.kubernetes.connection import Unreachable, reachable
from rehearsal.providers.kubernetes.scopes import NAMESPACE, RELEASE, Kind, of_token
from rehearsal.providers.kubernetes.status import status_of
from rehearsal.providers.naming import autonamed
from rehearsal.providers.standin import Difference, Made, Refusal, Subject
from rehearsal.providers.values import (
    Props,
    blurred,
    changes,
    flag,
    get,
    mapping,
    matches,
    number,
    text,
)
from rehearsal.providers.world import Key, Record, World

_AUTONAMED = "pulumi.com/autonamed"
_YAML = ("kubernetes:yaml", "kubernetes:kustomize", "kubernetes:helm.sh/v4")


class Kubernetes:
    """Simulates the API servers of the account's clusters."""

    package = PACKAGE

    def __init__(self, world: World, charts: tuple[ChartFacts, ...]) -> None:
        self._world = world
        self._charts = charts

    # Before anything is made -------------------------------------------------------------------

    def check(self, subject: Subject, inputs: Props, olds: Props | None, seed: bytes) -> Props:
        kind = _kind(subject)
        if kind == RELEASE:
            named = text(inputs, "name") or text(olds, "name")
            name = named or autonamed(subject.name, subject.urn, seed, length=8)
            return {"namespace": "default", **inputs, "name": name}
        metadata = mapping(inputs, "metadata")
        if not text(metadata, "name"):
            if _is_patch(subject):
                raise Refusal("patch resources must specify the metadata.name field", "metadata")
            before = mapping(olds, "metadata")
            kept = text(before, "name") if get(before, "annotations", _AUTONAMED) else ""
            annotations: Props = {**mapping(metadata, "annotations"), _AUTONAMED: "true"}
            name = kept or autonamed(subject.name, subject.urn, seed, length=8)
            metadata: Props = {**metadata, "name": name, "annotations": annotations}
        return {**inputs, "metadata": metadata}

    def diff(self, subject: Subject, olds: Props, news: Props) -> Difference:
        kind = _kind(subject)
        patterns = replacing(kind, subject.config)
        changed = {path: matches(path, patterns) for path, _, _ in changes(olds, news)}
        where = ("name",) if kind == RELEASE else ("metadata", "name")
        spot = ("namespace",) if kind == RELEASE else ("metadata", "namespace")
        same_place = get(olds, *where) == get(news, *where) and get(olds, *spot) == get(news, *spot)
        return Difference(changed=changed, delete_first=any(changed.values()) and same_place)

    def preview(self, subject: Subject, inputs: Props, current: Made | None) -> Props:
        kind = _kind(subject)
        outputs = self._outputs(kind, inputs)
        if current is not None:
            return outputs
        return cast("Props", blurred(outputs, inputs))

    # Life --------------------------------------------------------------------------------------

    def create(self, subject: Subject, inputs: Props) -> Made:
        with self._world.lock:
            cluster = self._cluster(subject)
            kind = _kind(subject)
            if kind == RELEASE:
                return _made(self._install(cluster, subject, inputs))
            if _is_patch(subject):
                return _made(self._patch(cluster, subject, kind, inputs))
            namespace = self._namespace(cluster, subject, kind, inputs)
            outputs = self._outputs(kind, inputs)
            return _made(cluster.add(kind, namespace, subject.name, inputs, outputs))

    def read(self, subject: Subject, id: str) -> Made | None:
        with self._world.lock:
            try:
                cluster = self._cluster(subject)
            except Unreachable:
                if flag(subject.config, "deleteUnreachable"):
                    return None
                raise
            record = self._world.get(self._key(cluster, subject, id))
            return _made(record) if record else None

    def update(self, subject: Subject, id: str, inputs: Props) -> Made:
        with self._world.lock:
            cluster = self._cluster(subject)
            kind = _kind(subject)
            old = self._world.get(self._key(cluster, subject, id))
            if old is None:
                raise Refusal(f'{kind} "{id}" not found')
            for field in FROZEN.get(kind, ()):
                if get(old.inputs, field) != get(inputs, field):
                    raise Refusal(
                        f'{kind} "{id}" is invalid: {field}: Forbidden: updates to '
                        f"{field} are forbidden",
                        field,
                    )
            if kind == RELEASE:
                chart = pinned(self._charts, inputs)
                revision = number(old.outputs, "status", "revision") + 1
                record = replace(
                    old,
                    inputs=inputs,
                    outputs=self._release_outputs(inputs, chart, revision),
                    note=chart.name,
                )
            else:
                record = replace(old, inputs=inputs, outputs=self._outputs(kind, inputs))
            self._world.update(record)
            return _made(record)

    def delete(self, subject: Subject, id: str) -> None:
        with self._world.lock:
            try:
                cluster = self._cluster(subject)
            except Unreachable:
                if flag(subject.config, "deleteUnreachable"):
                    return
                raise
            key = self._key(cluster, subject, id)
            if self._world.get(key) is None:
                return
            kind = _kind(subject)
            if _is_patch(subject) or kind == RELEASE:
                self._world.delete(key)
            else:
                cluster.remove(key, kind)

    def invoke(self, config: Props, token: str, args: Props) -> Props:
        del config, args
        raise Refusal(f"the kubernetes stand-in does not know the lookup {token}")

    # Releases and patches ----------------------------------------------------------------------

    def _install(self, cluster: Cluster, subject: Subject, inputs: Props) -> Record:
        name, namespace = text(inputs, "name"), text(inputs, "namespace")
        chart = pinned(self._charts, inputs)
        if flag(inputs, "createNamespace"):
            self._ensure_namespace(cluster, namespace, name)
        home = cluster.namespace(namespace)
        record = Record(
            key=cluster.key(RELEASE, namespace, name),
            name=subject.name,
            inputs=inputs,
            outputs=self._release_outputs(inputs, chart, 1),
            refs=frozenset({home} if home else ()),
            note=chart.name,
        )
        self._world.create(record, taken="cannot re-use a name that is still in use")
        try:
            cluster.install(chart, record, namespace)
        except Refusal:
            # `atomic`: Helm takes back what a failed install made.
            self._world.delete(record.key)
            raise
        return record

    def _ensure_namespace(self, cluster: Cluster, namespace: str, release: str) -> None:
        key = cluster.key(NAMESPACE, "", namespace)
        try:
            cluster.namespace(namespace)
        except Refusal:
            self._world.create(
                Record(
                    key=key,
                    name=namespace,
                    inputs={},
                    outputs={},
                    note=f"made by release {release}; Helm leaves it",
                )
            )

    def _patch(self, cluster: Cluster, subject: Subject, kind: Kind, inputs: Props) -> Record:
        namespace = self._namespace(cluster, subject, kind, inputs)
        name = text(inputs, "metadata", "name")
        target = cluster.key(kind, namespace, name)
        if self._world.get(target) is None and not _service_made(kind, name):
            raise Refusal(f'{kind} "{name}" not found: there is nothing to patch', "metadata.name")
        record = Record(
            key=self._key(cluster, subject, target.id),
            name=subject.name,
            inputs=inputs,
            outputs=self._outputs(kind, inputs),
            refs=frozenset({target} if self._world.get(target) else ()),
        )
        self._world.create(record)
        return record

    # Names and places --------------------------------------------------------------------------

    def _cluster(self, subject: Subject) -> Cluster:
        return Cluster(world=self._world, server=reachable(self._world, subject.config))

    def _namespace(self, cluster: Cluster, subject: Subject, kind: Kind, inputs: Props) -> str:
        _, version = of_token(subject.type)
        inside = cluster.scope(kind, version)
        given = text(inputs, "metadata", "namespace")
        if not inside:
            return ""
        return given or text(subject.config, "namespace") or "default"

    def _key(self, cluster: Cluster, subject: Subject, id: str) -> Key:
        kind = _kind(subject)
        return Key(PACKAGE, f"{kind}{'Patch' if _is_patch(subject) else ''}", id, cluster.server)

    def _outputs(self, kind: Kind, inputs: Props) -> Props:
        metadata = mapping(inputs, "metadata")
        if kind == RELEASE:
            return self._release_outputs(inputs, None, 1)
        seed = f"{kind}/{text(metadata, 'namespace')}/{text(metadata, 'name')}"
        uid = hashlib.sha256(seed.encode()).hexdigest()
        added: Props = {
            "uid": f"{uid[:8]}-{uid[8:12]}-4{uid[13:16]}-a{uid[17:20]}-{uid[20:32]}",
            "generation": 1,
        }
        outputs: Props = {**inputs, "metadata": {**metadata, **added}}
        return {**outputs, **status_of(kind, inputs)}

    def _release_outputs(self, inputs: Props, chart: ChartFacts | None, revision: int) -> Props:
        name, namespace = text(inputs, "name"), text(inputs, "namespace")
        made = chart.makes + chart.leaves if chart else ()
        return {
            **inputs,
            "resourceNames": {str(item.kind): [f"{namespace}/{item.name}"] for item in made},
            "status": {
                "chart": text(inputs, "chart"),
                "name": name,
                "namespace": namespace,
                "revision": revision,
                "status": "deployed",
                "version": text(inputs, "version"),
            },
        }


def _is_patch(subject: Subject) -> bool:
    return subject.type.endswith("Patch")


def _kind(subject: Subject) -> Kind:
    if subject.type.startswith(_YAML):
        raise Refusal(f"the kubernetes stand-in does not know {subject.type}")
    kind, _ = of_token(subject.type)
    if _is_patch(subject):
        return Kind(kind.group, kind.kind.removesuffix("Patch"))
    return kind


def _service_made(kind: Kind, name: str) -> bool:
    """What a new EKS cluster has by itself and programs patch."""
    return (kind.kind, name) in {
        ("ServiceAccount", "default"),
        ("DaemonSet", "aws-node"),
        ("DaemonSet", "kube-proxy"),
        ("Deployment", "coredns"),
        ("StorageClass", "gp2"),
    } or kind == Kind("", "Node")


def _made(record: Record) -> Made:
    return Made(id=record.key.id, inputs=record.inputs, outputs=record.outputs)
