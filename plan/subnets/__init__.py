"""How a network's addresses are cut into subnets: one file a cloud, pure arithmetic.

Belongs here: cuts that never move when something is added. Does not: judging a range, which is
`plan.rules`.
"""
