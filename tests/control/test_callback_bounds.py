"""Callback aliases: how many a sandbox takes, and which URLs."""

import json
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from mobilepay_simulator.app import create_app
from mobilepay_simulator.control import shops
from mobilepay_simulator.sandboxes.registry import DEFAULT
from mobilepay_simulator.settings.hosts import LONGEST_URL
from mobilepay_simulator.settings.settings import Settings
from werkzeug.test import TestResponse

from tests.control.asking import ask, at_last


@pytest.fixture
def http() -> Iterator[FlaskClient]:
    with create_app(Settings()).test_client() as made:
        yield made


def put(http: FlaskClient, url: str, alias: str = "a") -> TestResponse:
    return http.put(f"/_simulator/callbacks/{alias}", json={"url": url})


def url_of(length: int) -> str:
    return "http://a.test/".ljust(length, "x")


def test_a_url_has_2048_characters_at_most(http: FlaskClient) -> None:
    assert LONGEST_URL == 2048
    assert put(http, url_of(2048)).status_code == 200
    refused = put(http, url_of(2049))
    assert refused.status_code == 400
    assert refused.get_json()["error"].endswith(
        "(url: at most 2,048 characters are taken, got 2,049)"
    )


def test_a_sandbox_takes_so_many_aliases_and_no_more(
    http: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shops.MOST_ALIASES == 500
    monkeypatch.setattr(shops, "MOST_ALIASES", 2)
    answers = [put(http, url_of(20), alias) for alias in ("one", "two", "three", "two")]
    assert [each.status_code for each in answers] == [200, 200, 400, 200]
    assert "(alias: at most 2 can have a URL" in answers[2].get_json()["error"]
    assert http.delete("/_simulator/callbacks/one").status_code == 204
    assert put(http, url_of(20), "three").status_code == 200


NO_HOST, HAS_SPACE = "there can be no host", "a URL has no space"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1 :80/", HAS_SPACE),
        ("http://a b/", HAS_SPACE),
        ("http://a..b/", NO_HOST),
        ("http://.a/", NO_HOST),
        (f"http://{'x' * 64}/", NO_HOST),
    ],
)
def test_a_url_whose_host_there_can_not_be_is_refused(
    http: FlaskClient, url: str, reason: str
) -> None:
    refused = put(http, url)
    assert refused.status_code == 400
    assert f"(url: {reason}" in refused.get_json()["error"]


@pytest.mark.parametrize(
    "url",
    [
        "http://my_service:8080/check-in",
        "https://till.example.test./",
        "http://bücher.test/",
        "http://[::1]:80/",
        "http://user:word@10.0.0.1/",
        "http://host.docker.internal:3000",
    ],
)
def test_a_url_that_can_be_called_is_taken(http: FlaskClient, url: str) -> None:
    assert put(http, url).status_code == 200


def test_what_an_earlier_version_kept_still_loads_and_a_thread_lists_it() -> None:
    urls = {f"alias{number}": url_of(3000) for number in range(shops.MOST_ALIASES + 1)}
    urls["odd"] = "http://a..b/"
    earlier, app = create_app(Settings()), create_app(Settings())
    earlier.context.sandboxes.get(DEFAULT).world.callback_urls.update(urls)
    snapshot = earlier.test_client().get("/_simulator/snapshot").data
    with app.test_client() as http:
        assert http.put("/_simulator/snapshot", data=snapshot).status_code == 200
        assert http.get("/_simulator/callbacks").get_json() == {"callbacks": urls}
    reply, threads = at_last(ask(app, "GET", "/_simulator/callbacks"))
    assert (json.loads(reply.content), threads) == ({"callbacks": urls}, 1)


@pytest.mark.parametrize("field", ["sections", "cases", "clientIds"])
def test_a_certification_names_100_at_most(http: FlaskClient, field: str) -> None:
    answer = http.post("/_simulator/certifications", json={field: ["x"] * 101})
    assert answer.status_code == 400
    assert f"({field}: expected a list of at most 100, got" in answer.get_json()["error"]
