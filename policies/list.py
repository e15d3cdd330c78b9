"""`python policies/list.py`: writes docs/policies.md from the policies themselves."""

from __future__ import annotations

import json
from pathlib import Path

from pulumi_policy import Policy
from rules import BY_SUBJECT

PAGE = Path(__file__).resolve().parents[1] / "docs" / "policies.md"
_HEAD = """\
# Policies

What no stack may do, whatever its stack file says. `make policy STACK=eks-h100` judges a stack on
simulated clouds, `pulumi preview --policy-pack policies` a real one. Where each rule comes from
stands beside it, in `policies/rules/`. This page is written by `python policies/list.py`.

A policy that reads a value which a preview does not know yet says so, and judges it in `up`, before
the resource is made.

All are `mandatory`. Levels and limits are an organisation's own, in a file for
`--policy-pack-config` (`make policy ARGS="--config FILE"`); levels are `mandatory`, `advisory` and
`disabled`:

```json
{
  "gpu-nodes-bounded": { "maximum": 16 },
  "everything-is-tagged": { "keys": ["gpu-clusters-cluster", "expires-at"] },
  "no-spot-under-rdma": "advisory"
}
```
"""


def page() -> str:
    """The whole page."""
    sections = [_section(subject, policies) for subject, policies in BY_SUBJECT.items()]
    return "\n".join((_HEAD, *sections))


def _section(subject: str, policies: tuple[Policy, ...]) -> str:
    rows = [f"| `{p.name}` | {p.description} | {_limits(p)} |" for p in policies]
    head = f"## {subject.capitalize()}\n\n| policy | what it asks | limits |\n|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def _limits(policy: Policy) -> str:
    if policy.config_schema is None:
        return ""
    return "; ".join(
        f"`{name}` ({json.dumps(schema['default'])}): {schema['description']}"
        for name, schema in policy.config_schema.properties.items()
    )


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(f"{PAGE.name} is written anew")
