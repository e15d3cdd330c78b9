"""Agent pools: inside the cluster's resource and beside it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from components.clusters.aks.node_pools import system_pool_of
from tests.harness.aks import CLUSTER, POOL, aks, aks_plan
from tests.harness.recording import Recording

PLAIN = {"machineType": "Standard_D8s_v5", "nodes": 2}


def test_the_system_pool_is_made_with_the_cluster(h100: Recording) -> None:
    cluster = h100.one(CLUSTER)
    (profile,) = cluster.get("agentPoolProfiles")
    assert (profile["name"], profile["mode"]) == ("system", "System")
    assert (profile["vmSize"], profile["count"]) == ("Standard_D16s_v5", 3)
    assert profile["nodeLabels"] == {"gpu-clusters/pool": "system"}
    assert profile["nodeTaints"] == []
    # The cluster lists every pool: two owners would undo each other's changes.
    assert cluster.ignore_changes == ("agentPoolProfiles",)
    assert [pool.get("agentPoolName") for pool in h100.of_type(POOL)] == ["gpu"]


def test_a_gpu_pool(h100: Recording) -> None:
    pool = h100.one(POOL)
    assert (pool.get("mode"), pool.get("type")) == ("User", "VirtualMachineScaleSets")
    assert (pool.get("vmSize"), pool.get("count")) == ("Standard_ND96isr_H100_v5", 2)
    assert pool.get("osSKU") == "Ubuntu"
    assert pool.get("osDiskSizeGB") == 256
    assert pool.get("nodeTaints") == ["nvidia.com/gpu=present:NoSchedule"]
    assert pool.get("nodeLabels") == {"gpu-clusters/pool": "gpu"}
    assert pool.get("availabilityZones") == ["1"]


@pytest.mark.parametrize("stack", ["aks-h100", "aks-a100"])
def test_the_gpu_operator_alone_brings_the_driver(stack: str) -> None:
    assert aks(stack).one(POOL).get("gpuProfile") == {"driver": "None"}


@pytest.mark.parametrize("stack", ["aks-h100", "aks-a100"])
def test_gpu_pools_upgrade_without_a_spare_machine(stack: str) -> None:
    settings = aks(stack).one(POOL).get("upgradeSettings")
    assert settings == {"maxSurge": "0", "maxUnavailable": "1"}


def test_what_azure_cannot_change_makes_a_new_pool_once_the_old_one_is_gone(
    h100: Recording,
) -> None:
    pool = h100.one(POOL)
    assert {"availabilityZones", "gpuProfile", "osDiskSizeGB", "vmSize", "vnetSubnetID"} <= set(
        pool.replace_on_changes
    )
    # Names as the provider has them: one that no input has would never match.
    assert set(pool.replace_on_changes) <= {*pool.inputs.values, "capacityReservationGroupID"}
    assert pool.delete_before_replace


def test_pools_go_with_their_cluster(h100: Recording) -> None:
    assert h100.one(POOL).deleted_with == h100.one(CLUSTER).urn


def test_pools_come_one_after_the_other() -> None:
    recording = aks("aks-h100", ("nodePools.extra", PLAIN), ("nodePools.more", PLAIN))
    extra, gpu, more = (
        recording.one(POOL, f"cluster-{name}-pool") for name in ("extra", "gpu", "more")
    )
    assert extra.urn in recording.before(gpu)
    assert gpu.urn in recording.before(more)


def test_a_second_pool_without_gpus_stands_beside_the_cluster() -> None:
    pool = aks("aks-mocker", ("nodePools.extra", PLAIN)).one(POOL)
    assert pool.get("agentPoolName") == "extra"
    assert pool.get("mode") == "User"
    assert pool.get("gpuProfile") is None
    assert pool.get("upgradeSettings") is None
    assert pool.get("availabilityZones") is None


def test_the_system_pool_is_found_by_its_name() -> None:
    """Maps of the stack file arrive in the order of their keys: a new pool may be the first."""
    pools = aks_plan("aks-h100", ("nodePools.aaa", PLAIN)).pools
    assert system_pool_of(pools).name == system_pool_of(pools[::-1]).name == "system"


def test_a_pool_as_asked_for_is_no_reason_to_warn(h100: Recording) -> None:
    assert h100.messages == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda profile: {**profile, "count": 5},
            "cluster.nodePools.system.nodes is 3, the cluster has 5: AKS made this pool with the "
            "cluster, and it is changed with `az aks nodepool` alone",
        ),
        (
            lambda profile: {**profile, "vmSize": "Standard_D4s_v5"},
            "cluster.nodePools.system.machineType is Standard_D16s_v5, the cluster has "
            "Standard_D4s_v5: AKS made this pool with the cluster, and it is changed with "
            "`az aks nodepool` alone",
        ),
    ],
)
def test_a_wish_that_is_not_carried_out_is_no_secret(
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[dict[str, object]], dict[str, object]],
    message: str,
) -> None:
    """The system pool is the cluster's own: a change in the stack file does not reach it."""
    from tests.harness import azure_answers

    plain = azure_answers.AZURE[CLUSTER]

    def changed(
        name: str, digits: str, inputs: azure_answers.Inputs
    ) -> tuple[str, dict[str, object]]:
        id_, outputs = plain(name, digits, inputs)
        profiles = inputs["agentPoolProfiles"]
        assert isinstance(profiles, list)
        return id_, {**outputs, "agentPoolProfiles": [change(profile) for profile in profiles]}

    monkeypatch.setitem(azure_answers.AZURE, CLUSTER, changed)
    assert aks("aks-h100").messages == [("warning", message)]
