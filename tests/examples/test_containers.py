"""The examples for containers: they start the image of the project, and wait until it is healthy."""

import re
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import httpx
import pytest
import yaml

from tests.docs.pages import blocks
from tests.examples.support import EXAMPLES, HEALTH, PORT
from tests.support import ROOT, RunningServer

IMAGE = "mobilepay-sim"

# --- Testcontainers -------------------------------------------------------------------------------

CONTAINER_PAGE = "examples/testcontainers/README.md"
SNIPPETS = {language: blocks(CONTAINER_PAGE, language)[0] for language in ("java", "js", "csharp")}
PYTHON_TEST = EXAMPLES / "testcontainers" / "test_till.py"


@pytest.mark.parametrize("language", SNIPPETS)
def test_a_snippet_waits_for_the_health_of_the_image_at_its_port(language: str) -> None:
    snippet = SNIPPETS[language]
    assert f'"{IMAGE}"' in snippet
    assert f'"{HEALTH}"' in snippet
    assert set(re.findall(r"\b\d{4,5}\b", snippet)) == {str(PORT)}


@pytest.mark.parametrize("page", [CONTAINER_PAGE, "README.md"])
def test_the_image_gets_the_name_that_the_examples_start(page: str) -> None:
    assert any(f"docker build -t {IMAGE} ." in each for each in blocks(page, "sh"))


class Container:
    """Stands in for a container: it is asked for what the example asks a real one."""

    def __init__(self, image: str) -> None:
        self.image = image
        self.ports: list[int] = []
        self.ready: Any = None

    def with_exposed_ports(self, *ports: int) -> "Container":
        self.ports.extend(ports)
        return self

    def waiting_for(self, ready: Any) -> "Container":
        self.ready = ready
        return self

    def __enter__(self) -> "Container":
        made.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def get_container_host_ip(self) -> str:
        return "127.0.0.1"

    def get_exposed_port(self, port: int) -> int:
        assert port in self.ports
        return 49_152


class HttpWait:
    """Stands in for the strategy that waits for an answer."""

    def __init__(self, port: int, path: str) -> None:
        self.asked = (port, path)

    def for_status_code(self, status: int) -> "HttpWait":
        assert status == 200
        return self


made: list[Container] = []


@pytest.fixture
def python_test(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of the Python example, with the container stood in for."""
    container = ModuleType("testcontainers.core.container")
    container.DockerContainer = Container  # type: ignore[attr-defined]
    strategies = ModuleType("testcontainers.core.wait_strategies")
    strategies.HttpWaitStrategy = HttpWait  # type: ignore[attr-defined]
    for name in ("testcontainers", "testcontainers.core"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    for module in (container, strategies):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(PYTHON_TEST.read_text(encoding="utf-8"), PYTHON_TEST, "exec"), names)
    return names


def unwrapped(fixture: Any) -> Callable[..., Any]:
    """The function of a fixture."""
    function: Callable[..., Any] = fixture.__wrapped__
    return function


def test_the_python_example_waits_for_the_health_of_the_image(python_test: dict[str, Any]) -> None:
    made.clear()
    url = next(unwrapped(python_test["simulator"])())
    (container,) = made
    assert container.image == IMAGE
    assert container.ready.asked == (PORT, HEALTH)
    assert url == "http://127.0.0.1:49152"


def test_the_python_example_passes_against_a_server(
    python_test: dict[str, Any], quick_server: RunningServer
) -> None:
    entered = unwrapped(python_test["sandbox"])(quick_server.url)
    http = next(entered)
    python_test["test_a_customer_who_accepts_has_paid"](http)
    assert next(entered, None) is None
    sandboxes = httpx.get(f"{quick_server.url}/_simulator/sandboxes").json()["sandboxes"]
    assert not [each for each in sandboxes if each["name"].startswith("test-")]


# --- Compose --------------------------------------------------------------------------------------

COMPOSE = EXAMPLES / "compose" / "compose.yaml"
SERVICES = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]


def test_the_simulator_of_compose_is_the_one_of_the_project() -> None:
    extended = SERVICES["mobilepay"]["extends"]
    project = COMPOSE.parent / extended["file"]
    assert project.resolve() == ROOT / "compose.yaml"
    services = yaml.safe_load(project.read_text(encoding="utf-8"))["services"]
    assert "healthcheck" in services[extended["service"]]


def test_the_tests_of_compose_begin_once_the_simulator_is_healthy() -> None:
    tests = SERVICES["tests"]
    assert tests["depends_on"] == {"mobilepay": {"condition": "service_healthy"}}
    assert tests["environment"]["MOBILEPAY_URL"] == f"http://mobilepay:{PORT}"
    folder, inside, _ = tests["volumes"][0].split(":")
    assert list((COMPOSE.parent / folder).glob("*.test.mjs"))
    assert inside == tests["working_dir"]
