"""Which changes of an object need a new one, as pulumi-kubernetes 4.34 has them."""

from __future__ import annotations

from rehearsal.providers.kubernetes.scopes import RELEASE, Kind
from rehearsal.providers.values import Props, flag

_ALWAYS = frozenset({"apiVersion", "kind", "metadata.name", "metadata.namespace"})
_BY_KIND: dict[Kind, frozenset[str]] = {
    Kind("", "PersistentVolumeClaim"): frozenset({"spec"}),
    Kind("", "Pod"): frozenset({"spec"}),
    Kind("", "Service"): frozenset({"spec.clusterIP", "spec.type"}),
    Kind("apps", "DaemonSet"): frozenset({"spec.selector"}),
    Kind("apps", "Deployment"): frozenset({"spec.selector"}),
    Kind("apps", "StatefulSet"): frozenset(
        {
            "spec.podManagementPolicy",
            "spec.revisionHistoryLimit",
            "spec.selector",
            "spec.serviceName",
            "spec.volumeClaimTemplates",
        }
    ),
    Kind("batch", "Job"): frozenset({"spec.selector", "spec.template"}),
    Kind("rbac.authorization.k8s.io", "ClusterRoleBinding"): frozenset({"roleRef"}),
    Kind("rbac.authorization.k8s.io", "RoleBinding"): frozenset({"roleRef"}),
    Kind("storage.k8s.io", "StorageClass"): frozenset({"parameters", "provisioner"}),
}
_RELEASE = frozenset({"name", "namespace"})

# Fields the API server never changes in place, and that the provider does not replace for.
FROZEN: dict[Kind, tuple[str, ...]] = {
    Kind("storage.k8s.io", "StorageClass"): ("reclaimPolicy", "volumeBindingMode"),
}


def replacing(kind: Kind, config: Props) -> frozenset[str]:
    """The properties whose change replaces an object of this kind."""
    if kind == RELEASE:
        return _RELEASE
    found = _ALWAYS | _BY_KIND.get(kind, frozenset())
    if kind == Kind("", "ConfigMap") and not flag(config, "enableConfigMapMutable"):
        found |= {"data", "binaryData"}
    if kind == Kind("", "Secret"):
        found |= {"type"}
        if not flag(config, "enableSecretMutable"):
            found |= {"data", "stringData"}
    return found
