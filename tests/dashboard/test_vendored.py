"""What others have written is there with its licence, and says how it was made."""

import json
import re

from tests.support import ROOT

VENDOR = ROOT / "simulator" / "dashboard" / "static" / "vendor"


def test_every_folder_has_a_licence_and_is_listed() -> None:
    folders = {path.name for path in VENDOR.iterdir() if path.is_dir()}
    listed = re.findall(
        r"^\| ([\w.-]+) \|", (VENDOR / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert folders == {*listed} - {"package"}
    for name in folders:
        assert (VENDOR / name / "LICENSE").is_file()


def test_the_editors_licence_names_every_package_that_is_in_it() -> None:
    made_from = json.loads((VENDOR / "codemirror" / "package.json").read_text("utf-8"))
    licence = (VENDOR / "codemirror" / "LICENSE").read_text("utf-8")
    named = re.findall(r"^(\S+): Copyright", licence, re.MULTILINE)
    assert sorted(made_from["dependencies"]) == sorted(named)
    versions = [*made_from["dependencies"].values(), *made_from["devDependencies"].values()]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", each) for each in versions)


def test_the_editor_takes_only_what_its_bundle_exports() -> None:
    static = VENDOR.parent
    used = set(re.findall(r"\beditor\.(\w+)", (static / "editor.js").read_text("utf-8")))
    source = re.sub(r"//.*", "", (VENDOR / "codemirror" / "index.js").read_text("utf-8"))
    exported = {
        name.strip() for names in re.findall(r"\{([^}]*)\}", source) for name in names.split(",")
    }
    assert used <= exported
