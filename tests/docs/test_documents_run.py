"""Every command and every file shown in README and docs works."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest
from mobilepay_simulator.control.access import PROXY_HEADERS
from mobilepay_simulator.journal.ledger.reconciliation import read_books
from mobilepay_simulator.scripting.files import shipped_folder
from mobilepay_simulator.scripting.library import ScenarioCatalog, ScenarioLibrary
from mobilepay_simulator.scripting.scenario import read_scenario
from mobilepay_simulator.settings.data import read_data
from mobilepay_simulator.settings.hosts import CONTAINER_HOSTS

from tests.docs.pages import Block, as_module, blocks, blocks_of, run_shell
from tests.support import ROOT, Till, running_server

README = [each for each in blocks_of("README.md") if each.language == "sh"][3:]
STATES = r"(?:^|})(Initiated|Reserved|Captured|Cancelled\w+|Expired\w+)$"


def as_read_at(url: str, page: list[Block]) -> list[Block]:
    """Blocks as a reader types them, to whom the simulator is elsewhere."""
    return [replace(each, body=each.body.replace("http://127.0.0.1:8080", url)) for each in page]


@pytest.mark.parametrize("times", [1, 2], ids=["once", "pasted twice"])
def test_the_readme_takes_a_newcomer_to_a_captured_payment_and_to_one_that_is_rejected(
    tmp_path: Path, times: int
) -> None:
    # Time stands still, so that what is printed doesn't depend on how fast the machine is.
    with running_server("--time-scale", "0") as server:
        commands = "\n".join(each.body for each in as_read_at(server.url, README) * times)
        said = run_shell(as_module(commands), tmp_path)
    shown = re.findall(STATES, said, re.MULTILINE)
    assert shown == ["Initiated", "Reserved", "Captured", "CancelledByUser"] * times
    assert said.count("nothing wrong in ") == times


def test_each_block_of_the_readme_can_be_pasted_twice(tmp_path: Path) -> None:
    with running_server("--time-scale", "0") as server:
        twice = [each.body * 2 for each in as_read_at(server.url, README)]
        said = run_shell(as_module("\n".join(twice)), tmp_path)
    assert re.findall(STATES, said, re.MULTILINE)[-1] == "CancelledByUser"
    assert "Error" not in said


def test_the_audit_finds_nothing_in_the_first_payment_of_the_readme(tmp_path: Path) -> None:
    """Whoever copies the page's client must not be told at once that it is wrong."""
    # As at the reader's desk, time passes.
    with running_server() as server:
        commands = "\n".join(each.body for each in as_read_at(server.url, README))
        run_shell(as_module(commands), tmp_path)
        audit = httpx.get(f"{server.url}/_simulator/audit").json()
    assert audit["calls"] > 8
    assert audit["findings"] == []


def test_the_readme_is_read_in_minutes() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 120


