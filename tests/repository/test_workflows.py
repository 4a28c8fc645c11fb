"""CI, the release and the forms on GitHub agree with the project."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").iterdir())


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


CI, RELEASE = (read(GITHUB / "workflows" / f"{name}.yml") for name in ("ci", "release"))


def called(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job.get("steps", [])


def step_with(job: str, action: str) -> dict[str, Any]:
    """The step of a job of the release that uses an action."""
    (found,) = (
        each
        for each in RELEASE["jobs"][job]["steps"]
        if each.get("uses", "").partition("@")[0] == action
    )
    return dict(found)


def before(job: str) -> set[str]:
    """The jobs of the release that have to succeed before one begins."""
    needs = RELEASE["jobs"][job].get("needs", [])
    direct = {needs} if isinstance(needs, str) else set(needs)
    return direct.union(*map(before, direct))


# --- workflows --------------------------------------------------------------------------------


def test_ci_tests_every_python_that_is_supported() -> None:
    prefix = "Programming Language :: Python :: "
    supported = [it.removeprefix(prefix) for it in PROJECT["classifiers"] if it.startswith(prefix)]
    assert CI["jobs"]["pythons"]["strategy"]["matrix"]["python"] == supported


def test_ci_does_all_that_is_done_on_a_fresh_machine() -> None:
    runs = [each.get("run") for each in CI["jobs"]["everything"]["steps"]]
    assert "bash .ci/run" in runs


@pytest.mark.parametrize("path", WORKFLOWS, ids=called)
def test_every_action_has_a_version(path: Path) -> None:
    version = re.compile(r"[\w-]+/[\w-]+@(v\d+(\.\d+)*|release/v\d+|[0-9a-f]{40})")
    used = [each["uses"] for each in steps(read(path)) if "uses" in each]
    assert used
    assert [each for each in used if not version.fullmatch(each)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=called)
def test_no_command_is_put_together_of_what_others_wrote(path: Path) -> None:
    commands = [each["run"] for each in steps(read(path)) if "run" in each]
    assert commands
    assert [each for each in commands if "${{" in each] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=called)
def test_a_job_may_write_only_where_it_says_so(path: Path) -> None:
    workflow = read(path)
    assert set(workflow["permissions"].values()) <= {"read"}
    assert "pull_request_target" not in workflow[True]  # what YAML takes `on` for
    checkouts = [it for it in steps(workflow) if it.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert not any(each["with"]["persist-credentials"] for each in checkouts)


@pytest.mark.parametrize("path", [each for each in GITHUB.rglob("*") if each.is_file()], ids=called)
def test_no_file_names_a_host_but_this_machine(path: Path) -> None:
    hosts = re.findall(r"https?://([^/:\s]+)", path.read_text(encoding="utf-8"))
    assert set(hosts) <= {"127.0.0.1"}


@pytest.mark.parametrize(
    "path", [*WORKFLOWS, GITHUB / "pull_request_template.md", ROOT / "CONTRIBUTING.md"], ids=called
)
def test_every_make_target_that_is_named_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|run: )make ([\w-]+)", text))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    assert named
    assert named <= targets


# --- the release ------------------------------------------------------------------------------


def test_only_a_tag_releases() -> None:
    assert RELEASE[True] == {"push": {"tags": ["v*"]}}


@pytest.mark.parametrize("job", ["package", "publish", "image", "announce"])
def test_nothing_is_published_before_the_tag_is_checked_and_all_tests_pass(job: str) -> None:
    assert {"check", "test"} <= before(job)
    assert RELEASE["jobs"]["test"]["uses"] == "./.github/workflows/ci.yml"
    checks = [each.get("run", "") for each in RELEASE["jobs"]["check"]["steps"]]
    assert 'python .ci/release.py check "$GITHUB_REF_NAME"' in checks


def test_the_packages_are_published_without_a_password() -> None:
    publishing = step_with("publish", "pypa/gh-action-pypi-publish")
    assert RELEASE["jobs"]["publish"]["permissions"]["id-token"] == "write"
    assert "password" not in publishing.get("with", {})


def test_the_packages_are_attested_with_their_provenance_and_their_sbom() -> None:
    provenance = step_with("publish", "actions/attest-build-provenance")["with"]
    sbom = step_with("publish", "actions/attest-sbom")["with"]
    assert provenance["subject-path"] == sbom["subject-path"] == "dist/*"
    script = (ROOT / ".ci" / "dist.py").read_text(encoding="utf-8")
    folder, name = sbom["sbom-path"].split("/")
    assert f'HOME / "{folder}" / "{name}"' in script


def test_the_image_is_for_two_processors_and_attested_with_its_provenance_and_its_sbom() -> None:
    built = step_with("image", "docker/build-push-action")["with"]
    assert built["platforms"].split(",") == ["linux/amd64", "linux/arm64"]
    assert (built["sbom"], built["provenance"], built["push"]) == (True, "mode=max", True)
    attested = step_with("image", "actions/attest-build-provenance")["with"]
    assert (
        attested["subject-name"] == step_with("image", "docker/metadata-action")["with"]["images"]
    )
    assert attested["subject-digest"] == "${{ steps.built.outputs.digest }}"


def test_where_the_image_goes_is_told_by_the_repository_alone() -> None:
    login = step_with("image", "docker/login-action")["with"]
    named = step_with("image", "docker/metadata-action")["with"]["images"]
    told = re.compile(r"\$\{\{ (vars|secrets)\.\w+ \}\}")
    assert set(login) == {"registry", "username", "password"}
    assert [each for each in (*login.values(), named) if not told.fullmatch(each)] == []


def test_the_check_asks_for_every_variable_that_the_release_reads() -> None:
    text = (GITHUB / "workflows" / "release.yml").read_text(encoding="utf-8")
    asked = {name for each in RELEASE["jobs"]["check"]["steps"] for name in each.get("env", {})}
    assert asked
    assert set(re.findall(r"\bvars\.(\w+)", text)) == asked
    needed = asked | (set(re.findall(r"\bsecrets\.(\w+)", text)))
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert {name for name in needed if f"`{name}`" not in page} == set()


# --- forms ------------------------------------------------------------------------------------


def test_a_bug_report_needs_the_version_and_a_bundle() -> None:
    fields = read(GITHUB / "ISSUE_TEMPLATE" / "bug.yml")["body"]
    needed = {it.get("id") for it in fields if it.get("validations", {}).get("required")}
    assert {"version", "bundle"} <= needed
    (bundle,) = (each["attributes"] for each in fields if each.get("id") == "bundle")
    assert "/_simulator/bundle" in bundle["description"]
