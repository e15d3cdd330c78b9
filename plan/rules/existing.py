"""Layers of an existing cluster that are adopted, and what nobody tells us of its nodes.

What really stands in the cluster is looked at when the program runs
(`components.clusters.existing.adoption`); these rules need no cluster.
"""

from __future__ import annotations

from collections.abc import Iterator

from plan.catalog import accelerators, compatibility
from plan.fabric import INFINIBAND
from plan.findings import Severity
from plan.platform import (
    dynamo,
    efa_device_plugin,
    gpu_operator,
    grove,
    kai,
    network_operator,
)
from plan.platform.facts import FEATURE_DISCOVERY
from plan.rules.rule import Context, Problem, rule
from plan.rules.versions import outside_bounds
from plan.settings import ExistingSettings
from plan.suggest import nearest

_PATH = "cluster.installed"
_ADOPTABLE = (
    dynamo.NAME,
    efa_device_plugin.NAME,
    FEATURE_DISCOVERY,
    gpu_operator.NAME,
    grove.NAME,
    kai.NAME,
    network_operator.NAME,
)
# Layers with a version of their own under platform.versions.
_VERSIONED = {dynamo.NAME: "dynamo", grove.NAME: "grove", kai.NAME: "kai"}
# The taint that every GPU Operator's agents tolerate unless they are told otherwise.
_TOLERATED = "nvidia.com/gpu"


@rule(
    "EXI001",
    "what is adopted is a layer of the platform",
    consequence="the layer would be installed although it stands already",
    source="plan.platform",
)
def layer_known(context: Context) -> Iterator[Problem]:
    for name in _installed(context):
        if name not in _ADOPTABLE:
            yield Problem(
                path=f"{_PATH}.{name}",
                message=f"{name!r} is not a layer that can be adopted",
                fix=nearest(name, _ADOPTABLE),
            )


@rule(
    "EXI002",
    "an adopted KAI or Grove is one that the Dynamo release works with",
    consequence="the operator restarts until an API group appears, or gangs never start",
    source="Dynamo platform chart pins; README matrix",
)
def scheduler_versions(context: Context) -> Iterator[Problem]:
    installed = _installed(context)
    version = installed.get(dynamo.NAME, context.plan.settings.platform.versions.dynamo)
    release = compatibility.dynamo_release(version)
    for name in (kai.NAME, grove.NAME):
        if release and name in installed:
            yield from outside_bounds(release, _VERSIONED[name], installed[name], f"{_PATH}.{name}")


@rule(
    "EXI003",
    "an adopted layer has the version that the stack file gives it elsewhere",
    consequence="images and graphs are made for another release than the operator that runs them",
    source="Dynamo compatibility: runtime images and operator of one release",
)
def one_version(context: Context) -> Iterator[Problem]:
    versions = context.plan.settings.platform.versions
    for name, version in _installed(context).items():
        field = _VERSIONED.get(name)
        # Dynamo's decides about images and graphs, said or not; the others' only if it is said.
        if field is None or not (field in versions.model_fields_set or name == dynamo.NAME):
            continue
        wanted = str(getattr(versions, field))
        if wanted.removeprefix("v") != version.removeprefix("v"):
            yield Problem(
                path=f"platform.versions.{field}",
                message=f"{wanted}, but {name} is adopted in version {version}",
                fix=f"use {version}",
            )


@rule(
    "EXI004",
    "an adopted Dynamo operator finds KAI and Grove in place",
    consequence="it was told at its installation that they are not there, or restarts until they "
    "are: graphs start without their gang, or not at all",
    source="dynamo-platform 1.2.0, global.grove and global.kai-scheduler; the operator looks for "
    "API groups once, at its start",
)
def adopted_together(context: Context) -> Iterator[Problem]:
    installed = _installed(context)
    if dynamo.NAME not in installed:
        return
    for name in (kai.NAME, grove.NAME):
        if name not in installed:
            yield Problem(
                path=f"{_PATH}.{dynamo.NAME}",
                message=f"adopted, but {name} would be installed after it",
                fix=f"add {name} with its version under {_PATH}, or let this stack install both",
            )


@rule(
    "EXI005",
    "an adopted GPU Operator reaches every GPU node",
    severity=Severity.WARNING,
    consequence="the pool's nodes never offer a GPU: no agent of the operator runs on them",
    source="GPU Operator v26.3.3 values: daemonsets.tolerations is nvidia.com/gpu alone",
)
def operator_tolerates(context: Context) -> Iterator[Problem]:
    if gpu_operator.NAME not in _installed(context):
        return
    for pool in context.plan.gpu_pools:
        others = [t.key for t in pool.taints if t.key != _TOLERATED]
        if others:
            yield Problem(
                path=f"{pool.path}.taints",
                message=f"{', '.join(others)} keeps off the agents of an operator that was not "
                "installed for it",
                fix=f"see that its daemonsets.tolerations name {', '.join(others)}",
            )


@rule(
    "EXI006",
    "an adopted GPU Operator serves the pool's fabric",
    severity=Severity.WARNING,
    consequence="GPU memory never reaches the adapter; transfers fall back to the CPU",
    source="Dynamo, RDMA on AKS: driver.rdma.enabled and useHostMofed",
)
def operator_serves_rdma(context: Context) -> Iterator[Problem]:
    if gpu_operator.NAME not in _installed(context):
        return
    for pool in context.plan.gpu_pools:
        if pool.fabric is INFINIBAND:
            yield Problem(
                path=f"{pool.path}.fabric",
                message="infiniband needs an operator installed with driver.rdma.enabled and "
                "driver.rdma.useHostMofed",
                fix="see `helm get values` of its release, or say fabric: tcp",
            )


@rule(
    "EXI007",
    "nodes with GPUs are described as such",
    severity=Severity.WARNING,
    consequence="the plan counts no GPUs there, checks none, and installs no GPU Operator",
    source="plan.catalog.accelerators",
)
def gpus_unknown(context: Context) -> Iterator[Problem]:
    cluster = context.plan.settings.cluster
    if not isinstance(cluster, ExistingSettings):
        return
    for name, pool in cluster.node_pools.items():
        if pool.machine_cloud is not None:
            continue
        clouds = [
            cloud
            for cloud in ("eks", "aks", "gke")
            if (known := accelerators.find(cloud, pool.machine_type)) and known.gpus
        ]
        keys = (*pool.labels, *(taint.key for taint in pool.taints or ()))
        hinted = [key for key in keys if key.startswith("nvidia.com/")]
        if clouds or hinted:
            yield Problem(
                path=f"cluster.nodePools.{name}.machineCloud",
                message=f"not given: {pool.machine_type} counts as a machine without GPUs",
                fix=f"use machineCloud: {' or '.join(clouds)}"
                if clouds
                else f"the pool has {hinted[0]}: give the machineType and machineCloud of a "
                "machine like it",
            )


def _installed(context: Context) -> dict[str, str]:
    cluster = context.plan.settings.cluster
    return cluster.installed if isinstance(cluster, ExistingSettings) else {}


RULES = (
    layer_known,
    scheduler_versions,
    one_version,
    adopted_together,
    operator_tolerates,
    operator_serves_rdma,
    gpus_unknown,
)
