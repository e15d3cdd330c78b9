"""A graph as `nvidia.com/v1alpha1` DynamoGraphDeployment: what upstream's samples still use."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from components.graphs.mounts import cache_mounts, cache_volumes, environment_of
from components.graphs.scheduling import Manifest, pod_scheduling, security_context
from components.graphs.v1beta1 import Multinode, pool_of
from plan.model import GPU_RESOURCE, Component, Graph, Plan, Pool
from plan.settings import WorkerRole


class EnvironmentVariable(TypedDict):
    """One variable of a container."""

    name: str
    value: str


class ServiceSpec(TypedDict):
    """One value of `spec.services`."""

    componentType: str
    replicas: int
    resources: Manifest
    extraPodSpec: Manifest
    subComponentType: NotRequired[str]
    multinode: NotRequired[Multinode]
    sharedMemory: NotRequired[Manifest]
    envs: NotRequired[list[EnvironmentVariable]]
    envFromSecret: NotRequired[str]
    extraPodMetadata: NotRequired[Manifest]


class DynamoGraphDeploymentSpec(TypedDict):
    """`spec` of the resource, as far as we write it."""

    services: dict[str, ServiceSpec]
    backendFramework: NotRequired[str]


def spec(graph: Graph, plan: Plan) -> DynamoGraphDeploymentSpec:
    """The spec of a resolved graph. Every pool it names is in the plan."""
    written: DynamoGraphDeploymentSpec = {
        "services": {c.name: _service(graph, c, pool_of(plan, c)) for c in graph.components}
    }
    if graph.settings.backend != "mocker":
        written["backendFramework"] = graph.settings.backend
    return written


def _service(graph: Graph, component: Component, pool: Pool) -> ServiceSpec:
    container: Manifest = {"image": component.image}
    if component.command:
        container["command"] = list(component.command)
        container["args"] = list(component.args)
    security = security_context(component)
    if security:
        container["securityContext"] = security
    pod = pod_scheduling(graph, component, pool)
    mounts = cache_mounts(graph)
    if mounts:
        # Not by the resource's own `volumeMounts`, which know no folder inside a claim.
        container["volumeMounts"] = mounts
        pod["volumes"] = cache_volumes(graph)
    written: ServiceSpec = {
        "componentType": "worker" if component.role else "frontend",
        "replicas": component.replicas,
        "resources": _resources(component),
        "extraPodSpec": {**pod, "mainContainer": container},
    }
    if component.annotations:
        written["extraPodMetadata"] = {"annotations": dict(component.annotations)}
    if component.role is not None and component.role is not WorkerRole.WORKER:
        written["subComponentType"] = component.role.value
    if component.nodes > 1:
        written["multinode"] = {"nodeCount": component.nodes}
    if component.shared_memory:
        written["sharedMemory"] = {"size": component.shared_memory}
    environment = environment_of(graph, component)
    if environment:
        written["envs"] = [{"name": name, "value": value} for name, value in environment.items()]
    if graph.token_secret:
        written["envFromSecret"] = graph.token_secret
    return written


def _resources(component: Component) -> Manifest:
    asked: Manifest = {}
    if component.gpus:
        asked["gpu"] = str(component.gpus)
    custom = {
        name: str(count)
        for name, count in component.extended_resources.items()
        if name != GPU_RESOURCE
    }
    if custom:
        asked["custom"] = custom
    return {
        "requests": {"cpu": component.cpu, "memory": component.memory, **asked},
        "limits": {"memory": component.memory, **asked},
    }
