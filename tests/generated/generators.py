"""The generators of clients, and what the clients need that they make.

It needs nothing but Python itself: `tests.clients.stacks` asks it for Debian packages.
"""

from tests.clients.tools import Tool

__all__ = ["GENERATORS", "JAVA", "PYTHON", "TYPESCRIPT"]

TYPESCRIPT = Tool(
    "openapi-typescript",
    "../generated/typescript",
    ("node", "node_modules/openapi-typescript/bin/cli.js", "--version"),
    others="npm: openapi-typescript, openapi-fetch, typescript (`make client-tools`)",
)
PYTHON = Tool(
    "openapi-python-client",
    "../generated",
    (".venv/bin/openapi-python-client", "--version"),
    others="PyPI: openapi-python-client (`make client-tools`)",
)
JAVA = Tool(
    "OpenAPI Generator for Java",
    "../generated",
    (
        "bash",
        "-c",
        "javac -version && ls /usr/share/java/{httpmime,geronimo-annotation-1.3-spec}.jar"
        " && .venv/bin/openapi-generator-cli version",
    ),
    ("default-jdk-headless", "libgeronimo-annotation-1.3-spec-java", "libhttpmime-java"),
    "PyPI: openapi-generator-cli (`make client-tools`)",
)
GENERATORS = (TYPESCRIPT, PYTHON, JAVA)