def test_the_readme_starts_the_simulator_with_commands_that_exist() -> None:
    start = "\n".join(blocks("README.md", "sh")[:3])
    assert "make run" in start
    assert re.search(r"^run:", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert "mobilepay-sim serve" in start
    assert "docker build" in start
    assert (ROOT / "Dockerfile").is_file()


def test_the_commands_of_the_keeping_page_work(tmp_path: Path) -> None:
    serve, report, replay = blocks("docs/keeping.md", "sh")
    options = serve.strip().removeprefix("mobilepay-sim serve ").split()
    assert options[0] == "--data-dir"
    with running_server("--data-dir", str(tmp_path / options[1]), "--time-scale", "0") as server:
        with httpx.Client(base_url=server.url, verify=False) as http:
            Till(http).captured()
        said = run_shell(as_module(f"SIM={server.url}\n{report}\n{replay}"), tmp_path)
    assert "every answer is the same" in said
    assert "README.md" in ZipFile(tmp_path / "bug.zip").namelist()


def test_a_run_has_the_fields_that_the_control_api_page_shows() -> None:
    shown = json.loads(blocks("docs/control-api.md", "json")[0])
    with (
        running_server("--time-scale", "0") as server,
        httpx.Client(base_url=f"{server.url}/sandboxes/run") as http,
    ):
        till = Till(http)
        queued = till.control("POST", "/scenarios/next", {"scenario": shown["scenario"]})
        payment_id = till.initiate(till.create_pos())
        till.ok("POST", f"/payments/{payment_id}/cancel")
        run = till.control("GET", f"/runs/{queued['runs'][0]}")
    assert list(run) == list(shown)
    for each in ("expectations", "calls", "states"):
        assert set(run[each][0]) == set(shown[each][0])
    assert run["verdict"] == shown["verdict"]


def test_a_request_has_the_fields_that_the_control_api_page_shows(till: Till) -> None:
    shown = json.loads(blocks("docs/control-api.md", "json")[1])
    payment_id = till.initiate(till.create_pos(), scenario="lost-response-capture")
    till.advance(seconds=3)
    with pytest.raises(httpx.RemoteProtocolError):
        till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10.0})
    query = f"/requests?operation=CapturePayment&paymentId={payment_id}"
    (request,) = till.control("GET", query)["requests"]
    assert list(request) == list(shown)
    for each in ("request", "answer"):
        assert list(request[each]) == list(shown[each])
    for each in ("operation", "delivery", "fault", "merchant", "clientId"):
        assert request[each] == shown[each]
    assert set(shown["changes"][0]) <= set(request["changes"][0])


def test_an_explanation_reads_as_the_control_api_page_shows(till: Till) -> None:
    shown = json.loads(blocks("docs/control-api.md", "json")[2])
    payment_id = till.initiate(till.create_pos(), orderId="order-1")
    till.call("POST", f"/payments/{payment_id}/capture", {"amount": 10.0})
    request_id = till.control("GET", "/requests")["requests"][-1]["id"]
    explanation = till.control("GET", f"/explain/{request_id}")
    assert set(explanation) == set(shown)
    said = dict(zip(map(comparable, explanation["paragraphs"]), explanation["parts"], strict=True))
    for text, part in zip(map(comparable, shown["paragraphs"]), shown["parts"], strict=True):
        assert said[text] == part
    assert explanation["title"] == shown["title"]


def comparable(text: str) -> str:
    """A text without the ids and times that differ from run to run."""
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    return re.sub(r"(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{3}", "TIME", text)


def test_a_verification_that_fails_answers_what_the_control_api_page_shows(till: Till) -> None:
    shown = json.loads(blocks("docs/control-api.md", "json")[3])
    till.captured(amount=12.5)
    wanted = {"operation": "CapturePayment", "body": {"amount": 10.0}}
    answer = till.http.post("/_simulator/verify", json=wanted)
    assert answer.status_code == 422
    shown["nearest"][0]["id"] = till.control("GET", "/requests")["requests"][-1]["id"]
    assert answer.json() == shown


def test_an_audit_has_the_fields_that_the_control_api_page_shows(till: Till) -> None:
    shown = json.loads(blocks("docs/control-api.md", "json")[4])
    payment_id = till.reserved(orderId="order-1")
    till.advance(days=3)
    till._token = None
    till.ok("POST", f"/payments/{payment_id}/capture", {"amount": 10.0})
    audit = till.control("GET", "/audit")
    assert list(audit) == list(shown)
    (finding,) = (each for each in audit["findings"] if each["rule"] == "captured-late")
    (example,) = shown["findings"]
    assert list(finding) == list(example)
    for each in ("severity", "title", "basis"):
        assert finding[each] == example[each]
    for each in ("message", "principle"):
        assert finding[each].startswith(re.sub(r"[,:]? \.\.\.$", "", example[each]))
    assert list(audit["counts"]) == list(shown["counts"])


def test_the_books_that_the_control_api_page_shows_can_be_read() -> None:
    (shown,) = blocks("docs/control-api.md", "csv")
    assert read_books(shown).rows == 2


