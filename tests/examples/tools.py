"""What the samples for test frameworks of other languages need.

It needs nothing but Python itself: `tests.clients.stacks` asks it for Debian packages.
"""

from pathlib import Path

from tests.clients.tools import Tool

__all__ = ["FRAMEWORKS", "JARS", "JEST", "JUNIT", "MONO", "VITEST"]

_JAVA = Path("/usr/share/java")
_NAMES = (
    *("junit-jupiter-api", "junit-jupiter-engine", "junit-platform-commons"),
    *("junit-platform-engine", "junit-platform-launcher", "junit-platform-console"),
    *("junit-platform-reporting", "opentest4j", "opentest4j-reporting-events"),
    *("apiguardian-api", "picocli"),
)
#: JUnit 5 and its console, as Debian has them.
JARS = [_JAVA / f"{name}.jar" for name in _NAMES]

JUNIT = Tool(
    "JUnit 5",
    ".",
    ("bash", "-c", f"javac -version && ls {' '.join(map(str, JARS))}"),
    ("default-jdk-headless", "junit5"),
)
MONO = Tool(
    "Mono",
    ".",
    ("bash", "-c", "mono --version && mcs --version"),
    ("mono-mcs", "libmono-system-net-http4.0-cil"),
)
VITEST = Tool(
    "Vitest",
    "../examples/node",
    ("node", "node_modules/vitest/vitest.mjs", "--version"),
    others="npm: vitest (`make client-tools`)",
)
JEST = Tool(
    "Jest",
    "../examples/node",
    ("node", "node_modules/jest/bin/jest.js", "--version"),
    others="npm: jest (`make client-tools`)",
)
FRAMEWORKS = (JUNIT, MONO, VITEST, JEST)
