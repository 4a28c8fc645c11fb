"""A sandbox has room for so many uploaded scenarios; whoever uploads more is told what to do."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from mobilepay_simulator.app import create_app
from mobilepay_simulator.scripting import uploads
from mobilepay_simulator.settings.settings import Settings


@pytest.fixture
def http() -> Iterator[FlaskClient]:
    with create_app(Settings()).test_client() as made:
        yield made


def upload(http: FlaskClient, name: str, text: str = "summary: x") -> tuple[int, str]:
    answer = http.put(f"/_simulator/scenarios/{name}", data=text)
    return answer.status_code, answer.get_json().get("error", "")


def test_a_sandbox_takes_so_many_uploads_and_no_more(
    http: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_UPLOADS", 2)
    assert [upload(http, name)[0] for name in ("one", "two", "three")] == [200, 200, 400]
    assert "reset the sandbox" in upload(http, "three")[1]
    assert upload(http, "two", "summary: another")[0] == 200
    assert http.get("/_simulator/scenarios/three").status_code == 404
    assert http.post("/_simulator/reset").status_code == 200
    assert upload(http, "three")[0] == 200


def test_a_sandbox_takes_so_much_text_and_no_more(
    http: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_TEXT", 0.001)
    half = f"summary: x\n# {'x' * 500}"
    assert [upload(http, name, half)[0] for name in ("one", "two")] == [200, 400]
    assert "reset the sandbox" in upload(http, "two", half)[1]
    assert upload(http, "one", half)[0] == 200


def test_what_was_kept_before_is_read_however_much_it_is(
    http: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [upload(http, name)[0] for name in ("one", "two")] == [200, 200]
    kept = http.get("/_simulator/snapshot").data
    monkeypatch.setattr(uploads, "MOST_UPLOADS", 1)
    loaded = http.put("/_simulator/snapshot", data=kept, content_type="application/json")
    assert loaded.status_code == 200
    assert http.get("/_simulator/scenarios/two").status_code == 200
