"""Amazon EKS: control plane, network, identity, node groups, storage.

Belongs here: everything that says `aws`. Words are AWS's own (managed node group, launch
template, Capacity Block).
"""
