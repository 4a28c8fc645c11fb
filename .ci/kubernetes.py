"""Makes `.ci/kubernetes.schema.json`, by which `make lint` checks `examples/kubernetes/`.

It takes the kinds of object that the examples have out of the schemas that the package
kubernetes-validate brings along, which are too many (70 MB) to be installed for each `make lint`:

    pip install --no-deps --target build/schemas kubernetes-validate
    python .ci/kubernetes.py build/schemas
"""

import json
import sys
from pathlib import Path
from typing import Any

HOME = Path(__file__).parent.parent
TARGET = HOME / ".ci" / "kubernetes.schema.json"
VERSION = "v1.34.0-local-strict"
#: Each kind, with where its definition is.
KINDS = {
    ("v1", "ConfigMap"): "io.k8s.api.core.v1.ConfigMap",
    ("v1", "Service"): "io.k8s.api.core.v1.Service",
    ("apps/v1", "Deployment"): "io.k8s.api.apps.v1.Deployment",
    ("apps/v1", "StatefulSet"): "io.k8s.api.apps.v1.StatefulSet",
}
PREFIX = "#/$defs/"


def main() -> int:
    """Writes the file, and returns the exit code."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(sys.argv[1]) / "kubernetes_validate" / "kubernetes-json-schema" / VERSION
    there = json.loads((folder / "_definitions.json").read_text(encoding="utf-8"))["$defs"]
    needed: dict[str, Any] = {}
    waiting = list(KINDS.values())
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = slim(there[name])
            waiting += referred(needed[name])
    schema = {
        "$comment": f"Made by .ci/kubernetes.py from Kubernetes {VERSION}, Apache License 2.0.",
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["apiVersion", "kind", "metadata"],
        "properties": {"kind": {"enum": [kind for _, kind in KINDS]}},
        "allOf": [rule(version, kind, name) for (version, kind), name in KINDS.items()],
        "$defs": dict(sorted(needed.items())),
    }
    TARGET.write_text(json.dumps(schema, separators=(",", ":")) + "\n", encoding="utf-8")
    return 0


def rule(version: str, kind: str, name: str) -> dict[str, Any]:
    """Returns what an object of a kind has to keep to."""
    exact = {"properties": {"apiVersion": {"const": version}}}
    return {
        "if": {"properties": {"kind": {"const": kind}}},
        "then": {"allOf": [exact, {"$ref": PREFIX + name}]},
    }


def slim(schema: Any) -> Any:
    """Returns a schema without its descriptions; references lead into the same file."""
    if isinstance(schema, list):
        return [slim(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {}
    for key, value in schema.items():
        # A property may be called "description" as well: then it is a schema, not a text.
        if key == "description" and isinstance(value, str):
            continue
        if key.startswith("x-kubernetes-"):
            continue
        found[key] = PREFIX + value.rpartition("/")[2] if key == "$ref" else slim(value)
    return found


def referred(schema: Any) -> list[str]:
    """Returns the names of the definitions that a schema refers to."""
    if isinstance(schema, list):
        return [name for each in schema for name in referred(each)]
    if not isinstance(schema, dict):
        return []
    here = schema.get("$ref")
    names = [here.removeprefix(PREFIX)] if isinstance(here, str) else []
    return names + [name for each in schema.values() for name in referred(each)]


if __name__ == "__main__":
    sys.exit(main())
