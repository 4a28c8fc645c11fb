"""The command line: options, variables, files; and what goes wrong is said in one line."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from mobilepay_simulator.settings.settings import settings_table

from tests.support import CLIENT_ID, ROOT, SECRET, RunningServer, running_server, stop
from tests.support import cli as run


def refused(*arguments: str, env: dict[str, str] | None = None) -> str:
    """The one line a wrong call is answered with."""
    done = run(*arguments, env=env)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_help_shows_every_setting_with_its_variable() -> None:
    shown = run("serve", "--help").stdout
    joined = "".join(shown.split())
    for setting in settings_table():
        assert setting.flag in shown
        assert setting.variable in joined


def test_help_is_shown_without_importing_the_server() -> None:
    code = "import sys; from mobilepay_simulator import cli; print([m for m in ('flask', 'uvicorn', 'faker', 'cryptography', 'trustme') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


BAD_OPTIONS = [
    (("serve", "--port", "abc"), "--port"),
    (("serve", "--port", "70000"), "--port"),
    (("serve", "--time-scale", "-1"), "--time-scale"),
    (("serve", "--time-scale", "nan"), "--time-scale"),
    (("serve", "--check-in-lifetime", "5"), "500ms, 2s, 10m"),
    (("serve", "--start-time", "yesterday"), "--start-time"),
    (("serve", "--start-time", "2024-01-01T00:00:00"), "zone"),
    (("serve", "--start-time", "9999-12-31T00:00:00Z"), "1970 to 2999"),
    (("serve", "--log-format", "xml"), "--log-format"),
    (("serve", "--integrator", "no-secret"), "CLIENT_ID:SECRET"),
    (("serve", "--integrator", "a:b@bad name"), "--integrator"),
    (("serve", "--opening-balance", "0.001"), "two decimals"),
    (("serve", "--max-sandboxes", "0"), "--max-sandboxes"),
    (("serve", "--scenario", "sucess"), "did you mean 'success'"),
    (("serve", "--scenarios", "/nowhere"), "/nowhere"),
    (("serve", "--data", "/nowhere.yaml"), "/nowhere.yaml"),
    (("serve", "--signing-key", "/nowhere.pem"), "/nowhere.pem"),
    (("serve", "--signing-key", "README.md"), "README.md"),
    (("serve", "--host", "256.0.0.1"), "--host"),
    (("serve", "--tls-dir", ""), "'--tls-dir' (env var: 'MOBILEPAY_SIM_TLS_DIR'): names no file"),
    (("scenario", "check", ""), "'FILE...': names no file or folder"),
    (("sweep", "--html", "", "--", "true"), "'--html': names no file or folder"),
    (("report", "--output", ""), "'--output': names no file or folder"),
    (("serve", "--host", "a\u200db"), "--host"),
    (("serve", "--host", "a\udcff"), "--host"),
    (("serve", "--port-file", "/nowhere/port", "--port", "0"), "--port-file"),
    (("serve", "--config", "/nowhere.yaml"), "/nowhere.yaml"),
    (("serve", "--prot", "1"), "--port"),
    (("serve", "--tls-port", "8443"), "--tls-port: needs --tls"),
    (("serve", "--tls-dir", "tls"), "--tls-dir: needs --tls"),
    (("serve", "--host", ""), "--host: must not be empty"),
    (("serve", "--seed", str(2**53 + 1)), "--seed: must be from -2^53 to 2^53"),
    (("serve", "--seed", str(-(2**53) - 1)), "--seed: must be from -2^53 to 2^53"),
    (("serve", "--blocked-versions", "v1.0.0"), "--blocked-versions: expected a version"),
    (("serve", "--blocked-versions", "1.0.*"), "--blocked-versions: expected a version"),
    (("serve", "--blocked-versions", "1.0.0.0"), "--blocked-versions: expected a version"),
    (("serve", "--tls", "--tls-port", "70000"), "--tls-port: must be 0 to 65535"),
    (("serve", "--tls-cert", "cert.pem"), "--tls-cert: needs --tls"),
    (("serve", "--tls", "--tls-key", "key.pem"), "--tls-key: needs --tls-cert"),
    (("serve", "--tls", "--tls-cert", "/nowhere.pem"), "--tls-cert: /nowhere.pem: No such file"),
    (("serve", "--tls", "--tls-cert", "README.md"), "--tls-cert: README.md: there is no certi"),
    (("serve", "--tls", "--tls-hosts", "https://x"), "--tls-hosts: expected a host name"),
    (("serve", "--tls", "--tls-dir", "README.md"), "--tls-dir: README.md is a file, not a folder"),
    (("serve", "--allowed-hosts", "a_b.test"), "--allowed-hosts: expected a host name"),
    (("serve", "--public-url", "pos.example"), "--public-url: expected an http:// or https:// URL"),
    (("serve", "--public-url", "https://:80"), "--public-url: expected an http:// or https:// URL"),
    (("serve", "--public-url", "http://a b"), "--public-url: a URL has no spaces"),
    (("serve", "--public-url", "http://h/x y"), "--public-url: a URL has no spaces"),
    (
        ("serve", "--public-url", "http://x/y?z"),
        "--public-url: paths are put behind it, so it can have no query",
    ),
    (
        ("serve", "--public-url", "http://x/y#z"),
        "--public-url: paths are put behind it, so it can have no fragment",
    ),
    (("report", "--output", "-"), "'-' is no file here; ./- is one of that name"),
    (("serve", "--control-token", ""), "--control-token: only letters"),
    (("ca", "export", "--tls-dir", "README.md"), "--tls-dir: README.md is a file, not a folder"),
    (("ca", "export", "--format", "jks"), "--format"),
    (("sevre",), "serve"),
    (("scenario", "check", "/nowhere.yaml"), "/nowhere.yaml"),
]


@pytest.mark.parametrize(("arguments", "named"), BAD_OPTIONS)
def test_a_bad_option_is_refused_in_one_line_that_names_it(
    arguments: tuple[str, ...], named: str
) -> None:
    # Another test may be using the default port.
    free = ("--port", "0") if arguments[0] == "serve" and "--port" not in arguments else ()
    done = run(arguments[0], *free, *arguments[1:])
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
    assert named in done.stderr


BAD_VARIABLES = [
    ("PORT", "abc"),
    ("PORT", "99999"),
    ("PORT_FILE", "/nowhere/port"),
    ("HOST", ":::"),
    ("SCENARIO", "sucess"),
    ("SCENARIOS", "/nowhere"),
    ("DATA", "/nowhere.yaml"),
    ("DATA_DIR", "/proc/nowhere"),
    ("SIGNING_KEY", "/nowhere.pem"),
    ("CALLBACK_CA", "/nowhere.pem"),
    ("CONFIG", "/nowhere.yaml"),
    ("TIME_SCALE", "-1"),
    ("MAX_BODY", "0"),
    ("JOURNAL_SIZE", "-1"),
    ("TLS", "perhaps"),
    ("TLS_PORT", "8443"),
    ("INTEGRATOR", "no-secret"),
    ("PUBLIC_URL", "pos.example"),
    ("CONTROL_TOKEN", "not so secret"),
]


@pytest.mark.parametrize(("name", "value"), BAD_VARIABLES)
def test_a_bad_variable_is_refused_in_one_line_that_names_it(name: str, value: str) -> None:
    variable = f"MOBILEPAY_SIM_{name}"
    free = () if name == "PORT" else ("--port", "0")
    said = refused("serve", *free, env={variable: value})
    assert re.search(rf"\b{variable}\b", said)
    assert name != "CONTROL_TOKEN" or value not in said


def test_a_variable_that_an_option_wins_over_is_not_named() -> None:
    said = refused("serve", "--port", "0", "--max-body", "0", env={"MOBILEPAY_SIM_MAX_BODY": "0"})
    assert said == "mobilepay-sim: --max-body: must be at least 1\n"


def test_a_port_in_use_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused("serve", "--port", str(port))
    assert f"127.0.0.1:{port} is in use; stop what listens there, or choose another --port" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--scenario", "sucess"), "--scenario: no scenario 'sucess'; did you mean 'success'?"),
        (("--data", "nowhere.yaml"), "nowhere.yaml: no such file"),
    ],
)
def test_a_mistake_in_the_settings_is_said_before_a_port_in_use(
    options: tuple[str, ...], said: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert refused("serve", "--port", str(port), *options) == f"mobilepay-sim: {said}\n"


def test_all_settings_that_are_wrong_are_said_at_once() -> None:
    wrong = ("--port", "70000", "--max-body", "0", "--log-format", "xml", "--tls-key", "key.pem")
    done = run("serve", *wrong)
    assert (done.returncode, done.stderr.splitlines()) == (
        2,
        [
            "mobilepay-sim: --port: must be 0 to 65535, not 70000",
            "--log-format: must be text, json or none, not 'xml'",
            "--max-body: must be at least 1",
            "--tls-key: needs --tls",
        ],
    )


def test_a_control_token_that_is_no_good_is_refused_without_being_shown() -> None:
    said = refused("serve", "--port", "0", "--control-token", "not so secret")
    assert "--control-token: only letters, digits and -._~+/= are allowed" in said
    assert "secret" not in said


def test_a_port_for_https_in_use_is_said_in_one_line(tmp_path: Path) -> None:
    folder = ("--tls", "--tls-dir", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = refused("serve", "--port", "0", *folder, "--tls-port", port)
    assert f"127.0.0.1:{port} is in use; " in said
    assert "choose another --tls-port" in said


def test_one_port_for_both_is_told_as_that(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    tls = ("--tls", "--tls-dir", str(tmp_path), "--tls-port", port)
    said = refused("serve", "--port", port, *tls)
    assert f"--port and --tls-port are both {port}; choose another for one of them" in said


def bad_pair(folder: Path, key: bytes) -> str:
    """What is said of a certificate with a key that is no good."""
    certificate = folder / "cert.pem"
    trustme.CA().issue_cert("localhost").cert_chain_pems[0].write_to_path(certificate)
    (folder / "key.pem").write_bytes(key)
    files = ("--tls-cert", str(certificate), "--tls-key", str(folder / "key.pem"))
    return refused("serve", "--port", "0", "--tls", "--tls-port", "0", *files)


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    other = trustme.CA().issue_cert("localhost").private_key_pem.bytes()
    assert "--tls-key: " in (said := bad_pair(tmp_path, other))
    assert "key.pem is not the key of " in said


def test_a_key_with_a_passphrase_is_refused_and_nobody_asks_for_one(tmp_path: Path) -> None:
    key = load_pem_private_key(trustme.CA().private_key_pem.bytes(), None)
    secret = BestAvailableEncryption(b"secret")
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret)
    said = bad_pair(tmp_path, encrypted)
    assert "the key is encrypted; take the passphrase off with `openssl pkey`" in said


def test_a_certificate_without_its_key_is_refused(tmp_path: Path) -> None:
    certificate = tmp_path / "cert.pem"
    trustme.CA().issue_cert("localhost").cert_chain_pems[0].write_to_path(certificate)
    said = refused("serve", "--port", "0", "--tls", "--tls-cert", str(certificate))
    assert f"--tls-key: {certificate}: there is no key in PEM in it" in said


def test_options_win_over_variables_and_variables_over_the_file(tmp_path: Path) -> None:
    config = tmp_path / "settings.yaml"
    config.write_text("seed: 5\nscenario: manual\ntime_scale: 0\n")
    env = {"MOBILEPAY_SIM_SEED": "6", "MOBILEPAY_SIM_SCENARIO": "rejection"}
    with running_server("--config", str(config), "--seed", "7", env=env) as server:
        health = httpx.get(f"{server.url}/_simulator/health").json()
        assert (health["seed"], health["scenario"]) == (7, "rejection")
        assert httpx.get(f"{server.url}/_simulator/clock").json()["scale"] == 0


def test_mistakes_in_the_settings_file_are_told_with_their_lines(tmp_path: Path) -> None:
    config = tmp_path / "settings.yaml"
    config.write_text("sede: 5\nport: many\nblocked_versions: ['1.2', '1.3']\n")
    done = run("serve", "--port", "0", "--config", str(config))
    assert done.returncode == 2
    assert f"{config}:1:1: unknown setting 'sede'; did you mean 'seed'?" in done.stderr
    assert f"{config}:2:7: port: expected a whole number" in done.stderr


def test_mistakes_in_scenario_files_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("summary: x\nsteps:\n  - do: acept\n")
    done = run("serve", "--port", "0", "--scenarios", str(tmp_path))
    assert done.returncode == 2
    assert "mine.yaml:3:9" in done.stderr
    assert "did you mean 'accept'" in done.stderr


def test_port_0_says_in_one_line_and_in_a_file_which_port_it_became(tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    with running_server("--port-file", str(port_file)) as server:
        assert port_file.read_text() == f"{server.port}\n"
        assert httpx.get(f"{server.url}/_simulator/health").status_code == 200


def test_a_command_that_speaks_plain_http_to_the_port_for_https_is_told_so(tmp_path: Path) -> None:
    options = ("--tls", "--tls-port", "0", "--tls-dir", str(tmp_path))
    with running_server(*options) as server:
        plain = server.https_url.replace("https", "http")
        for line in (("payments", "--url", plain), ("audit", plain)):
            assert "was answered 400: This port speaks HTTPS" in (said := refused(*line))
            assert "write https:// in the URL" in said


def test_the_line_for_machines_tells_the_url_and_port_of_https_where_it_is_served(
    tmp_path: Path,
) -> None:
    options = ("--tls", "--tls-port", "0", "--tls-dir", str(tmp_path))
    with running_server(*options) as server:
        assert server.https_url == f"https://127.0.0.1:{server.https_port}"
        assert server.https_port not in (0, server.port)
    with running_server() as server:
        assert (server.https_url, server.https_port) == ("", 0)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_the_server_cleanly(number: signal.Signals) -> None:
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip("what `nohup` starts ignores it")
    with running_server() as server:
        assert httpx.get(f"{server.url}/_simulator/health").status_code == 200
        server.process.send_signal(number)
        assert server.process.wait(10) == 0
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{server.url}/_simulator/health")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_server_that_is_to_outlive_its_terminal_does(tmp_path: Path) -> None:
    file = tmp_path / "port"
    serve = [sys.executable, "-m", "simulator", "serve", "--port", "0", "--port-file", str(file)]
    with subprocess.Popen(
        ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *serve],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        process.send_signal(signal.SIGHUP)
        assert httpx.get(f"{url}/_simulator/health").is_success
        assert file.exists()
        assert stop(process) == 0
    assert not file.exists()


def serve_and_read(*options: str, calls: int) -> tuple[str, list[str]]:
    """Starts a server, makes calls, and returns its banner and its log lines."""
    command = [sys.executable, "-m", "simulator", "serve", "--port", "0", *options]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        for _ in range(calls):
            httpx.get(f"{url}/_simulator/health")
        stop(process)
        written = process.stderr.read() if process.stderr else ""
    banner, _, log = written.partition("Ctrl-C stops it.\n")
    return banner, [line for line in log.splitlines() if line]


def test_the_banner_shows_url_credentials_scenario_and_commands_to_try() -> None:
    banner, _ = serve_and_read("--scenario", "rejection", calls=0)
    assert "http://127.0.0.1:" in banner
    assert "11111111-2222-4333-8444-555555555555" in banner
    assert "sandbox-secret" in banner
    assert "rejection" in banner
    assert banner.count("curl") >= 2
    assert "moves no money" in banner


@pytest.mark.parametrize(("host", "is_told"), [("0.0.0.0", True), ("127.0.0.1", False)])
def test_the_banner_says_where_a_server_listens_on_all_addresses(host: str, is_told: bool) -> None:
    banner, _ = serve_and_read("--host", host, calls=0)
    assert ("all addresses" in banner) is is_told


def test_the_banner_shows_the_secret_that_the_seeded_integrator_was_given() -> None:
    banner, _ = serve_and_read("--integrator", f"{CLIENT_ID}:my-own-secret", calls=1)
    assert f"curl -u {CLIENT_ID}:my-own-secret" in banner
    assert SECRET not in banner


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("MOBILEPAY_SIM_SED", "did you mean 'MOBILEPAY_SIM_SEED'?"),
        ("MOBILEPAY_SIM_SEED", ""),
        ("MOBILEPAY_SIM_URL", ""),
        ("MOBILEPAY_SIM_SWEEP_FOLDER", ""),
    ],
)
def test_a_variable_that_no_setting_has_is_told(name: str, hint: str) -> None:
    said = run("serve", "--port", "-1", env={name: "5"}).stderr
    assert (f"no setting has the variable {name}" in said) is bool(hint)
    assert hint in said


def test_the_banner_shows_where_https_is_served_and_whose_certificate_it_is(
    tmp_path: Path,
) -> None:
    banner, _ = serve_and_read("--tls", "--tls-port", "0", "--tls-dir", str(tmp_path), calls=0)
    assert " and https://127.0.0.1:" in banner
    assert f"issued by {tmp_path / 'ca' / 'ca.pem'}" in banner


def test_requests_are_logged_readably() -> None:
    _, log = serve_and_read(calls=2)
    assert len(log) == 2
    assert "200  GET    /_simulator/health" in log[0]


def test_requests_are_logged_as_json() -> None:
    _, log = serve_and_read("--log-format", "json", calls=1)
    line = json.loads(log[0])
    assert (line["method"], line["path"], line["status"]) == ("GET", "/_simulator/health", 200)
    assert line["ms"] >= 0
    assert abs(line["time"] - time.time()) < 60


def test_requests_are_not_logged_where_that_is_wanted() -> None:
    _, log = serve_and_read("--log-format", "none", calls=2)
    assert log == []


def test_scenarios_are_listed() -> None:
    shown = run("scenario", "list").stdout
    assert "rejection" in shown
    assert "platform-sunset" in shown


def test_scenario_files_are_checked(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("summary: fine\n")
    bad.write_text("summary: not\nstep: []\n")
    done = run("scenario", "check", str(good), str(bad))
    assert done.returncode == 2
    assert "good is fine" in done.stdout
    assert f"{bad}:2:1" in done.stderr
    assert "did you mean 'steps'" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize(
    "arguments",
    ["scenario list", "--help", "--version", "scenario play success", "scenario schema", "serve"],
)
def test_a_full_disk_under_standard_output_is_told_in_one_line(arguments: str) -> None:
    command = [sys.executable, "-m", "simulator", *arguments.split()]
    command += ["--port", "0"] if arguments == "serve" else []
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    problem = "standard output can't be written: No space left on device"
    assert (done.returncode, done.stderr) == (2, f"mobilepay-sim: {problem}\n")


def test_the_version_is_told() -> None:
    assert "mobilepay-sim" in run("--version").stdout


def test_the_same_seed_gives_the_same_world_in_every_run() -> None:
    worlds = []
    for seed in ("7", "7", "8"):
        with running_server("--seed", seed) as server:
            worlds.append(httpx.get(f"{server.url}/_simulator/merchants").json())
    assert worlds[0] == worlds[1]
    assert worlds[0] != worlds[2]


def test_a_world_begins_at_the_time_that_is_set() -> None:
    options = ("--start-time", "2024-01-31T12:00:00Z", "--time-scale", "0")
    with running_server(*options) as server:
        now = httpx.get(f"{server.url}/_simulator/clock").json()["now"]
    assert now == "2024-01-31T12:00:00.000Z"


def test_time_passes_as_fast_as_it_is_set() -> None:
    with running_server("--time-scale", "1000000") as server:
        first = httpx.get(f"{server.url}/_simulator/clock").json()["now"]
        assert httpx.get(f"{server.url}/_simulator/clock").json()["now"] > first


def test_a_sweep_without_a_command_shows_an_example() -> None:
    assert "mobilepay-sim sweep -- python till.py --url {url}" in refused("sweep")


@pytest.mark.parametrize(
    "arguments",
    [("ca", "export"), ("audit", "http://127.0.0.1:1"), ("ledger", "http://127.0.0.1:1")],
)
def test_a_file_without_its_option_is_told_the_option(arguments: tuple[str, ...]) -> None:
    said = refused(*arguments, "some.file")
    assert "'some.file'" in said
    assert "--output FILE" in said


#: More letters than anything has.
LONG = "a" * 100_000
LONG_LINES = [
    (("queue", LONG), "no scenario 'aaa"),
    (("queue", f"{LONG}.txt"), "is a path, and no scenario"),
    (("queue", f"{LONG}.yaml"), "File name too long"),
    (("queue", ""), "'SCENARIO|FILE': is empty"),
    (("timeline", LONG), "can't be sent"),
    (("explain", LONG), "Invalid value"),
    (("clock", f"--{LONG}=1"), "No such option"),
    ((LONG,), "No such command 'aaa"),
]


@pytest.mark.parametrize(("line", "words"), LONG_LINES, ids=lambda each: str(each)[:30])
def test_an_argument_without_end_is_not_said_again(
    server: RunningServer, line: tuple[str, ...], words: str
) -> None:
    said = refused(*line, env={"MOBILEPAY_SIM_URL": server.url})
    assert words in said
    assert "no simulator answers" not in said
    assert len(said) < 500
