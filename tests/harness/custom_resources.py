"""Specs of custom resources against the real CRDs, as an API server would judge them.

A structural schema becomes a JSON schema that refuses unknown fields where the server would.
CEL rules (`x-kubernetes-validations`) are not run: only a real API server does that.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from tests.harness.data import document


def faults(crd: str, version: str, spec: object) -> list[str]:
    """What the API server would say against `spec`. `crd` is `<plural>.<group>`."""
    errors = _validator(crd, version).iter_errors(spec)
    return [f"{error.json_path}: {error.message}" for error in errors]


def _unique_by_keys(
    validator: Any, keys: list[str], instance: object, schema: dict[str, Any]
) -> Iterator[ValidationError]:
    """Entries of a list that is a map must differ in their keys: the server refuses twins."""
    del validator
    if not isinstance(instance, list):
        return
    fields = schema.get("items", {}).get("properties", {})
    seen: set[tuple[object, ...]] = set()
    for item in instance:
        key = tuple(item.get(name, fields.get(name, {}).get("default")) for name in keys)
        if key in seen:
            yield ValidationError(f"two entries with {dict(zip(keys, key, strict=True))}")
        seen.add(key)


_Validator = extend(Draft202012Validator, {"x-kubernetes-list-map-keys": _unique_by_keys})


@cache
def _validator(crd: str, version: str) -> Any:
    definition = document("crds", f"{crd}.yaml")["spec"]
    (served,) = [v for v in definition["versions"] if v["name"] == version and v["served"]]
    spec = served["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return _Validator(_closed(spec))


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    written = dict(schema)
    if schema.get("x-kubernetes-int-or-string"):
        written.pop("anyOf", None)
        written["type"] = ["integer", "string"]
    if isinstance(schema.get("properties"), dict):
        written["properties"] = {k: _closed(v) for k, v in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            written[key] = _closed(schema[key])
    if schema.get("nullable") and isinstance(written.get("type"), str):
        written["type"] = [written["type"], "null"]
    open_ended = schema.get("x-kubernetes-preserve-unknown-fields")
    if schema.get("type") == "object" and "additionalProperties" not in schema and not open_ended:
        written["additionalProperties"] = False
    return written
