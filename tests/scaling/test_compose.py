"""`compose.scale.yaml`: the key that all simulators sign with is made by, and for, the image's user."""

import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.packaging.dockerfile import read_dockerfile
from tests.support import ROOT, Till, running_server

SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "compose.scale.yaml").read_text("utf-8"))[
    "services"
]
KEY, SIMULATOR = SERVICES["key"], SERVICES["mobilepay"]
FILE = SIMULATOR["environment"]["MOBILEPAY_SIM_SIGNING_KEY"]
FOLDER = str(Path(FILE).parent)


def make_key(folder: Path) -> Path:
    """Makes the key as the service does, but in another folder."""
    python, *arguments = KEY["entrypoint"]
    assert python == "python"
    here = [each.replace(FOLDER, str(folder)) for each in arguments]
    subprocess.run([sys.executable, *here], cwd=ROOT, check=True)
    return folder / Path(FILE).name


def test_the_key_is_made_before_the_simulators_start_by_the_user_they_run_as() -> None:
    assert SIMULATOR["depends_on"] == {"key": {"condition": "service_completed_successfully"}}
    assert KEY["image"] == SIMULATOR["image"]
    assert "user" not in {*KEY, *SIMULATOR}
    assert KEY["volumes"] == SIMULATOR["volumes"] == [f"keys:{FOLDER}"]


def test_the_folder_of_the_key_is_one_that_the_user_of_the_image_may_write_to() -> None:
    rows = read_dockerfile(ROOT / "Dockerfile")
    (workdir,) = (each.rest for each in rows if each.word == "WORKDIR" and each.rest != "/build")
    made = [name for each in rows for name in re.findall(r"mkdir -m 1777 (.*)", each.rest)]
    assert FOLDER in [f"{workdir}/{name}" for name in " ".join(made).split()]


def test_no_file_of_the_host_is_mounted_as_a_secret() -> None:
    # Its owner is somebody of the host, whose files the image's user may not read.
    whole = yaml.safe_load((ROOT / "compose.scale.yaml").read_text("utf-8"))
    assert "secrets" not in whole
    assert not any("secrets" in each for each in SERVICES.values())


def test_simulators_that_have_the_key_take_each_others_tokens(tmp_path: Path) -> None:
    key = make_key(tmp_path)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 or sys.platform == "win32"
    content = key.read_bytes()
    options = ("--signing-key", str(key), "--public-url", "http://localhost:8080")
    with running_server(*options) as one, running_server(*options) as two:
        with httpx.Client(base_url=one.url) as http:
            token = Till(http).token()
        headers = {
            "Authorization": f"Bearer {token}",
            "X-MobilePay-Client-System-Version": "1.0.0",
        }
        assert httpx.get(f"{two.url}/pos/v10/stores", headers=headers).status_code == 200
    assert make_key(tmp_path).read_bytes() == content
    assert list(tmp_path.iterdir()) == [key]
