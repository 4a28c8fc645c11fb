"""HTTPS under the plugin: at a free port in each worker, with the CA that is to be trusted."""

from pathlib import Path

import pytest

from tests.testing.plugin.conftest import Run

OVER_HTTPS = """
    import os
    import ssl
    from pathlib import Path

    import httpx
    import pytest

    @pytest.mark.parametrize("number", range(4))
    def test_it(mobilepay, mobilepay_server, number):
        trusted = ssl.create_default_context(cafile=mobilepay.ca_file)
        url = f"{mobilepay.https_url}/pos/v10/stores"
        answer = httpx.get(url, headers=mobilepay.headers(), verify=trusted)
        assert answer.json()["storeIds"][0] == mobilepay.store_id
        assert url.startswith(f"{mobilepay_server.https_url}/sandboxes/")
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        Path(f"{worker}.url").write_text(mobilepay_server.https_url)
"""


@pytest.fixture
def tls(tmp_path: Path) -> tuple[str, ...]:
    """Options for HTTPS, with a CA of the test's own."""
    return ("--mobilepay-option=tls=true", f"--mobilepay-option=tls_dir={tmp_path / 'tls'}")


def test_each_worker_serves_https_at_a_port_of_its_own(
    run: Run, pytester: pytest.Pytester, tls: tuple[str, ...]
) -> None:
    run(OVER_HTTPS, *tls, "-p", "xdist", "-n", "2").assert_outcomes(passed=4)
    urls = [each.read_text() for each in pytester.path.glob("gw*.url")]
    assert len(set(urls)) == len(urls) == 2


def test_the_https_port_of_the_desk_does_not_count(
    run: Run, tls: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOBILEPAY_SIM_TLS_PORT", "1")
    run(OVER_HTTPS, *tls).assert_outcomes(passed=4)


def test_without_tls_there_is_no_https_url(run: Run) -> None:
    run("""
    def test_it(mobilepay, mobilepay_server):
        assert mobilepay.https_url is None
        assert mobilepay.ca_file is None
        assert mobilepay_server.https_url is None
    """).assert_outcomes(passed=1)
