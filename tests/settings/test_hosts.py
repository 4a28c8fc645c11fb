"""Host names and addresses: what is one, what a header says, and which are a server's own."""

import pytest
from mobilepay_simulator.settings.hosts import (
    address_of,
    as_callback_url,
    as_host,
    host_in,
    is_listed,
    is_local,
    names_of,
    plain_callback_warning,
)


@pytest.mark.parametrize(
    "text", ["pos.example", "Pos.Example", "till", "*.example.test", "10.0.0.1", "::1", "x--y.z1"]
)
def test_a_name_a_pattern_or_an_address_is_a_host(text: str) -> None:
    assert as_host(text) == text.lower()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "a b",
        "https://x",
        "x:80",
        "a..b",
        "-a",
        "a-",
        "x" * 64,
        "a_b",
        "10.0.0.0/8",
        "ø.dk",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="expected a host name"):
        as_host(text)


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("localhost", "localhost"),
        ("LOCALHOST:8080", "localhost"),
        ("pos.example.:80", "pos.example"),
        ("127.0.0.1:8080", "127.0.0.1"),
        ("[::1]:8080", "::1"),
        ("[::1]", "::1"),
        ("", ""),
    ],
)
def test_a_host_header_names_a_host_and_perhaps_a_port(header: str, host: str) -> None:
    assert host_in(header) == host


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::ffff:127.0.0.2", "127.0.0.2"),
        ("::1", "::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
    ],
)
def test_an_address_is_read_as_what_it_is(text: str, address: str) -> None:
    assert str(address_of(text)) == address


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f000001", "127.0.0.1.example"])
def test_what_is_no_address_is_none(text: str) -> None:
    assert address_of(text) is None


def test_localhost_and_what_is_below_it_is_this_machine() -> None:
    assert is_local("localhost")
    assert is_local("till.localhost")
    assert not is_local("notlocalhost")
    assert not is_local("localhost.example")


def test_a_pattern_lists_what_is_below_it_and_not_itself() -> None:
    names = ("pos.example", "*.example.test")
    assert is_listed("pos.example", names)
    assert is_listed("a.b.example.test", names)
    assert not is_listed("example.test", names)
    assert not is_listed("badexample.test", names)
    assert not is_listed("sub.pos.example", names)


def test_a_server_goes_by_the_real_names_its_address_its_url_and_what_is_set() -> None:
    names = names_of("https://Public.example:444/x", "10.0.0.5", ["till.test", "localhost"])
    assert set(names) == {
        "localhost",
        "127.0.0.1",
        "::1",
        "api.mobilepay.dk",
        "api.sandbox.mobilepay.dk",
        "host.docker.internal",
        "host.containers.internal",
        "public.example",
        "10.0.0.5",
        "till.test",
    }
    assert len(names) == len(set(names))


def test_an_address_that_means_all_addresses_is_no_name() -> None:
    assert not {"", "0.0.0.0", "::"} & set(names_of(None, "0.0.0.0", ["::"]))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9000/checkin",
        "http://127.8.8.8/",
        "http://[::1]:9000/",
        "http://localhost/x",
        "http://till.localhost/",
        "http://HOST.docker.internal:9000/",
        "https://till.example.test/checkin",
        "https://10.0.0.7/",
    ],
)
def test_a_callback_by_https_or_to_this_machine_is_fine(url: str) -> None:
    assert plain_callback_warning("Till", url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://till.example.test/checkin",
        "http://10.0.0.7:9000/",
        "http://localhost.example.test/",
        "http://user@127.0.0.1.example.test/",
        "http://[2001:db8::1]/",
    ],
)
def test_a_callback_by_plain_http_to_another_machine_is_warned_of(url: str) -> None:
    warning = plain_callback_warning("Till", url)
    assert warning is not None
    assert "Till" in warning
    assert url in warning
    assert "https" in warning


@pytest.mark.parametrize(
    "url", ["http://h:1/a b", "http://a b/", "http://a..b/", "http://h/" + "x" * 2048]
)
def test_a_url_that_can_not_be_called_is_none_of_a_callback(url: str) -> None:
    with pytest.raises(ValueError, match=r"space|no host|characters"):
        as_callback_url(url)
