"""From a cloud's block to pools and storage classes."""

from __future__ import annotations

from typing import Any

import pytest

from plan.resolve import resolve
from plan.settings import load_stack_file, parse_settings
from plan.settings.loader import PROJECT, stack_names
from tests.harness.settings import plan_of, valid_aks, valid_gke

STACKS = stack_names()


def sorted_keys(value: Any) -> Any:
    """A block as Pulumi hands it over: maps in the order of their keys."""
    if isinstance(value, dict):
        return {key: sorted_keys(value[key]) for key in sorted(value)}
    return value


@pytest.mark.parametrize("stack", STACKS)
def test_the_program_gets_the_plan_that_make_plan_shows(stack: str) -> None:
    """What is chosen by order has to be the same for a file and for what Pulumi makes of it."""
    shown = resolve(load_stack_file(stack).settings, stack)
    prefix = f"{PROJECT}:"
    config = load_stack_file(stack).config
    blocks = {k.removeprefix(prefix): v for k, v in config.items() if k.startswith(prefix)}
    given = resolve(parse_settings(sorted_keys(blocks)), stack)
    assert given.pools == shown.pools
    assert given.storage_classes == shown.storage_classes
    assert given.layers == shown.layers
    assert set(given.downloads) == set(shown.downloads)
    assert [g.frontend for g in given.graphs] == [g.frontend for g in shown.graphs]


def test_the_system_pool_comes_first_and_the_others_by_name() -> None:
    pools = {name: {"machineType": "m7i.4xlarge", "nodes": 1} for name in ("zoo", "ant")}
    plan = plan_of(*((f"cluster.nodePools.{name}", pool) for name, pool in pools.items()))
    assert [pool.name for pool in plan.pools] == ["system", "ant", "gpu", "zoo"]


def test_every_cloud_has_a_default_class_that_is_its_first() -> None:
    plans = {"eks": plan_of(), "aks": plan_of(start=valid_aks), "gke": plan_of(start=valid_gke)}
    assert {cloud: plan.storage_class for cloud, plan in plans.items()} == {
        "eks": "gp3",
        "aks": "managed-csi",
        "gke": "standard-rwo",
    }
    assert all(plan.storage_classes[0].name == plan.storage_class for plan in plans.values())


def test_shared_claims_go_to_lustre_before_azure_files() -> None:
    caches = ("graphs.chat.caches", {"model": {}})
    files = plan_of(caches, start=valid_aks)
    lustre = plan_of(caches, ("cluster.storage", {"managedLustre": {}}), start=valid_aks)
    assert [claim.storage_class for claim in files.claims] == ["azurefile-csi"]
    assert [claim.storage_class for claim in lustre.claims] == ["azurelustre-static"]


def test_caches_on_googles_lustre_are_folders_of_one_claim() -> None:
    """Its driver mounts a file system once on a node."""
    plan = plan_of(
        ("cluster.storage", {"managedLustre": {}}),
        ("graphs.chat.caches", {"model": {}, "compilation": {"size": "50Gi"}}),
        start=valid_gke,
    )
    (claim,) = plan.claims
    assert (claim.name, claim.volume, claim.size) == ("lustre", "dynamo-lustre", "9000Gi")
    assert claim.folders == ("model-cache", "compilation-cache")
    assert [cache.folder for cache in plan.graphs[0].caches] == list(claim.folders)


def test_caches_on_fsx_are_claims_of_their_own() -> None:
    plan = plan_of(
        ("cluster.storage", {"fsx": {"capacityGib": 4800}}),
        ("graphs.chat.caches", {"model": {}, "compilation": {"size": "50Gi"}}),
    )
    assert {claim.name: claim.volume for claim in plan.claims} == {
        "model-cache": "dynamo-model-cache",
        "compilation-cache": "dynamo-compilation-cache",
    }
    assert [claim.folders for claim in plan.claims] == [("model-cache",), ("compilation-cache",)]


def test_weights_are_fetched_once_for_graphs_that_share_them() -> None:
    caches = {"model": {}}
    plan = plan_of(
        ("cluster.storage", {"efs": {}}),
        ("graphs.chat.caches", caches),
        (
            "graphs.second",
            {
                "backend": "vllm",
                "model": "Qwen/Qwen3-32B",
                "pool": "gpu",
                "caches": caches,
                "workers": {"worker": {"replicas": 1, "gpus": 2, "tensorParallel": 2}},
            },
        ),
    )
    (download,) = plan.downloads
    assert (download.model, download.pool, download.cache.claim.name) == (
        "Qwen/Qwen3-32B",
        "system",
        "model-cache",
    )
    assert (
        plan_of(
            ("cluster.storage", {"efs": {}}),
            ("graphs.chat.caches", caches),
            ("graphs.chat.modelDownload", None),
        ).downloads
        == ()
    )
