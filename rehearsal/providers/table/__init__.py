"""What the clouds' stand-ins share: resource types as rows, and one life cycle for every row.

Belongs here: what is the same whichever cloud is simulated. Does not belong here: a type, a rule or
an answer of one cloud (`aws`, `azure`, `gcp`), nor the engine's protocol (`servicer`).
"""

from rehearsal.providers.table.kind import Kind, Ref
from rehearsal.providers.table.standin import INVENTORY, TableStandIn

__all__ = ["INVENTORY", "Kind", "Ref", "TableStandIn"]
