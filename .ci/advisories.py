"""Asks pip-audit whether what is installed has known weaknesses.

Exits with 1 where it has. Where the advisories could not be had, which a machine without a way out
can't help, it says so and exits with 0.
"""

import json
import subprocess
import sys

#: What every virtual environment brings along, and nothing here needs.
OF_THE_ENVIRONMENT = ("pip", "setuptools")
TIMEOUT = 120.0


def main() -> int:
    """Prints what is known, and returns the exit code."""
    report = ask()
    if report is None:
        print("NOT CHECKED: no advisories could be had about any package")
        return 0
    known = [each for each in report if each["name"] not in OF_THE_ENVIRONMENT]
    unknown = [each["name"] for each in known if "skip_reason" in each]
    weak = [each for each in known if each.get("vulns")]
    for each in weak:
        for weakness in each["vulns"]:
            better = " or ".join(weakness.get("fix_versions", [])) or "none yet"
            print(f"{each['name']} {each['version']}: {weakness['id']}; fixed in: {better}")
    checked = len(known) - len(unknown)
    if checked:
        print(f"{checked} packages were checked, {len(weak)} have known weaknesses")
        names = f" ({', '.join(unknown)})"
    else:
        names = ""
    if unknown:
        count = f"{len(unknown)} of {len(known)} packages"
        print(f"NOT CHECKED: no advisories could be had about {count}{names}")
    return 1 if weak else 0


def ask() -> list[dict[str, object]] | None:
    """Returns what pip-audit tells of each package; None where it tells nothing."""
    command = [sys.executable, "-m", "pip_audit", "--skip-editable", "--progress-spinner", "off"]
    try:
        done = subprocess.run(
            [*command, "--format", "json"],
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        return list(json.loads(done.stdout)["dependencies"])
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return None


if __name__ == "__main__":
    sys.exit(main())
