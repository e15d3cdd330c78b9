"""Amazon EKS: control plane, network, identity, node groups, storage.

Belongs here: everything that says `aws`. Words are AWS's own (managed node group, launch
template, Capacity Block). Does not: which pools, zones and claims there are, which is the plan's.
"""
