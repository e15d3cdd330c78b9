"""Rules: every check of one layer against another.

Belongs here: one function a rule, with an id, a severity, a source and a message that holds the
fix. Does not: looking things up (`plan.catalog`) or working things out (`plan.resolve`).
"""

from plan.rules.registry import ALL, check
from plan.rules.rule import Context, Problem, Rule

__all__ = ["ALL", "Context", "Problem", "Rule", "check"]
