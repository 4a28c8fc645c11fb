"""What people do with the simulator works on machines that are not like the developer's.

Each oddity is a few words of shell before the command, or variables. All of it happens in a folder whose name
has a blank and a letter that is not ASCII, in a copy of what a checkout has.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import pytest

from tests.docs.pages import blocks
from tests.support import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="oddities of POSIX")

WITHOUT_IPV6 = """\
[ ! -e /proc/net/if_inet6 ] || echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6
ip link set lo up
exec "$@"
"""
BEFORE_A_NEW_YEAR = """\
moment=$(date -u -d "$(date -u +%Y)-12-31 23:59:57" +%s)
exec faketime -m -f "+$((moment - $(date +%s)))s" "$@"
"""
#: The number of the user nobody, and of its group.
NOBODY = 65534


@dataclass(frozen=True)
class Machine:
    """A machine that is odd.

    Args:
        first: words of shell that make it so.
        variables: of its environment; None for one that is not set.
        within: the program that runs the errand, with its arguments.
    """

    first: str = ":"
    variables: dict[str, str | None] = field(default_factory=dict)
    within: tuple[str, ...] = ()

    def run(self, errand: str, folder: Path) -> "subprocess.CompletedProcess[str]":
        """Runs an errand in a folder, once it is sure that there can be such a machine here."""
        python = self._python() if self.within else sys.executable
        return self._run(python, f"{self.first}\n{SHORTHANDS}\n{errand}", folder)

    def _python(self) -> str:
        """The Python to use: another user may not be allowed to run ours, but Debian's."""
        said = ""
        for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
            done = self._run(python, '"$PYTHON" -c "import asyncio, msgspec, uvloop"', Path("/"))
            said += done.stderr
            if done.returncode == 0:
                return python
        pytest.skip(f"there can't be such a machine here: {said}")

    def _run(self, python: str, commands: str, folder: Path) -> "subprocess.CompletedProcess[str]":
        packages = sysconfig.get_path("purelib")
        mixed = {**os.environ, "PYTHON": python, "PYTHONPATH": packages, **self.variables}
        return subprocess.run(
            [*self.within, "sh", "-euc", commands],
            cwd=folder,
            env={name: value for name, value in mixed.items() if value is not None},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=120,
            check=False,
        )


MACHINES = {
    "in the background of a script": Machine("trap '' INT HUP"),
    "locale C, east of all others": Machine(
        variables={"LC_ALL": "C", "LANG": None, "TZ": "Pacific/Kiritimati"}
    ),
    "ASCII and nothing else, half an hour off": Machine(
        variables={
            "LC_ALL": "C",
            "PYTHONUTF8": "0",
            "PYTHONCOERCECLOCALE": "0",
            "PYTHONIOENCODING": "ascii",
            "TZ": "America/St_Johns",
        }
    ),
    "just before a new year": Machine(within=("sh", "-euc", BEFORE_A_NEW_YEAR, "sh")),
    "umask 077, a home that can't be written": Machine("umask 077", {"HOME": "/proc/nobody"}),
    "256 files, no home": Machine("ulimit -n 256", {"HOME": None}),
    "standard input closed": Machine("exec <&-"),
    "standard output closed": Machine("exec >&-"),
    "all standard streams closed": Machine("exec <&- >&- 2>&-"),
    "no IPv6": Machine(within=("unshare", "--net", "sh", "-euc", WITHOUT_IPV6, "sh")),
    "the user nobody": Machine(
        variables={"HOME": "/nonexistent"},
        within=("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    ),
}

SHORTHANDS = """\
python() { "$PYTHON" "$@"; }
mobilepay_sim() { python -m simulator "$@"; }
"""
#: The payment's customer acts in tenths of a second; the till is the one of examples/.
ERRANDS = {
    "serves a payment, and ends on Ctrl-C": """\
"$PYTHON" -m simulator serve --port 0 --port-file port --time-scale 10 --poll-delay 100ms &
server=$!
trap 'kill $server' EXIT
until [ -s port ]; do kill -0 $server; sleep 0.05; done
python examples/python/till.py --url http://127.0.0.1:$(cat port) pay 10.50
kill -INT $server
wait $server
trap - EXIT
""",
    "plays a scenario": "mobilepay_sim scenario play lost-response-initiate",
    "certifies": """\
mobilepay_sim certify --demo --case certify-token-expired --port 0 --html 'rapport æ.html'
test -s 'rapport æ.html'
""",
    "sweeps": """\
mobilepay_sim sweep --only 'CapturePayment#1:lost-response' --html 'sweep æ.html' -- \\
  "$PYTHON" "$PWD/examples/python/till.py" --url {url} pay 10.50
test -s 'sweep æ.html'
""",
    "tests with pytest": """\
export PYTEST_DISABLE_PLUGIN_AUTOLOAD=1
python -m pytest -p mobilepay_simulator.testing.pytest_plugin -p no:cacheprovider test_till.py
""",
}


@pytest.fixture(scope="module")
def checkout() -> Iterator[Path]:
    """A copy of what a checkout has, which everybody can read."""
    # Not below pytest's own folder, which is for one user only.
    with tempfile.TemporaryDirectory(prefix="kasse æ ") as name:
        folder = Path(name)
        for part in ("simulator", "scenarios", "examples"):
            shutil.copytree(ROOT / part, folder / part)
        test = blocks("README.md", "python")[0]
        (folder / "test_till.py").write_text(test, encoding="utf-8")
        for each in (folder, *folder.rglob("*")):
            each.chmod(0o777 if each.is_dir() else 0o644)
        yield folder


#: pytest itself does not start where its output is closed.
CASES = [
    pytest.param(machine, errand, id=f"{machine}: {errand}")
    for machine, errand in product(MACHINES, ERRANDS)
    if "pytest" not in errand
    or not any(each in MACHINES[machine].first for each in (">&-", "2>&-"))
]


@pytest.mark.parametrize("machine, errand", CASES)
def test_it_works_on_an_odd_machine(checkout: Path, machine: str, errand: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="run æ ", dir=checkout))
    folder.chmod(0o777)
    for part in ("simulator", "scenarios", "examples", "test_till.py"):
        (folder / part).symlink_to(checkout / part)
    # By the name under which it is installed, as pytest is to load its plugin.
    (folder / "mobilepay_simulator").symlink_to(checkout / "simulator")
    done = MACHINES[machine].run(ERRANDS[errand], folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
