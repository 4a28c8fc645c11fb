"""Builds what is released: source distribution and wheel in dist/, the wheel's SBOM in build/.

The wheel is built from the source distribution, so that what is missing in the one fails here. The
SBOM (CycloneDX) lists the versions that the wheel gets when it is installed now.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HOME = Path(__file__).parent.parent
DIST = HOME / "dist"
SBOM = HOME / "build" / "sbom.cdx.json"


def main() -> int:
    """Writes all files, and returns the exit code of what failed, or 0."""
    shutil.rmtree(DIST, ignore_errors=True)
    try:
        python("-m", "build", "--outdir", str(DIST), str(HOME))
        (wheel,) = DIST.glob("*.whl")
        with TemporaryDirectory() as folder:
            write_sbom(wheel, Path(folder))
    except subprocess.CalledProcessError as error:
        print(f"make dist: {' '.join(map(str, error.cmd))} failed", file=sys.stderr)
        return error.returncode
    for path in (*sorted(DIST.iterdir()), SBOM):
        print(f"{path.relative_to(HOME)}: {path.stat().st_size:,} bytes")
    return 0


def write_sbom(wheel: Path, environment: Path) -> None:
    """Installs the wheel into a new environment without pip, and lists what is in it then.

    Raises:
        subprocess.CalledProcessError: a step failed; it has said why.
    """
    python("-m", "venv", "--without-pip", str(environment))
    pip = ("-m", "pip", "--quiet", "--disable-pip-version-check", "--python", str(environment))
    # By name: of what is installed by its path, the path would be in the SBOM.
    name, version, *_ = wheel.name.split("-")
    python(*pip, "install", "--find-links", str(wheel.parent), f"{name}=={version}")
    SBOM.parent.mkdir(exist_ok=True)
    options = ("--output-reproducible", "--output-file", str(SBOM))
    python("-m", "cyclonedx_py", "environment", *options, str(environment))


def python(*arguments: str) -> None:
    """Runs this Python with these arguments; what it prints is shown."""
    subprocess.run([sys.executable, *arguments], check=True)


if __name__ == "__main__":
    sys.exit(main())
