"""A certification on the page: it is begun, watched, pressed on and approved there."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from tests.dashboard.conftest import HTMX, Reader
from tests.support import CLIENT_ID, Till, running_server, write_easy_cases

OTHER = "66666666-7777-4888-9999-aaaaaaaaaaaa"

CASE = "certify-delete-pos"
CLIENT = "11111111-2222-4333-8444-555555555555"


def begin(reader: Reader, **form: str) -> str:
    """Begins a certification; returns its page."""
    given = {"sections": "onboarding", "clientIds": CLIENT, **form}
    answer = reader.post("/page/certification", **given)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].partition("/page/")[2]


def words(html: str) -> str:
    """What a page says, without its elements."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.fixture
def easy(tmp_path: Path) -> Iterator[Till]:
    """A till at a server whose cases are done with one call each."""
    write_easy_cases(tmp_path)
    with (
        running_server("--time-scale", "0", "--scenarios", str(tmp_path)) as server,
        httpx.Client(base_url=server.url) as http,
    ):
        yield Till(http)


def go_through(till: Till) -> None:
    """Does all cases of the easy onboarding."""
    till.ok("DELETE", f"/pointofsales/{till.create_pos()}")
    till.create_pos()


# --- to begin one -----------------------------------------------------------------------------


def test_onboarding_is_ticked_and_can_not_be_left_out(reader: Reader, till: Till) -> None:
    page = reader.text("/page/certification")
    ticked = re.findall(r'<input type="checkbox" id="section-([^"]+)"[^>]* checked', page)
    assert ticked == ["onboarding"]
    assert re.search(r'id="section-onboarding"[^>]* checked disabled', page)
    begin(reader)
    sections = till.control("GET", "/certifications/C1")["sections"]
    assert [each["name"] for each in sections] == ["onboarding"]


def test_the_clients_that_called_can_be_chosen(reader: Reader, till: Till) -> None:
    # Before anybody called, there is the page's own.
    before = reader.text("/page/certification")
    assert f'name="clientIds" value="{CLIENT}"' in before
    assert "1.2.3" not in before
    till.create_pos()
    page = reader.text("/page/certification")
    assert f'name="clientIds" value="{CLIENT}"' in page
    assert '<option value="1.2.3">' in page
    begin(reader, clientIds=CLIENT, version="1.2.3", systemName="Till 9")
    begun = till.control("GET", "/certifications/C1")
    assert (begun["clientIds"], begun["version"]) == ([CLIENT], "1.2")
    assert begun["systemName"] == "Till 9"


def test_a_client_is_listed_with_each_of_its_systems(reader: Reader, till: Till) -> None:
    name = "X-MobilePay-Client-System-Name"
    for each in ("Till North", "Till South", "Till North"):
        till.call("GET", "/stores", headers={name: each})
    page = reader.text("/page/certification")
    assert page.count(f'name="clientIds" value="{CLIENT}"') == 1
    label = words(page.partition('<label for="client-1">')[2].partition("</label>")[0])
    assert label.startswith(f"{CLIENT} Till North 1.2.3 Till South 1.2.3")
    for each in ("Till North", "Till South"):
        assert page.count(f'<option value="{each}">') == 1


@pytest.mark.parametrize(
    ("form", "field"), [({"version": "one"}, "version"), ({"otherClient": "x"}, "otherClient")]
)
def test_the_field_of_a_mistake_is_marked(reader: Reader, form: dict[str, str], field: str) -> None:
    text = reader.post("/page/certification", sections="onboarding", **form).text
    (marked,) = re.findall(r'<input id="(\w+)"[^>]* aria-invalid="true"[^>]* autofocus', text)
    assert marked == field


def test_an_abandoned_certification_shows_what_failed_and_nothing_to_come(
    reader: Reader, till: Till
) -> None:
    cases = ["certify-payment", "certify-refund"]
    till.control("POST", "/certifications", {"cases": cases, "version": "1.0"})
    till.control("POST", "/certifications/C1/cases/certify-refund/restart")
    till.control("POST", "/certifications/C1/abandon")
    page = reader.text("/page/certification/C1")
    assert "Complete a refund" in words(page.partition('id="case-title"')[2].partition("</h2>")[0])
    assert "A client in version 1.0" in words(page.partition('id="certified"')[2][:200])
    page = reader.text("/page/certification/C1?case=certify-payment")
    assert "to come" not in words(page.partition('id="steps"')[2].partition("</ol>")[0])


def test_single_cases_are_added_to_the_sections(reader: Reader, till: Till) -> None:
    begin(reader, cases="certify-refund")
    begun = till.control("GET", "/certifications/C1")
    refunds = next(each for each in begun["sections"] if each["name"] == "refunds")
    assert [each["name"] for each in refunds["cases"]] == ["certify-refund"]


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"version": "one"}, "Version: must be a version such as 1.2"),
        ({"otherClient": "somebody"}, "Client ids: expected a GUID, got 'somebody'"),
        ({"sections": "refund"}, "is not a section"),
        ({"cases": "certify-all"}, "is not a case"),
    ],
)
def test_a_mistake_is_told_and_what_was_written_is_kept(
    reader: Reader, till: Till, form: dict[str, str], message: str
) -> None:
    given = {"sections": "onboarding", "systemName": "Kept words", **form}
    answer = reader.post("/page/certification", **given)
    assert answer.status_code == 200
    assert message in words(answer.text.partition('id="mistake"')[2][:400])
    assert 'value="Kept words"' in answer.text
    assert till.control("GET", "/certifications")["certifications"] == []


