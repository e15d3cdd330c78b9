"""Azure Kubernetes Service: network, identity, control plane, agent pools, reservations, storage.

Belongs here: everything that says `azure`. Words are Azure's own (agent pool, capacity reservation
group, Managed Lustre).
Does not: what runs inside the cluster. InfiniBand drivers and the Lustre driver are layers of the
platform.
"""
