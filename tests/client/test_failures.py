"""What goes wrong between client and simulator is one line that names the URL."""

import socket
from contextlib import closing

import httpx
import pytest
from mobilepay_simulator.client import (
    ClientError,
    ControlClient,
    ControlError,
    RemoteSimulator,
    Unreachable,
)

from tests.client.fakes import Fake, control_of


def test_a_port_where_nobody_listens_is_told() -> None:
    with closing(socket.socket()) as deaf:
        deaf.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with ControlClient(url) as control, pytest.raises(Unreachable) as error:
            control.clock()
    assert str(error.value).startswith(f"no simulator answers at {url}: ")
    assert "\n" not in str(error.value)
    assert error.value.url == url


def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with ControlClient(url, timeout=0.1) as control, pytest.raises(Unreachable) as error:
            control.clock()
    assert "no answer within 0.1 s" in str(error.value)


def test_waiting_for_a_verdict_may_take_longer_than_other_calls() -> None:
    fake = Fake(
        {"id": "R1", "scenario": "x", "verdict": "passed", "begunAt": "2024-01-31T12:00:00Z"}
    )
    control_of(fake, timeout=2.0).wait("R1", timeout=60)
    assert fake.query == {"timeout": "60"}
    assert fake.last.extensions["timeout"]["read"] == 62.0


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8080", "ftp://127.0.0.1", "http://", "http://x/?a=1", "http://x:port"]
)
def test_a_url_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match=r"expected a URL such as http://127\.0\.0\.1:8080"):
        ControlClient(url)


def test_a_server_that_is_no_simulator_is_told() -> None:
    def some_site(_: httpx.Request) -> httpx.Response:
        return httpx.Response(404, text="<h1>Not here</h1>\n<p>Sorry</p>")

    with pytest.raises(ControlError) as error:
        control_of(some_site).clock()
    assert error.value.status == 404
    assert str(error.value) == (
        "<h1>Not here</h1> (GET http://simulator.test/_simulator/clock was answered 404)"
    )


@pytest.mark.parametrize("answer", ["welcome", {"now": "x"}, {}, []])
def test_an_answer_that_makes_no_sense_is_told(answer: object) -> None:
    with pytest.raises(ControlError, match="the answer can't be understood"):
        control_of(Fake(answer)).clock()


def test_a_page_instead_of_json_is_told() -> None:
    with pytest.raises(ControlError, match="is not JSON"):
        control_of(lambda _: httpx.Response(200, text="<html>")).snapshot()
    with pytest.raises(ControlError, match="is not JSON"):
        control_of(lambda _: httpx.Response(200, text="<html>")).clock()


def test_the_control_token_is_sent_with_every_call() -> None:
    fake = Fake({"now": "2024-01-31T12:00:00Z", "scale": 0})
    control_of(fake, token="secret").clock()
    assert fake.last.headers["Authorization"] == "Bearer secret"
    control_of(fake).clock()
    assert "Authorization" not in fake.last.headers


def test_a_slash_at_the_end_of_the_url_does_no_harm() -> None:
    fake = Fake({"now": "2024-01-31T12:00:00Z", "scale": 0})
    with ControlClient("http://x/", transport=httpx.MockTransport(fake)) as control:
        control.clock()
    assert fake.last.url.path == "/_simulator/clock"


def test_proxies_of_the_environment_are_not_used(
    server: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with RemoteSimulator(server.url) as simulator:  # type: ignore[attr-defined]
        assert simulator.control.health().status == "ok"


@pytest.mark.parametrize(
    "order_id", ["a" * 100_000, "\ud800"], ids=["too long", "half a character"]
)
def test_what_can_not_be_sent_is_no_silence_of_the_simulator(order_id: str) -> None:
    fake = Fake({"payments": [], "more": False})
    with control_of(fake) as control, pytest.raises(ClientError) as error:
        control.payments(order_id=order_id)
    assert not isinstance(error.value, Unreachable)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_that_leads_to_another_path_is_refused(name: str) -> None:
    fake = Fake({})
    with control_of(fake) as control, pytest.raises(ClientError, match="there is nothing with"):
        control.scenario(name)


@pytest.mark.parametrize("port", ["0", "99999"])
def test_a_port_that_there_is_not_is_no_part_of_a_url(port: str) -> None:
    with pytest.raises(ValueError, match="a port is from 1 to 65535"):
        ControlClient(f"http://127.0.0.1:{port}")
