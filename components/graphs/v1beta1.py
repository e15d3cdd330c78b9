"""A graph as `nvidia.com/v1beta1` DynamoGraphDeployment: pods as Kubernetes writes them."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from components.graphs.mounts import cache_mounts, cache_volumes, environment_of
from components.graphs.scheduling import Manifest, pod_scheduling, security_context
from plan.model import Component, Graph, Plan, Pool

ComponentType = Literal["frontend", "worker", "prefill", "decode"]


class Multinode(TypedDict):
    """`nodeCount` pods make one replica."""

    nodeCount: int


class ComponentSpec(TypedDict):
    """One entry of `spec.components`."""

    name: str
    type: ComponentType
    replicas: int
    podTemplate: Manifest
    multinode: NotRequired[Multinode]
    sharedMemorySize: NotRequired[str]


class DynamoGraphDeploymentSpec(TypedDict):
    """`spec` of the resource, as far as we write it."""

    components: list[ComponentSpec]
    backendFramework: NotRequired[str]


def spec(graph: Graph, plan: Plan) -> DynamoGraphDeploymentSpec:
    """The spec of a resolved graph. Every pool it names is in the plan."""
    written: DynamoGraphDeploymentSpec = {
        "components": [_component(graph, c, pool_of(plan, c)) for c in graph.components]
    }
    if graph.settings.backend != "mocker":
        written["backendFramework"] = graph.settings.backend
    return written


def pool_of(plan: Plan, component: Component) -> Pool:
    """The component's pool. A plan without errors has it."""
    pool = plan.pool(component.pool)
    if pool is None:
        raise LookupError(f"{component.path}: pool {component.pool} is not in the plan")
    return pool


def _component(graph: Graph, component: Component, pool: Pool) -> ComponentSpec:
    written: ComponentSpec = {
        "name": component.name,
        "type": component.role.value if component.role else "frontend",
        "replicas": component.replicas,
        "podTemplate": _pod_template(graph, component, pool),
    }
    if component.nodes > 1:
        written["multinode"] = {"nodeCount": component.nodes}
    if component.shared_memory:
        written["sharedMemorySize"] = component.shared_memory
    return written


def _pod_template(graph: Graph, component: Component, pool: Pool) -> Manifest:
    template: Manifest = {"spec": _pod(graph, component, pool)}
    if component.annotations:
        template["metadata"] = {"annotations": dict(component.annotations)}
    return template


def _pod(graph: Graph, component: Component, pool: Pool) -> Manifest:
    pod = pod_scheduling(graph, component, pool)
    container: Manifest = {
        "name": "main",
        "image": component.image,
        "resources": _resources(component),
    }
    mounts = cache_mounts(graph)
    if mounts:
        container["volumeMounts"] = mounts
        pod["volumes"] = cache_volumes(graph)
    environment = environment_of(graph, component)
    if environment:
        container["env"] = [{"name": name, "value": value} for name, value in environment.items()]
    if graph.token_secret:
        container["envFrom"] = [{"secretRef": {"name": graph.token_secret}}]
    if component.command:
        container["command"] = list(component.command)
        container["args"] = list(component.args)
    security = security_context(component)
    if security:
        container["securityContext"] = security
    return {**pod, "containers": [container]}


def _resources(component: Component) -> Manifest:
    extended = {name: str(count) for name, count in component.extended_resources.items()}
    return {
        "requests": {"cpu": component.cpu, "memory": component.memory, **extended},
        # Extended resources cannot be overcommitted: limits equal requests.
        "limits": {"memory": component.memory, **extended},
    }
