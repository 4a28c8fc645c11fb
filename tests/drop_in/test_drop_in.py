"""Clients that know nothing but https://api.mobilepay.dk pay here, unmodified.

Only what a tester would change on the machine is changed: where the name leads, and whom to trust.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from mobilepay_simulator.server.authority import TRUST_STORE_PASSWORD, Authority, open_authority

from tests.support import RunningServer, running_server

HERE = Path(__file__).parent
LOOKUP = HERE / "lookup"
DISCOVERY = "/integrator-authentication/.well-known/openid-configuration"


@dataclass(frozen=True)
class Service:
    """The simulator in the place of the real service."""

    server: RunningServer
    authority: Authority

    def run(self, *command: object, **environment: object) -> "subprocess.CompletedProcess[str]":
        """Runs a client for which the real name leads here."""
        ours = {"LED_TO_PORT": self.server.https_port, **environment}
        return subprocess.run(
            [str(word) for word in command],
            env={**os.environ, **{name: str(value) for name, value in ours.items()}},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("drop-in")
    options = ("--tls", "--tls-port", "0", "--tls-dir", str(folder))
    url = ("--public-url", "https://api.mobilepay.dk")
    with running_server(*options, *url, "--scenario", "instant") as server:
        yield Service(server, open_authority(folder))


def run_python(service: Service, **environment: object) -> "subprocess.CompletedProcess[str]":
    return service.run(sys.executable, HERE / "till.py", PYTHONPATH=LOOKUP, **environment)


def test_a_python_till_pays(service: Service) -> None:
    done = run_python(service, SSL_CERT_FILE=service.authority.path)
    assert (done.stdout, done.stderr) == ("Captured\n", "")


def test_a_python_till_that_was_not_told_of_the_ca_does_not(service: Service) -> None:
    done = run_python(service)
    assert done.returncode != 0
    assert "CERTIFICATE_VERIFY_FAILED" in done.stderr


NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="Node is not installed")


def run_node(service: Service, **environment: object) -> "subprocess.CompletedProcess[str]":
    return service.run(NODE, "--require", LOOKUP / "lookup.js", HERE / "till.js", **environment)


@needs_node
def test_a_node_till_pays(service: Service) -> None:
    done = run_node(service, NODE_EXTRA_CA_CERTS=service.authority.path)
    assert (done.stdout, done.stderr) == ("Captured\n", "")


@needs_node
def test_a_node_till_that_was_not_told_of_the_ca_does_not(service: Service) -> None:
    done = run_node(service)
    assert done.returncode != 0
    assert "UNABLE_TO_VERIFY_LEAF_SIGNATURE" in done.stderr or "unable to verify" in done.stderr


@pytest.mark.skipif(
    shutil.which("javac") is None, reason="Java is not installed, or can't run a source file"
)
def test_java_is_led_here_by_a_hosts_file_of_its_own_and_trusts_the_store(
    service: Service, tmp_path: Path
) -> None:
    hosts, store = tmp_path / "hosts", tmp_path / "ca.p12"
    hosts.write_text("127.0.0.1 api.mobilepay.dk\n")
    # In some locales Java finds no source file below a folder whose name is not ASCII.
    program = shutil.copy(HERE / "Ask.java", tmp_path)
    store.write_bytes(service.authority.export("p12"))
    done = service.run(
        "java",
        f"-Djdk.net.hosts.file={hosts}",
        f"-Djavax.net.ssl.trustStore={store}",
        f"-Djavax.net.ssl.trustStorePassword={TRUST_STORE_PASSWORD}",
        program,
        f"https://api.mobilepay.dk:{service.server.https_port}{DISCOVERY}",
    )
    assert done.stdout == "200\n", done.stderr
