"""The pure core: what a stack file means, worked out before any engine or cloud is touched.

Belongs here: settings, catalogue, fabric profiles, rules, placement, cost, the resolved plan.
Does not: Pulumi, cloud SDKs, network access, anything that changes the world.
"""
