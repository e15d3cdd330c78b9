"""The kinds every API server knows, and whether they stand in a namespace (Kubernetes 1.3x)."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind, whatever its version."""

    group: str
    kind: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.group}" if self.group else self.kind


_NAMESPACED: dict[str, tuple[str, ...]] = {
    "": (
        "ConfigMap",
        "Endpoints",
        "LimitRange",
        "PersistentVolumeClaim",
        "Pod",
        "ReplicationController",
        "ResourceQuota",
        "Secret",
        "Service",
        "ServiceAccount",
    ),
    "apps": ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"),
    "autoscaling": ("HorizontalPodAutoscaler",),
    "batch": ("CronJob", "Job"),
    "coordination.k8s.io": ("Lease",),
    "discovery.k8s.io": ("EndpointSlice",),
    "networking.k8s.io": ("Ingress", "NetworkPolicy"),
    "policy": ("PodDisruptionBudget",),
    "rbac.authorization.k8s.io": ("Role", "RoleBinding"),
    "resource.k8s.io": ("ResourceClaim", "ResourceClaimTemplate"),
}
_CLUSTER: dict[str, tuple[str, ...]] = {
    "": ("Namespace", "Node", "PersistentVolume"),
    "admissionregistration.k8s.io": (
        "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    ),
    "apiextensions.k8s.io": ("CustomResourceDefinition",),
    "apiregistration.k8s.io": ("APIService",),
    "networking.k8s.io": ("IngressClass",),
    "node.k8s.io": ("RuntimeClass",),
    "rbac.authorization.k8s.io": ("ClusterRole", "ClusterRoleBinding"),
    "resource.k8s.io": ("DeviceClass", "ResourceSlice"),
    "scheduling.k8s.io": ("PriorityClass",),
    "storage.k8s.io": ("CSIDriver", "CSINode", "StorageClass", "VolumeAttributesClass"),
}

IN_NAMESPACE: dict[Kind, bool] = {
    Kind(group, kind): inside
    for table, inside in ((_NAMESPACED, True), (_CLUSTER, False))
    for group, names in table.items()
    for kind in names
}

NAMESPACE = Kind("", "Namespace")
CRD = Kind("apiextensions.k8s.io", "CustomResourceDefinition")
RELEASE = Kind("helm.sh", "Release")
BUILT_IN_NAMESPACES = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})


def of_token(token: str) -> tuple[Kind, str]:
    """The kind and API version behind a token such as `kubernetes:apps/v1:Deployment`."""
    _, _, rest = token.partition(":")
    api, _, kind = rest.rpartition(":")
    group, _, version = api.rpartition("/")
    return Kind("" if group == "core" else group, kind), version
