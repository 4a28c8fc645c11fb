"""The CA: made once, whoever comes first; kept whole; told to clients in the forms they read."""

import errno
import os
import shutil
import ssl
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from mobilepay_simulator.server import authority
from mobilepay_simulator.server.authority import TRUST_STORE_PASSWORD, Unusable, open_authority

from tests import warm
from tests.support import ROOT, running_server

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")


def ca_command(*arguments: str, folder: Path) -> "subprocess.CompletedProcess[bytes]":
    return warm.run(
        [sys.executable, "-m", "simulator", "ca", *arguments, "--tls-dir", folder],
        cwd=ROOT,
        capture_output=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("there", [".", "a"])
def test_no_folder_is_left_where_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    folder = tmp_path / there
    folder.mkdir(exist_ok=True)
    monkeypatch.setattr(authority, "create_file", full)
    with pytest.raises(Unusable, match="No space left on device"):
        open_authority(folder / "b" / "c")
    assert list(folder.iterdir()) == []


# --- made once --------------------------------------------------------------------------------


def test_a_ca_is_made_on_first_use_and_is_the_same_ever_after(tmp_path: Path) -> None:
    first = open_authority(tmp_path / "new" / "folder")
    again = open_authority(tmp_path / "new" / "folder")
    assert first.certificate == again.certificate


def test_it_lasts_for_years_and_says_whose_it_is(tmp_path: Path) -> None:
    certificate = open_authority(tmp_path).certificate
    assert certificate.not_valid_after_utc > datetime(2037, 1, 1, tzinfo=UTC)
    assert "MobilePay PoS simulator" in certificate.subject.rfc4514_string()


def test_it_can_issue_certificates_for_servers_but_not_for_other_cas(tmp_path: Path) -> None:
    found = open_authority(tmp_path).certificate.extensions
    limits = found.get_extension_for_class(x509.BasicConstraints).value
    assert (limits.ca, limits.path_length) == (True, 0)


@POSIX
def test_only_its_owner_can_read_its_key_but_everybody_its_certificate(tmp_path: Path) -> None:
    home = open_authority(tmp_path).path.parent
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in (home, *home.iterdir())}
    assert modes == {"ca": 0o755, "ca.pem": 0o644, "ca-key.pem": 0o600}


def test_those_who_come_first_at_the_same_time_agree_on_one_and_leave_nothing_behind(
    tmp_path: Path,
) -> None:
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(open_authority, [tmp_path] * 64))
    assert len({each.certificate for each in found}) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["ca"]


def test_servers_that_start_at_the_same_time_show_certificates_of_one_ca(tmp_path: Path) -> None:
    options = ("--tls", "--tls-port", "0", "--tls-dir", str(tmp_path))
    with ThreadPoolExecutor(4) as threads:
        done = threads.map(lambda _: ca_command("export", folder=tmp_path).stdout, range(3))
        with running_server(*options) as server:
            exported = set(done)
            shown = ssl.get_server_certificate(("127.0.0.1", server.https_port))
    (pem,) = exported
    leaf, ca = x509.load_pem_x509_certificate(shown.encode()), x509.load_pem_x509_certificate(pem)
    leaf.verify_directly_issued_by(ca)


# --- no good ----------------------------------------------------------------------------------


def refusal(folder: Path) -> str:
    """The one line that is told of a folder that is no good."""
    with pytest.raises(Unusable) as found:
        open_authority(folder)
    assert "\n" not in str(found.value)
    assert str(found.value).startswith("--tls-dir: ")
    return str(found.value)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert "is a file, not a folder" in refusal(tmp_path / "file")
    assert str(tmp_path / "file" / "below") in refusal(tmp_path / "file" / "below")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder nobody can write to")
def test_a_folder_that_can_not_be_written_to_is_refused() -> None:
    assert "/proc/nowhere" in refusal(Path("/proc/nowhere"))


def another_key(home: Path) -> None:
    trustme.CA().private_key_pem.write_to_path(home / "ca-key.pem")


def encrypted_key(home: Path) -> None:
    key = load_pem_private_key((home / "ca-key.pem").read_bytes(), None)
    secret = BestAvailableEncryption(b"secret")
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret)
    (home / "ca-key.pem").write_bytes(pem)


def certificate_of_no_ca(home: Path) -> None:
    leaf = trustme.CA().issue_cert("localhost")
    leaf.cert_chain_pems[0].write_to_path(home / "ca.pem")
    leaf.private_key_pem.write_to_path(home / "ca-key.pem")


def half_a_certificate(home: Path) -> None:
    text = (home / "ca.pem").read_text()
    (home / "ca.pem").write_text(text[: len(text) // 2])


BROKEN = {
    "ca.pem: there is no certificate in PEM in it": half_a_certificate,
    "ca-key.pem: there is no key in PEM in it": lambda home: (home / "ca-key.pem").write_text(""),
    "ca-key.pem: No such file": lambda home: (home / "ca-key.pem").unlink(),
    "ca.pem: No such file": lambda home: (home / "ca.pem").unlink(),
    "ca-key.pem is not the key of ca.pem": another_key,
    "ca-key.pem: the key is encrypted": encrypted_key,
    "ca.pem is no certificate of a CA": certificate_of_no_ca,
}


@pytest.mark.parametrize("said", BROKEN)
def test_a_broken_ca_is_told_in_one_line_that_says_what_to_do(tmp_path: Path, said: str) -> None:
    home = open_authority(tmp_path).path.parent
    BROKEN[said](home)
    line = refusal(tmp_path)
    assert said in line
    assert f"delete {home} to have a new CA made" in line


def test_the_command_line_tells_a_broken_ca_in_one_line(tmp_path: Path) -> None:
    open_authority(tmp_path).path.write_text("")
    done = ca_command("export", folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)


# --- told to clients --------------------------------------------------------------------------


def test_its_certificate_is_printed_and_its_path_told_before_any_server_ran(
    tmp_path: Path,
) -> None:
    printed = ca_command("export", folder=tmp_path / "new").stdout
    path = Path(ca_command("path", folder=tmp_path / "new").stdout.decode().strip())
    assert printed == path.read_bytes()
    assert b"PRIVATE KEY" not in printed


def test_it_is_written_to_a_file_in_der(tmp_path: Path) -> None:
    output = tmp_path / "ca.der"
    assert (
        ca_command("export", "--format", "der", "--output", str(output), folder=tmp_path).stdout
        == b""
    )
    found = x509.load_der_x509_certificate(output.read_bytes())
    assert found == open_authority(tmp_path).certificate


@pytest.mark.skipif(shutil.which("keytool") is None, reason="keytool, of Java, is not installed")
def test_java_reads_it_as_a_trust_store(tmp_path: Path) -> None:
    output = tmp_path / "ca.p12"
    ca_command("export", "--format", "p12", "--output", str(output), folder=tmp_path)
    listed = subprocess.run(
        ["keytool", "-list", "-keystore", output, "-storepass", TRUST_STORE_PASSWORD],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "trustedCertEntry" in listed.stdout


def test_a_file_that_can_not_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    done = ca_command("export", "--output", str(tmp_path / "no" / "where"), folder=tmp_path)
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
    assert b"--output" in done.stderr


def test_a_certificate_is_issued_for_the_time_that_is_asked(tmp_path: Path) -> None:
    begins = datetime(2024, 1, 31, tzinfo=UTC)
    leaf = open_authority(tmp_path).issue(["localhost"], begins, begins + timedelta(days=7))
    found = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes())
    assert (found.not_valid_before_utc, found.not_valid_after_utc) == (
        begins,
        begins + timedelta(days=7),
    )