def test_an_open_one_is_led_to_before_another_is_begun(reader: Reader) -> None:
    another = re.compile(r'<details [^>]*id="another"( open)?>')
    assert not another.search(reader.text("/page/certification"))
    begin(reader, systemName="Till 9")
    page = reader.text("/page/certification")
    assert page.index("Certification C1 of Till 9 is open") < page.index('id="otherClient"')
    assert re.search(r'class="button primary" href="[^"]*/page/certification/C1"', page)
    for path, is_shown in (("", False), ("?sections=payments", True), ("?all=yes", True)):
        (found,) = another.findall(reader.text(f"/page/certification{path}"))
        assert bool(found) is is_shown
    refused = reader.post("/page/certification", sections="onboarding", version="one").text
    assert another.findall(refused) == [" open"]
    reader.post("/page/certification/C1", act="abandon", asked="page")
    assert not another.search(reader.text("/page/certification"))
    assert not words(reader.text("/page/certification?part=open", **HTMX))


def test_earlier_ones_are_listed_with_how_they_stand(reader: Reader) -> None:
    assert "Nobody was certified here yet." in reader.text("/page/certification")
    begin(reader, systemName="The first")
    reader.post("/page/certification/C1", act="abandon", asked="page")
    begin(reader, systemName="The second")
    listed = words(reader.text("/page/certification?part=list", **HTMX))
    assert listed.index("The second") < listed.index("The first")
    assert "abandoned" in listed
    assert "0 of 3" in listed


# --- while it is open -------------------------------------------------------------------------


def test_the_case_that_comes_next_is_shown_with_its_task(reader: Reader) -> None:
    page = words(reader.text(f"/page/{begin(reader)}"))
    assert "1. Create a point of sale" in page
    assert (
        "At the till Create a point of sale in any store, such as the one of brand MPPOSCERT1"
        in page
    )
    assert "3 not tested" in page
    assert "0 of 3 cases passed." in page


def test_another_case_can_be_looked_at(reader: Reader) -> None:
    page = reader.text(f"/page/{begin(reader)}?case={CASE}")
    assert "At the till Delete the point of sale that was created, or create one" in words(page)
    assert f"part=stand&amp;case={CASE}" in page
    assert "Follow the client" in page


def test_a_case_names_the_point_of_sale_it_began_with_though_it_is_deleted(
    reader: Reader, till: Till
) -> None:
    page = begin(reader)
    meant = till.create_pos(name="Meant")
    till.call("DELETE", f"/pointofsales/{meant}")
    other = till.create_pos(name="Made later")
    till.call("GET", f"/pointofsales/{other}")
    text = reader.text(f"/page/{page}?case={CASE}")
    (told,) = re.findall(r'id="case-store">(.*?)</p>', text)
    assert words(told) == f"Point of sale Meant ( {meant} ), which is deleted"


def test_a_broken_step_says_what_was_expected_seen_and_what_to_do(
    reader: Reader, till: Till
) -> None:
    path = f"/page/{begin(reader)}"
    # This till waits for an answer as long as it takes.
    till.create_pos()
    page = reader.text(path)
    assert "Expected CreatePos is retried with the same request and key (attempt 2)" in words(page)
    assert "Seen the client waited 4 s for the response to attempt 1" in words(page)
    assert words(page).count("Time out after 2 s") == 1
    (request,) = set(re.findall(r'href="[^"]*(/page/requests/\d+)"', page))
    assert "CreatePos" in reader.text(request)


def test_states_are_told_by_word_and_by_shape(reader: Reader, till: Till) -> None:
    path = f"/page/{begin(reader)}"
    till.create_pos()
    for shape, word in {"check": "done", "cross": "broken", "ring": "not tested"}.items():
        assert re.search(rf'class="mark-{shape}".*?</svg>{word}</span>', reader.text(path))


def test_the_timeline_of_the_payment_of_a_case_is_linked(reader: Reader, till: Till) -> None:
    begin(reader, cases="certify-full-capture")
    reader.post("/page/certification/C1", act="restart:certify-full-capture")
    payment_id = till.initiate(till.create_pos())
    assert f"/page/timeline?paymentId={payment_id}" in reader.text("/page/certification/C1")


