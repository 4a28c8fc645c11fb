"""Presses without JavaScript: each leads to a page that tells it, which can be loaded again."""

import re

import httpx
import pytest

from tests.dashboard.conftest import Reader
from tests.support import CLIENT_ID, Till

WRONG = "summary: What was typed.\nsteps:\n  - do: chek-in\n"
#: What is pressed, and where the page is that tells it.
PRESSES = [
    ("/page/till/act", {"act": "create-pos", "store": "none none"}, "/page/till"),
    ("/page/till/act", {"act": "nothing"}, "/page/till"),
    ("/page/till/faults", {"change": "fault:CapturePayment:lost"}, "/page/till"),
    ("/page/clock", {"seconds": "60"}, "/page/clock"),
    ("/page/clock", {"seconds": "x"}, "/page/clock"),
    ("/page/scenarios/queue", {"scenario": "success"}, "/page/scenarios/success"),
    ("/page/scenarios/queue", {"scenario": "nothing"}, "/page/scenarios"),
    ("/page/scenarios/save", {"name": "m", "yaml": "summary: x"}, "/page/scenarios/m"),
    ("/page/scenarios/save", {"name": "m", "yaml": WRONG}, "/page/new-scenario"),
    ("/page/scenarios/preview", {"yaml": WRONG}, "/page/new-scenario"),
    ("/page/scenarios/preview", {"yaml": "summary: x"}, "/page/new-scenario"),
    ("/page/scenarios/none/delete", {"asked": "page"}, "/page/scenarios"),
    ("/page/notifications", {"alias": "a", "url": "http://x/"}, "/page/notifications"),
    ("/page/notifications", {"alias": "a/b"}, "/page/notifications"),
    ("/page/ledger", {"books": "orderId,captured\nx,1"}, "/page/ledger"),
    ("/page/ledger", {"books": "x"}, "/page/ledger"),
    ("/page/sweep", {}, "/page/sweep"),
    ("/page/certification", {"all": "yes"}, "/page/certification"),
    ("/page/certification", {"version": "x" * 999}, "/page/certification"),
    ("/page/certification/none", {"act": "approve"}, "/page/certification/none"),
    ("/page/force", {"what": "clock:"}, "/"),
    ("/page/force", {"what": "nothing"}, "/"),
    ("/page/sandbox/reset", {"asked": "page"}, "/"),
]


def path_in(reader: Reader, answer: httpx.Response) -> str:
    """The path in the sandbox to which an answer leads."""
    return str(answer.headers["Location"]).removeprefix(reader.http.base_url.path.rstrip("/"))


def pressed(reader: Reader, path: str, form: dict[str, str]) -> str:
    """Presses something; returns the page that tells it, as a path of the sandbox."""
    answer = reader.http.post(path, data={"csrf": reader.csrf, **form})
    assert answer.status_code == 303, answer.text
    return path_in(reader, answer)


def test_a_press_leads_to_where_the_next_one_is(reader: Reader, till: Till) -> None:
    pos_id = till.create_pos()
    form = {"pos": pos_id, "phone": "+4520031801", "amount": "10"}

    def place(act: str, **more: str) -> str:
        told = pressed(reader, "/page/till/act", {"act": act, **form, **more})
        return told.partition("#")[2]

    assert place("start", scenario="manual") == "phone"
    assert place("capture") == "till-result"
    assert place("check-in") == "phone"
    assert place("accept") == "keys"
    till.control("POST", "/faults", {"call": "CapturePayment", "fault": "lost"})
    assert place("capture") == "till-result"
    fault = {"pos": pos_id, "change": "fault:CapturePayment:lost"}
    assert pressed(reader, "/page/till/faults", fault).endswith("#faults-title")
    till.control("POST", "/certifications", {"cases": ["certify-refund"], "clientIds": [CLIENT_ID]})
    assert place("query") == "certifying"


@pytest.mark.parametrize(("path", "form", "page"), PRESSES)
def test_a_press_leads_to_a_page_that_tells_it_however_often_it_is_loaded(
    reader: Reader, till: Till, path: str, form: dict[str, str], page: str
) -> None:
    told = pressed(reader, path, form)
    assert told.startswith(f"{page}?said=")
    changes = till.control("GET", "/changes")["id"]
    first, again = reader.get(told), reader.get(told)
    assert (first.status_code, len(first.text)) == (again.status_code, len(again.text))
    assert till.control("GET", "/changes")["id"] == changes


def test_a_refund_is_not_repeated_by_loading_its_answer_again(reader: Reader, till: Till) -> None:
    payment = till.captured(amount=10)
    pos = {"pos": till.control("GET", f"/payments/{payment}")["posId"]}
    told = pressed(reader, "/page/till/act", {"act": "refund", "refundAmount": "4", **pos})
    for _ in range(3):
        assert "/pos/v10/refunds" in reader.text(told)
    assert len(till.control("GET", f"/payments/{payment}")["refunds"]) == 1


def test_what_is_kept_no_more_is_the_page_as_always(reader: Reader) -> None:
    assert reader.get("/page/clock?said=nothing").status_code == 200
    told = pressed(reader, "/page/clock", {"seconds": "60"})
    assert "/_simulator/clock/advance" in reader.text(told)
    # What one page tells, no other does.
    assert "clock/advance" not in reader.text(told.replace("/page/clock", "/page/ledger"))


