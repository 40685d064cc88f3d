"""Keeps the UART traffic of a run as a trace (one JSON line a piece: t, dir, hex).

    python -m tools.record --port /dev/ttyUSB0
        Stands between a module (at that port) and any program on this computer: prints the path
        of a PTY, which is the module for whoever opens it, until Ctrl-C.
    python -m tools.record --port /dev/ttyUSB0 --board ESP32_GENERIC program.py
        Runs a program on a board with its UART tapped; it has to get it from `board.uart()`.
    python -m tools.record --port desk program.py
        The same on the virtual desk.

"rx" is what the module received, as in `python -m tools.bc25sim --trace`. --keep NAME puts trace,
program and its output into tests_host/traces, where they are replayed by `make test`.
"""

import argparse
import json
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import tty
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import serial

from tools import process
from tools.bc25sim.traffic import Trace
from tools.desk import Desk, Failed
from tools.mp import BUILD, MPY, ROOT
from tools.replay import TRACES
from tools.trace.recording import how_to_look

PIECE = re.compile(r"\x01(\d+) (rx|tx) ([0-9a-f]+)\r?\n")
# What stands in for the board's board.py; the tap has the board's view, a trace the module's.
TAPPED = """
import time
from binascii import hexlify

import wiring
from bc25.trace import Tap
from wiring import pins


def _sink(direction, data):
    way = "rx" if direction == "tx" else "tx"
    print("\\x01%d %s %s" % (time.ticks_ms(), way, hexlify(data).decode()))


def uart(*args, **kwargs):
    return Tap(wiring.uart(*args, **kwargs), _sink)
"""


def pass_through(port: serial.Serial, trace: Trace) -> None:
    """Print a PTY's path and be the module to whoever opens it, until interrupted."""
    host, side = os.openpty()
    tty.setraw(side)
    print(os.ttyname(side), flush=True)
    while True:
        ready, _, _ = select.select([host, port.fileno()], [], [])
        if host in ready:
            data = os.read(host, 4096)
            trace("rx", data)
            port.write(data)
        if port.fileno() in ready:
            data = port.read(port.in_waiting or 1)
            trace("tx", data)
            os.write(host, data)


def stage(folder: Path, board: str, program: Path) -> None:
    """What the board is lent: the driver, the tapped wiring, and the program's neighbours."""
    wiring = ROOT / "boards" / board / "board.py"
    if not wiring.is_file():
        raise Failed(f"no boards/{board}/board.py: --board says which")
    if not program.is_file():
        raise Failed(f"no {program}")
    for neighbour in program.parent.glob("*.py"):
        shutil.copy(neighbour, folder)
    shutil.copytree(MPY / "bc25", folder / "bc25")
    shutil.copy(wiring, folder / "wiring.py")
    (folder / "board.py").write_text(TAPPED)


def run(port: str, board: str, program: Path) -> str:
    """All that the tapped program and its tap print."""
    with tempfile.TemporaryDirectory(prefix="bc25") as scratch:
        stage(Path(scratch), board, program)
        command = [sys.executable, "-m", "mpremote", "connect", port, "mount", scratch, "run"]
        done = subprocess.run(
            [*command, str(program)], stdout=subprocess.PIPE, text=True, check=False
        )
    return done.stdout.partition("is mounted at /remote\n")[2]


def pieces(output: str) -> Iterator[dict[str, object]]:
    """The records of a trace in a tapped program's output, from time 0."""
    first: int | None = None
    for ms, direction, data in PIECE.findall(output):
        first = int(ms) if first is None else first
        passed = (int(ms) - first) % (1 << 30)  # ticks wrap
        yield {"t": passed / 1000, "dir": direction, "hex": data}


def keep(args: argparse.Namespace, output: str) -> Path:
    """Write the files; the trace's path."""
    out: Path = TRACES / f"{args.keep}.jsonl" if args.keep else args.out
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("".join(json.dumps(piece) + "\n" for piece in pieces(output)))
    if args.keep:
        source = args.program.read_text().removeprefix("# mypy: ignore-errors\n")
        out.with_suffix(".py").write_text("# mypy: ignore-errors\n" + source)
        out.with_suffix(".out").write_text(PIECE.sub("", output))
    return out


def record_program(args: argparse.Namespace) -> int:
    """Run a program on a board, or on the desk."""
    with ExitStack() as stack:
        port = args.port
        if port == "desk":
            desk = Desk(["--profile", args.profile], folder=BUILD / "record")
            port = stack.enter_context(desk).port
        output = run(port, args.board or "unix", args.program)
    print(PIECE.sub("", output), end="")
    print(how_to_look(keep(args, output)))
    return 0


def record_port(args: argparse.Namespace) -> int:
    """Stand between a port and whoever opens the PTY."""
    args.out.parent.mkdir(parents=True, exist_ok=True)
    with serial.Serial(args.port, args.baud) as port:
        try:
            pass_through(port, Trace(str(args.out), time.monotonic))
        except KeyboardInterrupt:
            print(how_to_look(args.out, args.baud))
    return 0


def main() -> int:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tools.record", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("program", nargs="?", type=Path, help="a program to run on the board")
    add("--port", required=True, help="the module's port, the board's with a program, or desk")
    add("--baud", type=int, default=9600, help="of the module, without a program")
    add("--board", default="", help="the board that the program runs on")
    add("--profile", default="manual", help="with --port desk: the simulated module's profile")
    add("--out", type=Path, default=BUILD / "record.jsonl", help="where the trace goes")
    add("--keep", metavar="NAME", help="put it into tests_host/traces under this name")
    args = parser.parse_args()
    if (args.keep or args.port == "desk") and not args.program:
        parser.error("--keep and --port desk need a program")
    return record_program(args) if args.program else record_port(args)


if __name__ == "__main__":
    sys.exit(process.run(main, Failed, OSError))
