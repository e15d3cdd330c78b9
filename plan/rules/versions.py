"""Versions that have to agree."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from plan.catalog import compatibility
from plan.catalog.compatibility import DynamoRelease
from plan.findings import Severity
from plan.rules.rule import Context, Problem, rule
from plan.settings import EksSettings


@rule(
    "VER001",
    "the Dynamo release is one the compatibility table knows",
    consequence="charts, images and CRDs of releases that were never tried together",
    source="Dynamo release artifacts and compatibility matrix",
)
def dynamo_known(context: Context) -> Iterator[Problem]:
    version = context.plan.settings.platform.versions.dynamo
    if compatibility.dynamo_release(version) is None:
        known = ", ".join(release.version for release in compatibility.dynamo_releases())
        yield Problem(
            path="platform.versions.dynamo",
            message=f"{version} is not in the compatibility table",
            fix=f"use one of {known}",
        )


@rule(
    "VER002",
    "KAI and Grove are the ones the Dynamo release works with",
    consequence="the operator restarts until an API group appears, or gangs never start",
    source="Dynamo platform chart pins; README matrix",
)
def scheduler_versions(context: Context) -> Iterator[Problem]:
    release = _release(context)
    versions = context.plan.settings.platform.versions
    if release is None:
        return
    for name in ("kai", "grove"):
        path = f"platform.versions.{name}"
        yield from outside_bounds(release, name, str(getattr(versions, name)), path)


@rule(
    "VER003",
    "Kubernetes is new enough for the Dynamo release",
    consequence="CRDs or webhooks are refused, after the control plane is up",
    source="Dynamo install guide",
)
def kubernetes_version(context: Context) -> Iterator[Problem]:
    release = _release(context)
    given = context.plan.settings.cluster.kubernetes_version
    if release and Version(given) < Version(release.kubernetes_min):
        yield Problem(
            path="cluster.kubernetesVersion",
            message=f"{given}, but Dynamo {release.version} needs {release.kubernetes_min}",
            fix=f"use {release.kubernetes_min} or newer",
        )


@rule(
    "VER004",
    "the Dynamo release serves the graph's version of the custom resource",
    severity=Severity.WARNING,
    consequence="no matches for kind DynamoGraphDeployment, after cluster and platform are up",
    source="CRD of the release; operators as run",
)
def graph_version(context: Context) -> Iterator[Problem]:
    release = _release(context)
    for graph in context.plan.graphs:
        wanted = graph.settings.api_version
        if release and wanted not in release.graph_versions:
            yield Problem(
                path=f"{graph.path}.apiVersion",
                message=f"Dynamo {release.version} is not known to serve {wanted}",
                fix=f"use apiVersion: {', '.join(release.graph_versions)}",
            )


@rule(
    "AMI001",
    "the node image is for the machine's processor and GPU, and known",
    consequence="CreateNodegroup fails, or the node is Ready and never offers a GPU",
    source="AWS facts A18; EKS API, AMITypes",
)
def node_image(context: Context) -> Iterator[Problem]:
    for pool in context.plan.pools:
        if pool.ami_type is None:
            continue
        path = f"{pool.path}.amiType"
        image = pool.host_image
        if image is None:
            yield Problem(
                path=path,
                message=f"{pool.ami_type} is not in the catalogue: driver and EFA are not checked",
                fix="leave amiType out for the AL2023 image that fits the machine",
                severity=Severity.WARNING,
            )
        elif image.arch != pool.machine.arch:
            yield Problem(
                path=path,
                message=f"{pool.ami_type} is {image.arch}, {pool.machine.name} "
                f"is {pool.machine.arch}",
                fix="leave amiType out",
            )
        elif pool.has_gpus and not image.nvidia:
            yield Problem(
                path=path,
                message=f"{pool.ami_type} has no NVIDIA driver, {pool.machine.name} has GPUs",
                fix="leave amiType out",
            )


@rule(
    "AMI002",
    "the node image is made for the Kubernetes version",
    consequence="CreateNodegroup: InvalidParameterException, 10 minutes in",
    source="AWS facts A19: AL2 images end at Kubernetes 1.32",
)
def node_image_age(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    for pool in context.plan.pools:
        image = pool.host_image
        newest = image.kubernetes_max if image else None
        too_new = newest and Version(cluster.kubernetes_version) > Version(newest)
        if too_new and isinstance(cluster, EksSettings):
            yield Problem(
                path=f"{pool.path}.amiType",
                message=f"{pool.ami_type} ends at Kubernetes {newest}, the cluster "
                f"is {cluster.kubernetes_version}",
                fix="leave amiType out for AL2023",
            )


def outside_bounds(release: DynamoRelease, name: str, given: str, path: str) -> Iterator[Problem]:
    """What is wrong with a version of `kai` or `grove` for a Dynamo release."""
    minimum = {"kai": release.kai_min, "grove": release.grove_min}[name]
    below = {"kai": None, "grove": release.grove_below}[name]
    if minimum and _version(given) < _version(minimum):
        yield Problem(
            path=path,
            message=f"{given}, but Dynamo {release.version} needs {minimum} or newer",
            fix=f"use {minimum}",
        )
    if below and _version(given) >= _version(below):
        yield Problem(
            path=path,
            message=f"{given}, but Dynamo {release.version} needs a version below {below}",
            fix=f"use {minimum}",
        )


def _release(context: Context) -> DynamoRelease | None:
    return compatibility.dynamo_release(context.plan.settings.platform.versions.dynamo)


def _version(text: str) -> Version:
    """`v0.1.0-alpha.8` as a version that sorts: a pre-release of 0.1.0."""
    return Version(text.removeprefix("v"))


RULES = (
    dynamo_known,
    scheduler_versions,
    kubernetes_version,
    graph_version,
    node_image,
    node_image_age,
)