def test_an_error_leads_back_to_the_page_that_was_left(reader: Reader) -> None:
    data = {"csrf": reader.csrf, "act": "nothing"}
    referrer = {"Referer": str(reader.http.base_url.join("page/till?pos=x"))}
    answer = reader.http.post("/page/till/act", data=data, headers=referrer)
    page = reader.get(path_in(reader, answer))
    assert page.status_code == 400
    assert re.search(r'id="back" href="[^"]+/page/till\?pos=x"', page.text)


def test_what_is_taken_back_is_told_on_the_page_where_it_was(reader: Reader) -> None:
    data = {"csrf": reader.csrf, "what": "faults:none"}
    referrer = {"Referer": str(reader.http.base_url.join("page/audit?x=1&said=y"))}
    answer = reader.http.post("/page/force", data=data, headers=referrer)
    told = path_in(reader, answer)
    assert told.startswith("/page/audit?x=1&said=")
    assert 'role="alert"' in reader.text(told).partition('id="force-result"')[2]


@pytest.mark.parametrize("press", ["save", "preview"])
def test_the_editor_keeps_what_was_typed_beside_its_mistakes(reader: Reader, press: str) -> None:
    form = {"name": "mine", "yaml": WRONG, "origin": ""}
    page = reader.text(pressed(reader, f"/page/scenarios/{press}", form))
    assert "What was typed." in page
    assert 'value="mine"' in page
    assert 'data-line="3"' in page
    assert "did you mean" in page


def test_a_preview_stands_in_the_editor_beside_what_was_typed(reader: Reader, till: Till) -> None:
    till.http.put("/_simulator/scenarios/mine", content="summary: Saved.")
    form = {"name": "other", "yaml": "summary: What was typed.", "origin": "mine"}
    told = pressed(reader, "/page/scenarios/preview", form)
    assert told.startswith("/page/scenarios/mine/edit?")
    page = reader.text(told)
    assert 'value="other"' in page
    assert "What was typed.</textarea>" in page
    assert 'class="flow"' in page
    assert "data-unsaved" in page


ASKED = [
    ("/page/sandbox/reset", {}, "Reset it"),
    ("/page/sandbox/drop", {"name": "{sandbox}"}, "Drop it"),
    ("/page/till/act", {"act": "delete-pos", "pos": "{pos}"}, "Delete this point of sale"),
    ("/page/scenarios/mine/delete", {}, "Delete it"),
    ("/page/certification/C1", {"act": "abandon"}, "Abandon it"),
    ("/page/force", {"what": "certification:C1"}, "Abandon it"),
]


@pytest.mark.parametrize(("path", "form", "verb"), ASKED)
def test_what_can_not_be_taken_back_is_asked_first(
    reader: Reader, till: Till, path: str, form: dict[str, str], verb: str
) -> None:
    till.http.put("/_simulator/scenarios/mine", content="summary: Mine.")
    till.control("POST", "/certifications", json={"sections": ["onboarding"]})
    sandbox = reader.http.base_url.path.strip("/").rpartition("/")[2]
    given = {"sandbox": sandbox, "pos": till.create_pos()}
    form = {name: value.format(**given) for name, value in form.items()}
    before = till.control("GET", "/changes")["id"]
    page = reader.text(pressed(reader, path, form))
    assert till.control("GET", "/changes")["id"] == before
    assert f'id="do-it">{verb}</button><a class="button" id="back"' in page
    asking = page.partition("<main")[2].partition("</form>")[0]
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', asking))
    assert fields.items() >= form.items()
    (action,) = re.findall(r'action="([^"]+)"', asking)
    done = reader.http.post(action.removeprefix(f"/sandboxes/{sandbox}"), data=fields)
    assert done.status_code == 303
    if "drop" not in path:
        assert till.control("GET", "/changes")["id"] != before


def stale(reader: Reader, path: str, page: str) -> httpx.Response:
    """Presses something on a page that an earlier server has made."""
    headers = {"Referer": f"{str(reader.http.base_url).rstrip('/')}{page}"}
    return reader.http.post(path, data={"csrf": "of-before", "seconds": "60"}, headers=headers)


@pytest.mark.parametrize(("path", "page"), [("/page/clock", "/page/clock"), ("/page/force", "/")])
def test_a_press_after_a_restart_leads_to_a_page_that_says_so_and_back(
    reader: Reader, path: str, page: str
) -> None:
    answer = stale(reader, path, page)
    assert answer.status_code == 303, answer.text
    told = reader.get(path_in(reader, answer))
    assert told.status_code == 403
    assert "The simulator has restarted: nothing was done. Do it again." in told.text
    back = re.search(r'id="back" href="([^"]+)"', told.text)
    assert back
    assert back[1].endswith(page)


def test_a_form_that_is_too_large_leads_to_a_page_that_says_so(reader: Reader) -> None:
    headers = {"Referer": f"{str(reader.http.base_url).rstrip('/')}/page/ledger"}
    data = {"csrf": reader.csrf, "books": "x" * 1_100_000}
    answer = reader.http.post("/page/ledger", data=data, headers=headers)
    assert answer.status_code == 303, answer.text
    told = path_in(reader, answer)
    assert told.startswith("/page/ledger?said=")
    first, again = reader.get(told), reader.get(told)
    assert (first.status_code, again.status_code) == (413, 413)
    assert "too large" in again.text
