"""Policies over resources as the engine is about to make them.

Belongs here: what an organisation forbids, whatever the stack file says. Does not: whether a
stack makes sense, which the plan's rules say earlier and with more context.
"""

from rules.exposure import api_server_closed
from rules.fabric import efa_group_refers_to_itself
from rules.lifecycle import interfaces_go_with_their_node

POLICIES = (api_server_closed, efa_group_refers_to_itself, interfaces_go_with_their_node)
