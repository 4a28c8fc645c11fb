"""Views of the page that read all calls: threads make their answers, and others go on meanwhile."""

import json

import msgspec
import pytest
from mobilepay_simulator.api.request import Headers, Request
from mobilepay_simulator.app import SimulatorApp, create_app
from mobilepay_simulator.settings.settings import Settings
from mobilepay_simulator.testing.sweep.reports import as_json

from tests.control.asking import at_last, request
from tests.testing.sweep.test_reports import SWEPT

READ_ALL = ["/page/audit", "/page/ledger", "/page/timeline", "/page/requests"]
PAID = '{"what": "payment", "state": "captured"}'


@pytest.fixture(scope="module")
def app() -> SimulatorApp:
    made = create_app(Settings())
    assert made.respond(request("POST", "/_simulator/arrange", body=PAID)).status == 200
    for path in [*READ_ALL, "/page/scenarios/refund/preview"]:
        # The first view of a page needs threads for more.
        made.respond(request("GET", path))
    return made


@pytest.mark.parametrize("path", READ_ALL)
def test_what_is_read_out_of_all_calls_is_made_by_a_thread(app: SimulatorApp, path: str) -> None:
    asked = msgspec.structs.replace(request("GET", path), may_come_later=True)
    shown, threads = at_last(app.respond(asked))
    # One for what is read, one for the text of the page.
    assert (shown.status, threads) == (200, 2)
    assert shown.content.startswith(b"<!doctype html>")


@pytest.mark.parametrize("path", READ_ALL)
def test_where_no_thread_is_offered_the_page_is_made_at_once(app: SimulatorApp, path: str) -> None:
    shown = app.respond(request("GET", path))
    assert (shown.status, shown.later) == (200, None)


@pytest.mark.parametrize(
    "path", ["/_simulator/timeline", "/_simulator/audit", "/_simulator/ledger"]
)
def test_so_is_the_answer_of_the_control_api(app: SimulatorApp, path: str) -> None:
    payments = app.respond(request("GET", "/_simulator/payments")).content
    payment_id = msgspec.json.decode(payments)["payments"][0]["paymentId"]
    query = f"paymentId={payment_id}" if path.endswith("timeline") else ""
    asked = msgspec.structs.replace(request("GET", path, query=query), may_come_later=True)
    shown, threads = at_last(app.respond(asked))
    assert (shown.status, threads) == (200, 1)


@pytest.mark.parametrize(
    ("path", "is_play"),
    [
        ("/_simulator/scenarios/refund/preview", True),
        ("/page/scenarios/refund/preview", True),
        ("/_simulator/audit", False),
        ("/page/audit", False),
    ],
)
def test_a_scenario_that_is_played_is_told_from_what_is_read(
    app: SimulatorApp, path: str, is_play: bool
) -> None:
    waits = app.respond(msgspec.structs.replace(request("GET", path), may_come_later=True))
    assert waits.later is not None
    assert waits.is_play is is_play


def test_a_thread_s_refusal_is_told_on_the_page(app: SimulatorApp) -> None:
    asked = request("GET", "/page/timeline", query="paymentId=00000000-0000-0000-0000-000000000000")
    shown, _ = at_last(app.respond(msgspec.structs.replace(asked, may_come_later=True)))
    assert shown.status == 404


@pytest.mark.parametrize("path", ["/page/till", "/page/scenarios"])
def test_a_thread_imports_a_view_and_compiles_its_templates_when_it_is_first_seen(
    path: str,
) -> None:
    app = create_app(Settings())
    asked = msgspec.structs.replace(request("GET", path), may_come_later=True)
    shown, threads = at_last(app.respond(asked))
    assert (shown.status, threads) == (200, 2)
    shown, threads = at_last(app.respond(asked))
    assert (shown.status, threads) == (200, 0)


@pytest.mark.parametrize(("runs", "threads"), [(1, 0), (300, 1)])
@pytest.mark.parametrize("end", [b"", b"x"])
def test_a_large_file_of_a_sweep_is_read_by_a_thread(
    app: SimulatorApp, runs: int, threads: int, end: bytes
) -> None:
    content = file_of_sweep(runs) + end
    reply, needed = at_last(app.respond(with_file(app, content)))
    assert (reply.status, needed) == ((200, 2 * threads) if end else (204, threads))
    assert (b"sweep.json: it is not JSON" in reply.content) == bool(end)
    assert (("X-Form-Refused", "true") in reply.headers) == bool(end)
    assert reply.sandbox is None


@pytest.mark.parametrize(("runs", "threads"), [(1, 0), (300, 2)])
def test_the_results_in_a_large_file_of_a_sweep_are_shown_by_a_thread(
    app: SimulatorApp, runs: int, threads: int
) -> None:
    sent, _ = at_last(app.respond(with_file(app, file_of_sweep(runs))))
    path = dict(sent.headers)["HX-Redirect"]
    asked = msgspec.structs.replace(request("GET", path), may_come_later=True)
    # A page that is seen for the first time is made by a thread, too.
    at_last(app.respond(asked))
    reply, needed = at_last(app.respond(asked))
    assert (reply.status, needed) == (200, threads)
    assert reply.content.count(b'<tr id="run-') == runs


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(("length", "threads"), [(1_000, 0), (500_000, 1)])
@pytest.mark.parametrize("piece", ["%", "a&", "a=%ff&"])
def test_a_thread_reads_a_long_form_before_anything_else_is_done_with_it(
    app: SimulatorApp, piece: str, length: int, threads: int
) -> None:
    form = piece * (length // len(piece))
    reset = "/page/sandbox/reset"
    at_last(app.respond(sent_form(reset, form)))
    shown, needed = at_last(app.respond(sent_form(reset, form)))
    assert (shown.status, needed) == (403, threads)
    page = app.respond(request("GET", "/page/sweep")).content.decode()
    token = page.partition('name="csrf" value="')[2].partition('"')[0]
    shown, needed = at_last(app.respond(sent_form(reset, f"csrf={token}&{form}")))
    assert (shown.status, needed) == (303, threads)


def sent_form(path: str, form: str) -> Request:
    asked = request("POST", path, kind=FORM)
    headers = [("host", "localhost"), ("content-type", FORM), ("content-length", str(len(form)))]
    return msgspec.structs.replace(
        asked, headers=Headers(headers), body=form.encode(), may_come_later=True
    )


def file_of_sweep(runs: int) -> bytes:
    report = json.loads(as_json(SWEPT))
    report["runs"] = report["runs"][:1] * runs
    return json.dumps(report).encode()


def with_file(app: SimulatorApp, content: bytes) -> Request:
    """A request that sends a file of a sweep, whose answer may come later."""
    page = app.respond(request("GET", "/page/sweep")).content.decode()
    token = page.partition('name="csrf" value="')[2].partition('"')[0]
    lines = [
        b"--edge\r\n" + b'Content-Disposition: form-data; name="csrf"\r\n\r\n' + token.encode(),
        b"--edge\r\n"
        + b'Content-Disposition: form-data; name="file"; filename="sweep.json"\r\n\r\n'
        + content,
        b"--edge--\r\n",
    ]
    headers = [("host", "localhost"), ("content-type", "multipart/form-data; boundary=edge")]
    headers += [("content-length", str(len(b"\r\n".join(lines)))), ("hx-request", "true")]
    asked = request("POST", "/page/sweep")
    return msgspec.structs.replace(
        asked, headers=Headers(headers), body=b"\r\n".join(lines), may_come_later=True
    )
