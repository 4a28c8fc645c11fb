"""Checks the files that other services read against the schemas of these services.

The schemas are those that check-jsonschema brings along, or lie beside this file, so nothing is
fetched. Exits with 1 where a file does not fit its schema, or where a pattern finds no file.
"""

import sys
from pathlib import Path

HOME = Path(__file__).parent.parent
#: By schema: which files have to fit it.
SCHEMAS = {
    "github-workflows": (".github/workflows/*.yml", "examples/github-actions/*.yaml"),
    "dependabot": (".github/dependabot.yml",),
    "github-issue-forms": (".github/ISSUE_TEMPLATE/bug.yml", ".github/ISSUE_TEMPLATE/feature.yml"),
    "github-issue-config": (".github/ISSUE_TEMPLATE/config.yml",),
    "gitlab-ci": ("examples/gitlab-ci/*.yml",),
    "compose-spec": ("compose*.yaml", "examples/compose/compose.yaml"),
    "kubernetes.schema.json": ("examples/kubernetes/*.yaml",),
}


def main() -> int:
    """Prints what does not fit, and returns the exit code."""
    return max([check(schema, patterns) for schema, patterns in SCHEMAS.items()])


def check(schema: str, patterns: tuple[str, ...]) -> int:
    """Checks all files of these patterns, and returns 0 where they fit."""
    files = []
    for pattern in patterns:
        found = sorted(HOME.glob(pattern))
        if not found:
            print(f"{pattern}: no such file; see SCHEMAS in .ci/schemas.py", file=sys.stderr)
            return 1
        files += found
    # Not at the top: the table above is read where only the tests' packages are installed.
    from check_jsonschema import main as check_jsonschema

    own = HOME / ".ci" / schema
    kind = ["--schemafile", str(own)] if own.is_file() else ["--builtin-schema", f"vendor.{schema}"]
    return int(check_jsonschema([*kind, *map(str, files)], standalone_mode=False))


if __name__ == "__main__":
    sys.exit(main())
