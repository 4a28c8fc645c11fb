"""THE PAGES: each that shows commands, with what its reader has to bring."""

import pytest

from tests.defaults.machine import clone, free_machine
from tests.defaults.reading import Page, read
from tests.docs.pages import Block

__all__ = ["PAGES", "page_of", "printed_by_page"]

NEEDS_DOCKER = "needs Docker"
FROM_NOTHING = "tests/defaults/test_make.py: installs from a package registry"
LONG = "measures for minutes"
JUNIT = "tests/examples/test_frameworks.py: runs its tests"
NODE_PACKAGES = "tests/examples/test_node_frameworks.py: runs the tests with both"
DROP_IN = "tests/docs/test_drop_in_page.py: the real name is led here"

#: A suite of somebody's own: its client asks again where it is not answered.
TEST_OF_A_TILL = """\
import httpx


def test_the_stores_are_found(mobilepay):
    url, headers = f"{mobilepay.base_url}/pos/v10/stores", mobilepay.headers()
    for _ in range(3):
        try:
            answer = httpx.get(url, headers=headers, timeout=0.5)
        except httpx.TransportError:
            continue
        if answer.status_code == 200:
            break
    assert answer.json()["storeIds"]
"""

PAGES = (
    Page(
        "README.md",
        elsewhere={"pip install": FROM_NOTHING, "docker": NEEDS_DOCKER},
    ),
    Page("docs/agents.md", elsewhere={"pip install": FROM_NOTHING}),
    Page(
        "docs/audit-rules.md",
        beside=True,
        before="(PATH=$PWD/.venv/bin:$PATH; python3 examples/python/till.py pay 10.50)",
    ),
    Page(
        "docs/certification.md",
        waits="--timeout 30m",
        read_by="tests/docs/test_certification_page.py",
    ),
    Page("docs/clients.md", elsewhere={"make client": "tests/clients and .ci/run"}),
    Page("docs/commands.md"),
    Page("docs/control-api.md", beside=True),
    Page("docs/compare.md", beside=True),
    Page(
        "docs/drop-in.md",
        elsewhere={"till.js": DROP_IN, "till.py": DROP_IN, "keytool": DROP_IN},
    ),
    Page("docs/keeping.md"),
    Page("docs/mutants.md", elsewhere={"make mutants": LONG}),
    Page("docs/other-languages.md", read_by="tests/docs/test_other_languages.py"),
    Page("docs/performance.md", elsewhere={"make bench": LONG}),
    Page(
        "docs/scenarios.md",
        brings={"my-scenarios/mine.yaml": "summary: Mine.\nsteps:\n  - include: instant\n"},
    ),
    Page(
        "docs/sweep.md",
        brings={"tests/test_till.py": TEST_OF_A_TILL},
        read_by="tests/docs/test_sweep_page.py",
    ),
    Page("docs/testing.md", beside=True),
    Page(
        "docs/tour.md",
        beside=True,
        before="(PATH=$PWD/.venv/bin:$PATH; python3 examples/python/till.py pay 10.50)",
        read_by="tests/docs/test_tour.py",
    ),
    Page(
        "docs/troubleshooting.md",
        beside=True,
        before="(PATH=$PWD/.venv/bin:$PATH; python3 examples/python/till.py pay 10.50)",
    ),
    Page("docs/writing-scenarios.md", read_by="tests/docs/test_walk_through.py"),
    Page("examples/certification/README.md"),
    Page("examples/compose/README.md", elsewhere={"docker": NEEDS_DOCKER}),
    Page("examples/curl/README.md", beside=True),
    Page("examples/java-junit/README.md", elsewhere={"javac": JUNIT}),
    Page("examples/node/README.md", beside=True, elsewhere={"npm install": NODE_PACKAGES}),
    Page("examples/python/README.md", beside=True),
    Page("examples/sweep/README.md"),
    Page(
        "examples/testcontainers/README.md",
        elsewhere={"docker": NEEDS_DOCKER, "pip install": NEEDS_DOCKER},
    ),
)


def page_of(path: str) -> Page:
    """Returns a page by its path."""
    return next(each for each in PAGES if each.path == path)


def printed_by_page(path: str, folders: pytest.TempPathFactory) -> dict[Block, str]:
    """Returns what each block of a page's commands prints, as its reader sees it."""
    with free_machine(folders.mktemp("home")) as machine:
        reading = read(page_of(path), machine, clone(folders.mktemp("reader") / "clone"))
    assert reading.code == 0, reading.said
    return reading.printed
