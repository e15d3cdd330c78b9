"""`python -m plan.settings.schema`: the JSON schema of a stack file, for editors."""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from plan.settings.loader import PROJECT, TOKEN_KEY
from plan.settings.root import Settings


class _StackSchema(GenerateJsonSchema):
    """Draft 2020-12, which the YAML language server reads."""


def stack_file_schema() -> dict[str, Any]:
    """The schema of `Pulumi.<stack>.yaml`."""
    schema = Settings.model_json_schema(by_alias=True, schema_generator=_StackSchema)
    blocks: dict[str, Any] = {
        f"{PROJECT}:{name}": value for name, value in schema["properties"].items()
    }
    blocks[f"{PROJECT}:{TOKEN_KEY}"] = {
        "description": "Hugging Face token; set with `pulumi config set --secret`",
        "type": "object",
        "properties": {"secure": {"type": "string"}},
        "required": ["secure"],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Dynamo GPU cluster stack",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                "required": [f"{PROJECT}:cluster"],
                "properties": blocks,
                # Other namespaces (aws:, pulumi:) are Pulumi's business; ours are all named above.
                "patternProperties": {f"^(?!{PROJECT}:)": True},
                "additionalProperties": False,
            }
        },
        "$defs": schema["$defs"],
    }


def render() -> str:
    """The schema as the text of `stacks/schema.json`."""
    return json.dumps(stack_file_schema(), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    print(render(), end="")