def test_the_commands_of_the_audit_page_work(tmp_path: Path) -> None:
    with (
        running_server("--time-scale", "0", "--scenario", "manual") as server,
        httpx.Client(base_url=server.url) as http,
    ):
        Till(http).captured()
        commands = "\n".join(blocks("docs/audit-rules.md", "sh")).replace("curl", "curl --fail")
        printed = run_shell(as_module(f"SIM={server.url}\n{commands}"), tmp_path)
    assert "note: unneeded-header: x-mobilepay-idempotency-key" in printed
    assert "off: captured-late, polled-too-soon" in printed
    assert (tmp_path / "audit.xml").read_text().startswith("<?xml")


def test_every_control_route_is_on_its_page() -> None:
    from mobilepay_simulator.control.routes import BASE, ROUTES

    page = (ROOT / "docs/control-api.md").read_text(encoding="utf-8")
    names = {
        "<name>": "NAME",
        "<fault_id>": "ID",
        "<store_id>": "ID",
        "<run_id>": "ID",
        "<request_id>": "ID",
        "<alias>": "ALIAS",
        "<certification_id>": "ID",
        "<case_name>": "NAME",
        "<pos_id>": "ID",
        "<payment_id>": "ID",
    }
    for method, path, *_ in ROUTES:
        for parameter, shown in names.items():
            path = path.replace(parameter, shown)
        assert f"`{method} {BASE}{path}`" in page


def test_the_control_api_page_names_all_that_lets_a_caller_in_or_keeps_one_out() -> None:
    page = (ROOT / "docs/control-api.md").read_text(encoding="utf-8")
    lower = page.partition("## Who may call it")[2].partition("## Time")[0].lower()
    assert all(f"`{name}`" in lower for name in (*PROXY_HEADERS, *CONTAINER_HOSTS))


EXAMPLES = [
    (page, number)
    for page in ("docs/tour.md", "docs/scenarios.md")
    for number in range(len(blocks(page, "yaml")))
]


@pytest.mark.parametrize(("page", "number"), EXAMPLES)
def test_every_scenario_that_is_shown_is_valid(page: str, number: int) -> None:
    catalog = ScenarioCatalog(ScenarioLibrary([shipped_folder()]))
    catalog.put(read_scenario(blocks(page, "yaml")[number], "example"))


def test_the_commands_of_the_scenarios_page_work(tmp_path: Path) -> None:
    said = run_shell(as_module(blocks("docs/scenarios.md", "sh")[0]), tmp_path)
    assert "lost-response-initiate passed" in said


def test_the_scenario_on_the_scenarios_page_can_be_checked_by_its_command(tmp_path: Path) -> None:
    (tmp_path / "my-scenarios").mkdir()
    example = blocks("docs/scenarios.md", "yaml")[0]
    (tmp_path / "my-scenarios" / "two-minds.yaml").write_text(example)
    said = run_shell(as_module(blocks("docs/scenarios.md", "sh")[1]), tmp_path)
    assert "two-minds is fine, 2 steps" in said


def test_the_data_file_on_the_data_page_is_valid_and_takes_effect(tmp_path: Path) -> None:
    path = tmp_path / "data.yaml"
    path.write_text(blocks("docs/data.md", "yaml")[0], encoding="utf-8")
    data = read_data(path, (), 1)
    assert data.merchants[0].stores[0].city == "Odense"
    assert data.callback_urls == {"Till Callback": "http://127.0.0.1:9000/checkin"}

    with running_server("--data", str(path)) as server:
        merchants = httpx.get(f"{server.url}/_simulator/merchants").json()["merchants"]
        own = next(each for each in merchants if each["vat"] == "DK55555555")
        assert own["stores"][0]["balance"] == 250.0


def test_generated_pages_are_up_to_date() -> None:
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        import make as pages
    finally:
        sys.path.remove(str(ROOT / "docs"))
    for name, make in pages.PAGES.items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == make(), (
            f"run `make docs`: {name}"
        )


PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/*.md")]


LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


def anchors(page: Path) -> set[str]:
    """What links can lead to within a page: its headings, as they are shown on the web."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for file, heading in LINK.findall(page.read_text(encoding="utf-8")):
        target = page.parent / file if file else page
        assert target.exists(), file
        assert not heading or heading in anchors(target), heading
