"""The policy pack: `pulumi preview --policy-pack policies`.

Starting it serves policies until the engine is done with it; rules live in `rules`.
"""

from pulumi_policy import PolicyPack
from rules import POLICIES

PolicyPack(name="gpu-clusters", policies=list(POLICIES))
