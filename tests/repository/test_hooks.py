"""What is done before a commit is what `make lint` does."""

import os
import subprocess

import yaml

from tests.support import ROOT

(REPOSITORY,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]


def make(*arguments: str) -> list[str]:
    """What make would do for these targets, whatever make this test runs under."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    env.pop("VENV", None)
    done = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return done.stdout.splitlines()


def test_before_a_commit_the_same_is_done_as_by_make_lint() -> None:
    hooks = [each["entry"] for each in REPOSITORY["hooks"]]
    assert hooks == make("--old-file=.venv/lint.stamp", "--old-file=.venv/docs.stamp", "lint")


def test_each_hook_looks_at_the_whole_project_with_the_projects_own_tools() -> None:
    assert REPOSITORY["repo"] == "local"
    for hook in REPOSITORY["hooks"]:
        assert hook["entry"].startswith(".venv/bin/"), hook
        assert (hook["language"], hook["pass_filenames"]) == ("system", False), hook
