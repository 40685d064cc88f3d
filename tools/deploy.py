"""Puts the compiled driver on a board, into its file system or its ROMFS partition.

    python -m tools.deploy --port /dev/ttyUSB0 [--board ESP32_GENERIC] [--romfs]

With --board its wiring follows as board.py. Files of an earlier installation are removed: in
lib/bc25 they would be imported before newer ones elsewhere.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from tools import wasm
from tools.mp import BUILD, MPY, ROOT

IMAGE = BUILD / "bc25.romfs"
VERSION = "import sys; print(*sys.implementation.version[:2], sep='.')"
KEPT = "import vfs; print(bytes(memoryview(vfs.rom_ioctl(2, 0))[:8]).hex())"
FORGET = """
import os
try:
    for name in os.listdir("lib/bc25"):
        os.remove("lib/bc25/" + name)
except OSError:
    pass
"""


class Failed(Exception):
    """The driver is not on the board; the text says why."""


class Target:
    """A board that mpremote reaches."""

    def __init__(self, port: str) -> None:
        self.command = [sys.executable, "-m", "mpremote", "connect", port]

    def run(self, *words: str) -> None:
        """mpremote with its output on the terminal."""
        if subprocess.call([*self.command, *words], cwd=ROOT):
            raise Failed(f"mpremote {words[0]} failed")

    def ask(self, program: str) -> str:
        """What a program prints on the board."""
        done = subprocess.run([*self.command, "exec", program], stdout=subprocess.PIPE, text=True)
        if done.returncode:
            raise Failed("the board does not answer")
        return done.stdout.strip()


def check_version(version: str) -> None:
    """Failed when the driver does not run on it."""
    oldest = wasm.versions()[0]
    if wasm.older(version, oldest):
        raise Failed(f"the board has MicroPython {version}, the driver needs {oldest} or newer")


def deploy(target: Target, board: str, romfs: bool) -> None:
    """The driver, and the wiring of `board` when it is given."""
    check_version(target.ask(VERSION))
    if romfs:
        target.run("romfs", "deploy", relative(IMAGE))
        if target.ask(KEPT) != IMAGE.read_bytes()[:8].hex():
            raise Failed("the board did not keep the image")
        target.run("exec", FORGET)
    else:
        target.run("exec", FORGET)
        target.run("mip", "install", relative(MPY / "package.json"))
    if board:
        target.run("cp", f"boards/{board}/board.py", ":board.py")
    if romfs:
        print("The board finds the driver in /rom/lib after its next reset.")


def relative(path: Path) -> str:
    """A path that is short to read."""
    return str(path.relative_to(ROOT))


def main() -> int:
    """0 when the driver is on the board."""
    parser = argparse.ArgumentParser(prog="python -m tools.deploy", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--port", required=True)
    parser.add_argument("--board", default="", help="whose boards/*/board.py to copy")
    parser.add_argument("--romfs", action="store_true", help="write build/bc25.romfs")
    args = parser.parse_args()
    try:
        deploy(Target(args.port), args.board, args.romfs)
    except Failed as error:
        print(error, file=sys.stderr)
        if args.romfs:
            print("boards/README.md says which boards have a ROMFS partition; `make deploy` needs "
                  "none", file=sys.stderr)  # fmt: skip
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
