"""Policies over resources as the engine is about to make them.

Belongs here: what an organisation forbids, whatever the stack file says. Does not: whether a
stack makes sense, which the plan's rules say earlier and with more context.

One module a subject; where a rule comes from stands in it. `docs/policies.md` lists them all.
"""

from rules import encryption, exposure, fabric, identity, lifecycle, money, tags, versions

BY_SUBJECT = {
    "money": (
        money.gpu_nodes_bounded,
        money.autoscalers_have_a_ceiling,
        money.gpu_capacity_is_named,
        money.no_spot_under_rdma,
        money.gpu_upgrades_need_no_spares,
    ),
    "fabric": (
        fabric.efa_group_refers_to_itself,
        fabric.rdma_pool_is_one_fabric,
        fabric.gpu_networks_carry_large_frames,
    ),
    "exposure": (
        exposure.api_server_closed,
        exposure.no_ingress_from_the_world,
        exposure.nodes_have_no_public_address,
    ),
    "identity": (
        identity.metadata_server_guarded,
        identity.no_role_may_everything,
        identity.no_standing_credentials,
        identity.workload_identity_on,
        identity.pod_identity_on,
        identity.privileged_pods_are_listed,
    ),
    "encryption": (encryption.data_at_rest_is_encrypted, encryption.no_secrets_in_the_open),
    "tags": (tags.everything_is_tagged,),
    "lifecycle": (
        lifecycle.interfaces_go_with_their_node,
        lifecycle.shared_data_is_retained,
        lifecycle.destroy_gets_through,
    ),
    "versions": (versions.charts_are_pinned, versions.images_are_pinned),
}

POLICIES = tuple(policy for policies in BY_SUBJECT.values() for policy in policies)
