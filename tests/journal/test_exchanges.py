"""The journal keeps what was exchanged, in order, bounded, and with nothing secret in it."""

import base64

import httpx
import pytest
from mobilepay_simulator.api.headers import HEADER_RULES
from mobilepay_simulator.journal.exchanges import ExchangeRecord, Journal, NoSuchExchange
from mobilepay_simulator.journal.filters import read_filters, select
from mobilepay_simulator.journal.masking import AS_SENT, masked_answer, masked_header
from mobilepay_simulator.journal.secret_fields import form_without_secrets
from mobilepay_simulator.scripting.fate import Delivery
from mobilepay_simulator.testing.in_process import InProcess

PAYMENT = "11111111-2222-4333-8444-555555555555"


def exchange(path: str = "/pos/v10/payments", **changes: object) -> ExchangeRecord:
    values = {"method": "POST", "query": "", "headers": (), "real_at": 0.0} | changes
    return ExchangeRecord(path=path, **values)  # type: ignore[arg-type]


def filled(count: int, size: int = 100) -> Journal:
    journal = Journal(size)
    for number in range(count):
        journal.add(exchange(f"/{number}"))
    return journal


def test_exchanges_are_numbered_from_one_in_their_order() -> None:
    assert [(each.id, each.path) for each in filled(3)] == [(1, "/0"), (2, "/1"), (3, "/2")]


def test_the_newest_are_kept_and_the_dropped_ones_counted() -> None:
    journal = filled(5, size=2)
    assert [each.id for each in journal] == [4, 5]
    assert (journal.dropped, journal.count) == (3, 5)
    assert journal.find(4).path == "/3"


@pytest.mark.parametrize(
    ("number", "said"),
    [(3, "was dropped; see --journal-size"), (6, "there are 4 to 5"), (0, "there are 4 to 5")],
)
def test_one_that_is_not_there_is_told_with_those_that_are(number: int, said: str) -> None:
    with pytest.raises(NoSuchExchange, match=said):
        filled(5, size=2).find(number)


def test_a_journal_of_size_zero_keeps_nothing() -> None:
    assert list(filled(3, size=0)) == []


def test_an_answer_that_was_cut_has_status_zero_for_the_client() -> None:
    cut = exchange(status=200, delivery=Delivery.NOTHING)
    assert (cut.status, cut.seen_status) == (200, 0)
    assert exchange(status=200, delivery=Delivery.WHOLE).seen_status == 200


def test_code_and_correlation_id_come_from_the_error_body() -> None:
    refused = exchange(status=409, answer_body=b'{"code": "1301", "correlationId": "x"}')
    assert (refused.code, refused.correlation_id) == ("1301", "x")


def test_a_body_that_is_no_json_is_none() -> None:
    assert exchange(body=b"{").json is None
    assert exchange(status=500, answer_body=b"<html>").code is None


# --- masking ------------------------------------------------------------------------------------

BASIC = base64.b64encode(b"till:top-secret").decode()
SECRETS = [
    ("authorization", "Bearer abc.def.ghi"),
    ("authorization", "bearer  abc.def.ghi"),
    ("authorization", f"Basic {BASIC}"),
    ("authorization", f"Basic {BASIC[:-2]}!"),
    ("authorization", "Digest abc.def.ghi"),
    ("authorization", "abc.def.ghi"),
    ("cookie", "session=abc.def.ghi"),
    ("proxy-authorization", f"Basic {BASIC}"),
]


@pytest.mark.parametrize(("name", "value"), SECRETS, ids=str)
def test_secrets_in_headers_are_masked(name: str, value: str) -> None:
    masked = masked_header(name, value)
    assert "***" in masked
    for secret in ("abc.def.ghi", "top-secret", BASIC):
        assert secret not in masked


