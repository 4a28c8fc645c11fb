"""Clients that generators make of our OpenAPI documents pay, queue a fault, move the clock, and read
the verdict. Each is made, built and run in a folder of its own, as a stranger would.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.clients.skipping import needed
from tests.clients.tools import Tool, environment
from tests.generated.generators import JAVA, PYTHON, TYPESCRIPT
from tests.support import CLIENT_ID, MERCHANT, ROOT, SECRET, Till

pytestmark = [pytest.mark.clients, pytest.mark.xdist_group("generated")]

HERE = ROOT / "tests" / "generated"
SCRIPTS = HERE / ".venv" / "bin"
DOCUMENTS = {"control": "/_simulator/openapi.json", "service": "/openapi.json"}
#: Real seconds for each command.
PATIENCE = 300

Run = Callable[..., str]


@pytest.fixture
def folder(tmp_path: Path, till: Till) -> Path:
    """A folder with both documents, as the sandbox of the till has them."""
    for name, path in DOCUMENTS.items():
        (tmp_path / f"{name}.json").write_bytes(till.http.get(path).content)
    return tmp_path


@pytest.fixture
def run(folder: Path, till: Till) -> Run:
    """Runs a command in the folder; returns what it prints."""
    own = {
        "SIMULATOR_URL": str(till.http.base_url).rstrip("/"),
        "TILL_CLIENT_ID": CLIENT_ID,
        "TILL_SECRET": SECRET,
        "TILL_MERCHANT": MERCHANT,
    }

    def run(*command: str | Path) -> str:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            env=environment(folder) | own,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{command[0]}: {(done.stdout + done.stderr)[-3000:]}"
        return done.stdout

    return run


def make_typescript(folder: Path, run: Run) -> str:
    for name in ("till.ts", "tsconfig.json", "package.json"):
        shutil.copy(HERE / "typescript" / name, folder)
    modules = HERE / "typescript" / "node_modules"
    (folder / "node_modules").symlink_to(modules)
    for name in DOCUMENTS:
        command = modules / "openapi-typescript" / "bin" / "cli.js"
        # A field with a default may be left out.
        options = ("--default-non-nullable", "false", "--output", f"{name}.ts")
        run("node", command, f"{name}.json", *options)
    run("node", modules / "typescript" / "bin" / "tsc")
    return run("node", "built/till.js")


def make_python(folder: Path, run: Run) -> str:
    for name in DOCUMENTS:
        # Ruff makes it pretty, and is not needed.
        (folder / "settings.yaml").write_text("post_hooks: []\n", encoding="utf-8")
        options = ("--meta", "none", "--config", "settings.yaml", "--output-path", name)
        said = run(
            SCRIPTS / "openapi-python-client", "generate", "--path", f"{name}.json", *options
        )
        assert "will not be generated" not in said, said
    shutil.copy(HERE / "python" / "till.py", folder)
    return run(SCRIPTS / "python", "till.py")


def make_java(folder: Path, run: Run) -> str:
    where = "import openapi_generator_cli as it; print(it.__path__[0])"
    jar = Path(run(SCRIPTS / "python", "-c", where).strip(), "openapi-generator.jar")
    for name in DOCUMENTS:
        packages = f"invokerPackage={name},apiPackage={name}.api,modelPackage={name}.model"
        options = f"{packages},openApiNullable=false,annotationLibrary=none"
        given = ("-i", f"{name}.json", "-o", name, "--additional-properties", options)
        # Without it the code for a set of an enumeration's values does not compile.
        enums = ("--inline-schema-options", "RESOLVE_INLINE_ENUMS=true")
        run("java", "-jar", jar, "generate", "-g", "java", "--library", "native", *enums, *given)
    debian = ("/usr/share/java/httpmime.jar", "/usr/share/java/geronimo-annotation-1.3-spec.jar")
    # The generator's jar holds Jackson, with the module for times that Debian has not.
    classes = os.pathsep.join((str(jar), *debian, "built"))
    sources = sorted(folder.glob("*/src/main/java/**/*.java"))
    (folder / "sources").write_text("\n".join(map(str, sources)), encoding="utf-8")
    given = ("-nowarn", "-proc:none", "-d", "built", "-cp", classes)
    run("javac", *given, "@sources", HERE / "java" / "Till.java")
    return run("java", "-cp", classes, "Till")


@pytest.mark.parametrize(
    ("tool", "make"),
    [
        pytest.param(TYPESCRIPT, make_typescript, id="typescript"),
        pytest.param(PYTHON, make_python, id="python"),
        pytest.param(JAVA, make_java, id="java"),
    ],
)
def test_a_generated_client_tests_a_till(
    till: Till, folder: Path, run: Run, tool: Tool, make: Callable[[Path, Run], str]
) -> None:
    needed(tool)
    last = make(folder, run).splitlines()[-1]
    said = dict(word.split("=", 1) for word in last.split())
    assert (said["status"], said["verdict"].lower()) == ("Captured", "passed"), said
    queries = till.control("GET", "/requests?operation=QueryPayment")["requests"]
    assert queries[0]["answer"]["status"] == 503
    assert {each["paymentId"] for each in queries} == {said["payment"]}
    assert len(till.control("GET", "/requests?operation=CapturePayment")["requests"]) == 2
    (judged,) = till.control("GET", "/runs")["runs"]
    assert judged["verdict"] == "passed"


@pytest.mark.parametrize("media_type", ["application/yaml", "application/json"])
def test_faults_and_scenarios_can_be_sent_as_json(till: Till, media_type: str) -> None:
    headers = {"Content-Type": media_type}
    faults = b'{"faults": [{"call": "QueryPayment", "first": 1, "answer": {"status": 503}}]}'
    answer = till.http.put("/_simulator/faults", content=faults, headers=headers)
    assert answer.json()["faults"][0]["call"] == ["QueryPayment"]
    scenario = b'{"summary": "Nobody pays.", "steps": [{"include": "manual"}]}'
    for method, path in (("POST", "/scenarios/check"), ("PUT", "/scenarios/mine")):
        answer = till.http.request(method, f"/_simulator{path}", content=scenario, headers=headers)
        assert answer.status_code == 200, answer.text


def test_a_till_s_books_can_be_sent_as_a_file(till: Till) -> None:
    document = till.http.get("/_simulator/openapi.json").json()
    call = document["paths"]["/_simulator/ledger/compare"]["post"]
    for media_type in call["requestBody"]["content"]:
        headers = {"Content-Type": media_type}
        answer: httpx.Response = till.http.post(
            "/_simulator/ledger/compare", content=b"orderId,amount\n", headers=headers
        )
        assert answer.json()["agrees"] is True, media_type