def test_while_somebody_is_at_a_case_it_is_looked_at_now_and_then(
    reader: Reader, till: Till
) -> None:
    path = f"/page/{begin(reader)}"
    assert "every 3s" not in reader.text(path)
    reader.post(path, act=f"restart:{CASE}")
    assert "every 3s" in reader.text(path)
    reader.post(path, act="abandon", asked="page")
    assert "every 3s" not in reader.text(path)


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_case_is_restarted_and_the_command_for_it_is_shown(
    reader: Reader, till: Till, headers: dict[str, str]
) -> None:
    path = f"/page/{begin(reader)}"
    said = reader.post(path, headers=headers, act=f"restart:{CASE}").text
    assert "“Delete a point of sale” begins" in unescape(said)
    assert f"/_simulator/certifications/C1/cases/{CASE}/restart" in said
    assert till.control("GET", "/certifications/C1")["current"] == CASE


def test_a_callback_is_invoked(reader: Reader, till: Till) -> None:
    path = f"/page/{begin(reader)}"
    till.control("PUT", "/callbacks/mine", {"url": "http://127.0.0.1:1/"})
    pos_id = till.create_pos(callbackAlias="mine")
    said = reader.post(path, headers=HTMX, act="callback").text
    assert (
        f"A check-in notification is sent to the alias mine, at point of sale {pos_id[:8]}" in said
    )
    assert len(till.control("GET", "/notifications")["notifications"]) == 1


@pytest.mark.parametrize(
    ("act", "message"),
    [
        ("callback", "create one with a callbackAlias"),
        ("approve", "not passed yet: certify-create-pos"),
        ("restart:certify-nothing", "no case 'certify-nothing'"),
    ],
)
@pytest.mark.parametrize("headers", [HTMX, {}])
def test_what_can_not_be_done_is_told(
    reader: Reader, act: str, message: str, headers: dict[str, str]
) -> None:
    answer = reader.post(f"/page/{begin(reader)}", headers=headers, act=act)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert message in words(answer.text)


def test_nothing_else_can_be_pressed(reader: Reader) -> None:
    assert reader.post(f"/page/{begin(reader)}", act="destroy").status_code == 400


# --- its end ----------------------------------------------------------------------------------


def test_it_can_be_approved_once_all_has_passed_and_what_lacks_is_said(easy: Till) -> None:
    reader = Reader(easy.http)
    path = f"/page/{begin(reader)}"
    page = reader.text(path)
    assert re.search(r'<button[^>]* id="approve"[^>]* disabled', page)
    assert "Not passed yet: Onboarding Easy , Easy" in words(page)
    assert '/page/certification/C1?case=certify-delete-pos">Easy</a>' in page
    go_through(easy)
    page = reader.text(path)
    assert not re.search(r'<button[^>]* id="approve"[^>]* disabled', page)
    assert "All cases have passed" in page
    reader.post(path, act="approve")
    page = words(reader.text(path))
    assert "Certified Version 1.2" in page
    assert CLIENT in page
    assert "Version 1.2" in words(reader.text("/page/certification?part=list", **HTMX))


def test_before_an_approval_it_is_said_which_sections_it_will_not_cover(
    till: Till, reader: Reader
) -> None:
    path = f"/page/{begin(reader, cases='certify-refund')}"
    page = reader.text(path)
    assert "not Refunds (1 of 2 cases)" in words(page)
    assert re.search(r'id="approve"[^>]* aria-describedby="lack coverage"', page)
    assert re.search(r'id="section-refunds".*?1 of 2 cases', page, re.DOTALL)
    assert "coverage" not in reader.text(f"/page/{begin(reader)}")


def test_one_that_is_over_offers_its_report_and_nothing_to_press(reader: Reader) -> None:
    path = f"/page/{begin(reader)}"
    reader.post(path, act="abandon", asked="page")
    page = reader.text(path)
    assert "without a certificate" in page
    assert not re.search(r'id="(approve|abandon|restart|callback)"', page)
    reports = re.findall(r'href="([^"]+/report[^"]*)"', page)
    assert len(reports) == 3
    root = str(reader.http.base_url).partition("/sandboxes/")[0]
    kinds = [reader.http.get(root + each).headers["Content-Type"] for each in reports]
    assert [each.partition(";")[0] for each in kinds] == [
        "text/html",
        "application/json",
        "application/xml",
    ]


@pytest.mark.parametrize(
    ("form", "name"),
    [({}, "simulator page"), ({"systemName": "Till 9"}, "Till 9"), ({"otherClient": OTHER}, "")],
    ids=["its own", "typed", "of two clients"],
)
def test_a_client_that_is_ticked_brings_the_name_of_its_system(
    reader: Reader, till: Till, form: dict[str, str], name: str
) -> None:
    reader.post("/page/certification", clientIds=CLIENT_ID, cases=CASE, **form)
    assert till.control("GET", "/certifications/C1")["systemName"] == name


def test_a_case_that_was_left_says_once_what_to_do(reader: Reader, till: Till) -> None:
    path = f"/page/{begin(reader, cases='certify-full-capture')}?case=certify-full-capture"
    reader.post("/page/certification/C1", act="restart:certify-full-capture")
    till.initiate(till.create_pos(), 10)
    reader.post("/page/certification/C1", act="abandon", asked="page")
    said = words(reader.text(path))
    assert said.count("missed") > 2
    assert said.count("What to do") == 1
