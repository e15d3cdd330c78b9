"""What blocks or strands on the way down; each refusal names what is in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.providers.gcp import kinds
from rehearsal.providers.standin import Refusal

if TYPE_CHECKING:
    from rehearsal.providers.standin import Made
    from tests.unit.rehearsal.providers.gcp.conftest import Project

CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
SERVICE = "kubernetes:core/v1:Service"
NETWORK = "kubernetes:networking.gke.io/v1:Network"
PARAMETERS = "kubernetes:networking.gke.io/v1:GKENetworkParamSet"


def used_by(word: str, id: str, user: str) -> str:
    return rf"The {word} resource '{id}' is already being used by '{user}', resourceInUse"


def test_everything_goes_from_the_inside_out(project: Project) -> None:
    network, subnetwork = project.home()
    router = project.gcp.make(kinds.ROUTER, "r", name="r", network=network.id)
    nat = project.gcp.make(kinds.ROUTER_NAT, "nat", name="nat", router="r", region="us-central1")
    cluster = project.cluster(network, subnetwork)
    pool = project.pool(cluster)
    for type, made, reason in (
        (kinds.NETWORK, network, "network resource '.*/net' is already being used by"),
        (kinds.SUBNETWORK, subnetwork, used_by("subnetwork", subnetwork.id, cluster.id)),
        (kinds.ROUTER, router, used_by("router", router.id, nat.id)),
    ):
        with pytest.raises(Refusal, match=reason):
            project.gcp.remove(type, made)
    for type, made in (
        (kinds.NODE_POOL, pool),
        (kinds.CLUSTER, cluster),
        (kinds.ROUTER_NAT, nat),
        (kinds.ROUTER, router),
        (kinds.SUBNETWORK, subnetwork),
        (kinds.NETWORK, network),
    ):
        project.gcp.remove(type, made)
    assert project.left() == set()


def test_a_cluster_takes_its_pools_along(project: Project, cluster: Made) -> None:
    project.pool(cluster)
    project.gcp.remove(kinds.CLUSTER, cluster)
    assert project.left() == {"net", "nodes"}


def test_protected_clusters_stay(project: Project, home: tuple[Made, Made]) -> None:
    cluster = project.cluster(*home, deletionProtection=None)
    with pytest.raises(Refusal, match="deletion_protection is set to true"):
        project.gcp.remove(kinds.CLUSTER, cluster)
    project.gcp.change(kinds.CLUSTER, cluster, deletionProtection=False)
    project.gcp.remove(kinds.CLUSTER, cluster)


def test_deletion_policies(project: Project) -> None:
    kept = project.network("kept", deletionPolicy="PREVENT")
    with pytest.raises(Refusal, match="without setting deletion_policy to DELETE"):
        project.gcp.remove(kinds.NETWORK, kept)
    left = project.network("left", deletionPolicy="ABANDON")
    project.gcp.remove(kinds.NETWORK, left)
    assert [h.note for h in project.world.inventory() if h.name == "left"] == [
        "abandoned: out of the state, still there"
    ]


def test_gpu_networks_are_held_by_the_pool(project: Project, cluster: Made) -> None:
    networks = project.gpu_networks()
    pool = project.ultra(cluster, networks)
    for type, field in ((kinds.SUBNETWORK, "subnetwork"), (kinds.NETWORK, "network")):
        made = project.gcp.stand_in.read(project.gcp.subject(type, "x"), networks[-1][field])
        assert made is not None
        with pytest.raises(Refusal, match="is already being used by"):
            project.gcp.remove(type, made)
    project.gcp.remove(kinds.NODE_POOL, pool)
    for index, given in enumerate(networks):
        project.gcp.stand_in.delete(
            project.gcp.subject(kinds.SUBNETWORK, f"{index}"), given["subnetwork"]
        )
    for network in {given["network"] for given in networks}:
        project.gcp.stand_in.delete(project.gcp.subject(kinds.NETWORK, "n"), network)


def test_a_placement_policy_is_held_by_the_pool(project: Project, cluster: Made) -> None:
    policy = project.gcp.make(
        kinds.RESOURCE_POLICY, "compact", name="compact", region="us-central1"
    )
    placement = {"type": "COMPACT", "policyName": "compact"}
    pool = project.pool(cluster, placementPolicy=placement)
    with pytest.raises(Refusal, match=used_by("resource policy", policy.id, pool.id)):
        project.gcp.remove(kinds.RESOURCE_POLICY, policy)
    project.gcp.remove(kinds.NODE_POOL, pool)
    project.gcp.remove(kinds.RESOURCE_POLICY, policy)


def test_network_objects_go_before_their_pool(project: Project, cluster: Made) -> None:
    pool = project.ultra(cluster, project.gpu_networks())
    inside = project.inside(cluster)
    for name in ("rdma-0", "other"):
        inside.make(
            PARAMETERS, name, metadata={"name": name}, spec={"vpc": "rdma", "vpcSubnet": name}
        )
    spec: dict[str, Any] = {"type": "Device", "parametersRef": {"name": "rdma-0"}}
    network = inside.make(NETWORK, "n", metadata={"name": "fabric-0"}, spec=spec)
    inside.make(NETWORK, "o", metadata={"name": "o"}, spec={"parametersRef": {"name": "other"}})
    with pytest.raises(Refusal, match=r"Network fabric-0 \(n\) still stands for .* pool gpu"):
        project.gcp.remove(kinds.NODE_POOL, pool)
    inside.remove(NETWORK, network)
    project.gcp.remove(kinds.NODE_POOL, pool)


def test_volumes_and_load_balancers_outlive_their_cluster(
    project: Project, home: tuple[Made, Made], cluster: Made
) -> None:
    network, subnetwork = home
    inside = project.inside(cluster)
    inside.make(CLAIM, "data", metadata={"name": "data"}, spec={})
    inside.make(SERVICE, "front", metadata={"name": "front"}, spec={"type": "LoadBalancer"})
    inside.make(SERVICE, "back", metadata={"name": "back"}, spec={"type": "ClusterIP"})
    project.gcp.remove(kinds.CLUSTER, cluster)
    project.gcp.remove(kinds.SUBNETWORK, subnetwork)
    with pytest.raises(Refusal, match=r"already being used by '.*/firewalls/k8s-fw-a\w+'"):
        project.gcp.remove(kinds.NETWORK, network)
    leaked = {held.type for held in project.world.inventory() if held.package == "cloud"}
    assert leaked == {"leaked volume", "leaked load balancer"}
    rules = [h for h in project.world.inventory() if h.type == kinds.FIREWALL]
    assert [rule.note for rule in rules] == [
        "made for Service default/front; its cluster was deleted first"
    ]


def test_a_connection_is_held_by_its_users_and_a_while_longer(project: Project) -> None:
    network = project.network()
    connection = project.connection(network)
    lustre = project.lustre(network)
    with pytest.raises(Refusal, match=rf"Producer services .*\({lustre.id}, fs\)"):
        project.gcp.remove(kinds.CONNECTION, connection)
    project.gcp.remove(kinds.LUSTRE, lustre)
    with pytest.raises(
        Refusal, match=r"Producer services .*is deleted, and is let go of some time"
    ):
        project.gcp.remove(kinds.CONNECTION, connection)
    project.gcp.remove(kinds.CONNECTION, connection)


def test_a_connection_whose_peering_is_removed_is_never_in_the_way(project: Project) -> None:
    network = project.network()
    connection = project.connection(network, deletionPolicy="REMOVE_PEERING")
    lustre = project.lustre(network)
    with pytest.raises(Refusal, match="is already being used by"):
        project.gcp.remove(kinds.NETWORK, network)
    project.gcp.remove(kinds.LUSTRE, lustre)
    project.gcp.remove(kinds.CONNECTION, connection)
    project.gcp.stand_in.delete(
        project.gcp.subject(kinds.GLOBAL_ADDRESS, "range"), "projects/p/global/addresses/range"
    )
    project.gcp.remove(kinds.NETWORK, network)
    assert project.left() == set()


def test_an_abandoned_connection_blocks_its_network(project: Project) -> None:
    network = project.network()
    connection = project.connection(network, deletionPolicy="ABANDON")
    project.gcp.remove(kinds.CONNECTION, connection)
    project.gcp.stand_in.delete(
        project.gcp.subject(kinds.GLOBAL_ADDRESS, "range"), "projects/p/global/addresses/range"
    )
    with pytest.raises(Refusal, match=r"already being used by 'projects%2Fp.*networks%2Fnet:serv"):
        project.gcp.remove(kinds.NETWORK, network)


def test_a_protected_filestore_stays(project: Project) -> None:
    project.network()
    made = project.gcp.make(
        kinds.FILESTORE,
        "nfs",
        name="nfs",
        tier="ZONAL",
        location="us-central1-b",
        networks=[{"network": "net"}],
        deletionProtectionEnabled=True,
    )
    with pytest.raises(Refusal, match="is protected against deletion"):
        project.gcp.remove(kinds.FILESTORE, made)


def test_a_policy_that_a_network_has_stays_and_takes_its_rules_along(project: Project) -> None:
    network = project.network()
    policy = project.gcp.make(kinds.FIREWALL_POLICY, "allow", name="allow")
    project.gcp.make(kinds.FIREWALL_POLICY_RULE, "all", firewallPolicy="allow", priority=1)
    made = project.gcp.make(
        kinds.FIREWALL_POLICY_ASSOCIATION,
        "a",
        name="a",
        firewallPolicy="allow",
        attachmentTarget=network.id,
    )
    with pytest.raises(Refusal, match=used_by("firewall policy", policy.id, made.id)):
        project.gcp.remove(kinds.FIREWALL_POLICY, policy)
    project.gcp.remove(kinds.FIREWALL_POLICY_ASSOCIATION, made)
    project.gcp.remove(kinds.FIREWALL_POLICY, policy)
    assert project.left() == {"net"}
