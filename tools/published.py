"""Published programs as their authors released them, in a folder for the board's sys.path.

Wheels are pinned in tools/requirements.txt and stand beside this Python. The older MicroPython
packages are archives that pip cannot install, for want of a build script: `unearth` fetches them,
once, into build/programs.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path, PurePosixPath

from tools.mp import BUILD

ARCHIVES = {
    "BlynkLib": "blynk-library-python==0.2.0",
    "phew": "micropython-phew==0.0.3",
    "uaiohttpclient": "micropython-uaiohttpclient==0.5.1",
    "umqtt.robust": "micropython-umqtt.robust==1.0",
    "umqtt.robust2": "micropython-umqtt.robust2==2.2.0",
    "umqtt.simple": "micropython-umqtt.simple==1.3.4",
    "umqtt.simple2": "micropython-umqtt.simple2==2.2.0",
    "urllib.urequest": "micropython-urllib.urequest==0.6.3",
}


def put(name: str, folder: Path) -> None:
    """Put a program that is imported as `name` into the folder."""
    if name in ARCHIVES:
        _unpack(_fetched(ARCHIVES[name]), folder)
    else:
        _link(name, folder)


def _fetched(requirement: str) -> Path:
    """The archive of `name==version`; two processes may fetch it at the same time."""
    archive = BUILD / "programs" / (requirement.replace("==", "-") + ".tar.gz")
    if not archive.exists():
        archive.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=archive.parent) as part:
            command = [sys.executable, "-m", "unearth", "--no-binary", "--download", part]
            subprocess.run([*command, requirement], check=True, stdout=subprocess.DEVNULL)
            (Path(part) / archive.name).replace(archive)
    return archive


def _unpack(archive: Path, folder: Path) -> None:
    """Its Python files, without the folder that holds all of it."""
    with tarfile.open(archive) as tar:
        for member in tar:
            parts = PurePosixPath(member.name).parts[1:]
            source = tar.extractfile(member) if member.isfile() else None
            if source and parts and parts[-1].endswith(".py") and ".." not in parts:
                target = folder.joinpath(*parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(source.read())


def _link(name: str, folder: Path) -> None:
    found = importlib.util.find_spec(name)
    assert found is not None and found.origin is not None, f"{name} is not installed"
    source = Path(found.origin)
    source = source.parent if source.name == "__init__.py" else source
    (folder / source.name).symlink_to(source)
