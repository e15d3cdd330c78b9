"""Google Kubernetes Engine: control plane, networks, identity, node pools, file systems.

Belongs here: everything that says `gcp`. Words are Google's own (VPC, node pool, specific
reservation). Does not: which pools, zones and claims there are, which is the plan's.
"""