KEPT = [
    ("x-mobilepay-idempotency-key", "Bearer key-of-1234567890"),
    ("x-mobilepay-client-system-name", "Token Basic 12345678901234567"),
    ("x-mobilepay-client-system-version", "1.0.0"),
    ("x-mobilepay-merchant-vat-number", "DK12345678"),
    ("x-ibm-client-id", "11111111-2222-4333-8444-555555555555"),
    ("correlationid", "eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ"),
    ("x-simulator-scenario", "lost-token"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("x-authority", "till:1@h"),
    ("user-agent", "Basic/1.0 (token ring; bearer; +https://h/; a@h) Basic authentication"),
    ("referer", "https://h:1/a?b=c@d"),
]


@pytest.mark.parametrize(("name", "value"), KEPT, ids=str)
def test_a_header_without_a_secret_is_kept_as_it_is(name: str, value: str) -> None:
    assert masked_header(name, value) == value


def test_every_header_of_the_service_is_kept_as_it_is() -> None:
    assert {each.header for each in HEADER_RULES} <= AS_SENT


BESIDE = [
    ("Basic dGlsbDp0b3Atc2VjcmV0, a", "Basic ***, a"),
    ("http://till:a:b@c@h/?d=e", "http://till:***@h/?d=e"),
    ("http://till@h/?d=e@f", "http://***@h/?d=e@f"),
    ('{"access_token": "a b", "c": 1}', '{"access_token": "***", "c": 1}'),
]


@pytest.mark.parametrize(("value", "kept"), BESIDE)
def test_what_stands_beside_a_secret_in_a_header_is_kept(value: str, kept: str) -> None:
    assert masked_header("x-blob", value) == kept


def test_uses_of_one_token_can_be_told_from_uses_of_another() -> None:
    one, other = (masked_header("authorization", f"Bearer {each}") for each in ("one", "other"))
    assert one == masked_header("authorization", "Bearer one")
    assert one != other


def test_who_authenticated_stays_readable() -> None:
    assert masked_header("authorization", f"Basic {BASIC}") == "Basic till:***"


ENCODED = "".join(f"%{ord(each):02x}" for each in "access_token").encode()


@pytest.mark.parametrize(
    "name",
    [
        b"client_secret",
        b"client%5Fsecret",
        b"client%5fsecret",
        b"%63lient_secret",
        b"+client_secret",
        b"%20client_secret+",
        ENCODED,
        ENCODED.upper(),
    ],
)
def test_the_secret_in_a_form_is_masked_however_its_name_is_written(name: bytes) -> None:
    masked = form_without_secrets(
        b"client_id=till&" + name + b"=top-secret&grant_type=client_credentials"
    )
    assert masked == b"client_id=till&" + name + b"=***&grant_type=client_credentials"


@pytest.mark.parametrize(
    "form",
    [b"client_secret", b"a=client_secret&client_id=b", b"&&=&client_secre=c", b"%63=%6&a=", b""],
)
def test_a_form_without_a_secret_is_kept_as_it_is(form: bytes) -> None:
    assert form_without_secrets(form) == form


def test_the_token_in_an_answer_leaves_the_fingerprint_it_has_as_a_header() -> None:
    answer = masked_answer(b'{"access_token":"abc.def.ghi","expires_in":3700}')
    fingerprint = masked_header("authorization", "Bearer abc.def.ghi").partition(" ")[2]
    assert answer == b'{"access_token":"%s","expires_in":3700}' % fingerprint.encode()


# --- filters ------------------------------------------------------------------------------------

EXCHANGES = [
    exchange(id=1, operation="Token", status=200, path="/integrator-authentication/connect/token"),
    exchange(id=2, operation="InitiatePayment", status=409, answer_body=b'{"code": "1301"}'),
    exchange(id=3, operation="InitiatePayment", status=200, payment_id=PAYMENT, pos_id=PAYMENT),
    exchange(id=4, operation="QueryPayment", status=200, method="GET", payment_id=PAYMENT,
             path=f"/pos/v10/payments/{PAYMENT}", delivery=Delivery.NOTHING),
    exchange(id=5, operation=None, status=404, path="/pos/v10/paymants"),
]  # fmt: skip

SELECTIONS = [
    ({}, [1, 2, 3, 4, 5]),
    ({"operation": "InitiatePayment"}, [2, 3]),
    ({"method": "get"}, [4]),
    ({"path": "/pos/v10/payments*"}, [2, 3, 4]),
    ({"path": "/pos/v10/pa?mants"}, [5]),
    ({"status": "409"}, [2]),
    ({"status": "4xx"}, [2, 5]),
    ({"status": "0"}, [4]),
    ({"status": "200"}, [1, 3]),
    ({"status": "4xx,0"}, [2, 4, 5]),
    ({"operation": "InitiatePayment,Token"}, [1, 2, 3]),
    ({"code": "1301"}, [2]),
    ({"path": "/pos/v10/pa[y]ments"}, []),
    ({"paymentId": PAYMENT.upper()}, [3, 4]),
    ({"paymentId": PAYMENT.replace("-", "")}, [3, 4]),
    ({"paymentId": PAYMENT[:8].upper()}, [3, 4]),
    ({"paymentId": PAYMENT[:20]}, [3, 4]),
    ({"paymentId": "0badcafe"}, []),
    ({"posId": PAYMENT[:9]}, [3]),
    ({"posId": PAYMENT}, [3]),
    ({"struck": "true"}, []),
    ({"struck": "false", "since": "3"}, [4, 5]),
    ({"since": "3"}, [4, 5]),
    ({"since": "1971-01-01T00:00:00Z"}, []),
    ({"since": "1970-01-01T00:00:00+00:00"}, [1, 2, 3, 4, 5]),
    ({"operation": "InitiatePayment", "status": "200"}, [3]),
]


@pytest.mark.parametrize(("filters", "ids"), SELECTIONS, ids=str)
def test_filters_select_what_fits_all_of_them(filters: dict[str, str], ids: list[int]) -> None:
    assert [each.id for each in select(EXCHANGES, read_filters(filters))] == ids


MISTAKES = [
    ({"statsu": "409"}, "unknown filter 'statsu'; did you mean 'status'?"),
    ({"limt": "5"}, "unknown filter 'limt'; did you mean 'limit'?"),
    ({"status": "9xx"}, "status: expected a status such as 409"),
    ({"status": "999"}, "status: expected a status such as 409"),
    ({"status": "040"}, "status: expected a status"),
    ({"status": "40"}, "status: expected a status"),
    ({"status": "4xx,"}, "status: expected a status"),
    ({"operation": "Token,Capture"}, "operation: 'Capture' is not an operation; did you mean"),
    ({"operation": "Capture"}, "operation: 'Capture' is not an operation; did you mean"),
    ({"paymentId": "x"}, "paymentId: expected a GUID"),
    ({"posId": ""}, "posId: expected a GUID"),
    ({"paymentId": PAYMENT[:7]}, "the first 8 characters of one are enough"),
    ({"paymentId": PAYMENT[1:]}, "paymentId: expected a GUID"),
    ({"paymentId": PAYMENT + "0"}, "paymentId: expected a GUID"),
    ({"path": "x" * 201}, "path: expected a pattern of 1 to 200 characters"),
    ({"struck": "perhaps"}, "struck: expected true or false, got 'perhaps'"),
    ({"since": "yesterday"}, "since: expected a request's id, or a time"),
    ({"since": "2024-01-31T12:00:00"}, "since: the time needs a zone"),
]


@pytest.mark.parametrize(("filters", "said"), MISTAKES, ids=str)
def test_a_mistake_in_a_filter_names_it_and_what_would_be_right(
    filters: dict[str, str], said: str
) -> None:
    with pytest.raises(ValueError, match=said.replace("?", r"\?")):
        read_filters(filters, beside=("limit",))


def test_the_journals_of_all_sandboxes_together_are_bounded_the_oldest_going_first() -> None:
    simulator = InProcess(max_journal=1)
    with httpx.Client(transport=simulator.transport(), base_url="http://localhost") as http:
        for number in range(3):
            http.get(f"/sandboxes/sandbox-{number}/_simulator/clock")
        for number in range(120):
            name = f"sandbox-{number % 3}"
            http.post(f"/sandboxes/{name}/pos/v10/payments", content=b"x" * 50_000)
        health = http.get("/_simulator/health").json()
        assert health["journalLimitMb"] == 1
        assert 0.5 < health["journalMb"] <= 1
        sandboxes = simulator.wsgi.context.sandboxes
        kept = [[each.id for each in sandboxes.get(f"sandbox-{n}").journal] for n in range(3)]
        assert all(ids and ids[-1] == 40 and len(ids) < 10 for ids in kept)
        assert [*range(kept[0][0], 41)] == kept[0]
        for number in range(3):
            assert http.delete(f"/_simulator/sandboxes/sandbox-{number}").is_success
        assert http.get("/_simulator/health").json()["journalMb"] < 0.1
