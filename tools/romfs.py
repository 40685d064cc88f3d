"""Builds the ROMFS image of the driver: `python -m tools.romfs FILE`, after `make mpy`.

It holds lib/bc25/*.mpy, so that a board that mounts it on /rom imports the driver from there and
runs it in place: only what changes takes heap.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import mpy
from tools.mp import MPY


def build(image: Path) -> None:
    """Write the image of what is compiled."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "lib" / "bc25"
        folder.mkdir(parents=True)
        for name in mpy.modules():
            shutil.copy(MPY / "bc25" / f"{name}.mpy", folder)
        pack(Path(scratch), image)


def pack(folder: Path, image: Path) -> None:
    """Write the image of a folder as it is."""
    command = [sys.executable, "-m", "mpremote", "romfs", "--no-mpy", "--output", str(image)]
    subprocess.run([*command, "build", str(folder)], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
    print(f"{sys.argv[1]}: {Path(sys.argv[1]).stat().st_size} bytes")
