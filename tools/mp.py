"""Where the MicroPython interpreter is."""

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UNIX = ROOT / "boards" / "unix"
BUILD = ROOT / "build"
MPY = BUILD / "mpy"
SHIMS = ROOT / "tools" / "shims"  # what stands in for hardware in the interpreter


def interpreter() -> str:
    """The path in MICROPYTHON, or the interpreter installed beside this Python."""
    beside = Path(sys.executable).parent / "micropython"
    path = os.environ.get("MICROPYTHON") or (str(beside) if beside.exists() else "micropython")
    found = shutil.which(path)
    if not found:
        raise SystemExit(f"no MicroPython interpreter at {path}; MICROPYTHON=path names one")
    return found
