"""What a user downloads: `python -m tools.release [FOLDER]`, after `make mpy`.

The folder, build/release unless another is named, is to be uploaded as it is:

- package.json and *.mpy: `mpremote mip install URL/package.json`
- bc25.romfs: `mpremote romfs deploy bc25.romfs`
- bc25_stubs-*.whl: `pip install` of it has mypy and Pylance know the driver
- SHA256SUMS: `sha256sum -c SHA256SUMS`
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import mpy, romfs
from tools.mp import BUILD, MPY, ROOT

STUBS = "bc25-stubs"
PYPROJECT = """
[build-system]
requires = ["flit_core >=3.11"]
build-backend = "flit_core.buildapi"

[project]
name = "{name}"
version = "{version}"
description = "Type stubs of bc25, a MicroPython driver for Quectel BC25/BC32 modules"
license = "MIT"
license-files = ["LICENSE"]
requires-python = ">=3.9"
"""


class Failed(Exception):
    """There is no release; the text says what it lacks."""


def build(folder: Path) -> None:
    """Fill `folder` anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    compiled(folder)
    romfs.build(folder / "bc25.romfs")
    stubs(folder)
    checksums(folder)


def compiled(folder: Path) -> None:
    """The .mpy files and the package.json that names them: no folders, as releases have none."""
    for name in mpy.modules():
        shutil.copy(MPY / "bc25" / f"{name}.mpy", folder)
    urls = [(f"bc25/{name}.mpy", f"{name}.mpy") for name in mpy.modules()]
    mpy.write(folder / "package.json", mpy.package(urls))


def stubs(folder: Path) -> None:
    """The wheel of a stub-only package (PEP 561)."""
    sources = sorted(mpy.DRIVER.glob("*.pyi"))
    if not sources:
        raise Failed("lib/bc25 holds no .pyi files to make the type stubs of")
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch)
        (project / STUBS).mkdir()
        for source in sources:
            shutil.copy(source, project / STUBS)
        shutil.copy(ROOT / "LICENSE", project)
        text = PYPROJECT.format(name=STUBS, version=mpy.version())
        (project / "pyproject.toml").write_text(text)
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps",
                   "--no-build-isolation", "--disable-pip-version-check"]  # fmt: skip
        subprocess.run([*command, "--wheel-dir", str(folder), scratch], check=True)


def checksums(folder: Path) -> None:
    """SHA256SUMS of all that is there, as sha256sum writes it."""
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(folder.iterdir())
    ]
    (folder / "SHA256SUMS").write_text("".join(sums))


def main() -> None:
    """Build it and say what there is."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else BUILD / "release"
    try:
        build(folder)
    except Failed as error:
        sys.exit(str(error))
    for path in sorted(folder.iterdir()):
        print(f"{path.stat().st_size:7}  {path.name}")
    print(f"all in {folder}")


if __name__ == "__main__":
    main()
