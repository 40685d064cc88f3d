"""The virtual desk: a simulated module and a virtual board, linked, until Ctrl-C.

    python -m tools.desk [--mode esp32] [-- SIM-ARGUMENT…]
    python -m tools.desk --board MPS2_AN385 --firmware FILE [--qemu "ARGUMENT…"] [-- SIM-ARGUMENT…]

The board's port is also build/desk. Arguments that are not of the desk go to tools.bc25sim.
"""

import argparse
import queue
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tools.board import make_link
from tools.desk_trace import Follower
from tools.mp import BUILD, ROOT

LINK = BUILD / "desk"
QEMU = "qemu-system-arm"
START_S = 15.0
# QEMU reaches no pin, so the module must wake without one, as some do.
WITHOUT_PINS = ["--set", "wake_on_rx=true"]


class Failed(Exception):
    """A part of the desk did not start; the text says which and what it printed."""


class Part:
    """A child process whose first line of output holds the path of a PTY."""

    def __init__(self, name: str, command: list[str], find: Callable[[str], str] = str.strip):
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        self.port = find(self._first_line(name))

    def _first_line(self, name: str) -> str:
        out = self.process.stdout
        assert out is not None
        lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=_read, args=(out, lines), daemon=True).start()
        try:
            line = lines.get(timeout=START_S)
        except queue.Empty:
            line = ""
        if not line:
            self.stop()
            raise Failed(f"{name} did not start")
        return line

    def stop(self) -> None:
        """Ask it to end, and make it end."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _read(out: IO[str], lines: "queue.Queue[str]") -> None:
    """Hand on the first line and swallow the rest: a full pipe would stop the child."""
    lines.put(out.readline())
    for _ in out:
        pass


def sim_command(trace: Path, control: Path, arguments: list[str]) -> list[str]:
    """The simulated module with its trace and its control socket."""
    own = ["--trace", str(trace), "--control", str(control)]
    return [sys.executable, "-m", "tools.bc25sim", *own, *arguments]


def board_command(module: str, control: Path, mode: str, folder: Path) -> list[str]:
    """The virtual board whose UART(1) is `module`."""
    wires = ["--uart", module, "--control", str(control), "--mode", mode]
    return [sys.executable, "-m", "tools.board", *wires, "--dir", str(folder)]


def qemu_command(module: str, firmware: str, more: Sequence[str]) -> list[str]:
    """MicroPython's qemu port for mps2-an385: console on a PTY, UART1 on `module`."""
    if not firmware or not Path(firmware).is_file():
        raise Failed(
            "BOARD=MPS2_AN385 needs FIRMWARE=path, a firmware.elf of MicroPython's qemu port; "
            "make firmware BOARD=MPS2_AN385 MPY_DIR=path builds one"
        )
    if not shutil.which(QEMU):
        raise Failed(f"BOARD=MPS2_AN385 needs {QEMU}: apt install qemu-system-arm")
    machine = ["-machine", "mps2-an385", "-nographic", "-monitor", "none", "-semihosting"]
    return [QEMU, *machine, "-serial", "pty", "-serial", module, "-kernel", firmware, *more]


def qemu_port(line: str) -> str:
    """The path in `char device redirected to /dev/pts/3 (label serial0)`."""
    return line.partition("redirected to ")[2].partition(" ")[0]


class Desk:
    """Both parts, for a `with` statement; `port` is the board's, `trace` the module's file."""

    def __init__(
        self,
        sim: list[str],
        *,
        mode: str = "perfect",
        folder: Path = BUILD / "board",
        board: str = "unix",
        firmware: str = "",
        qemu: Sequence[str] = (),
    ) -> None:
        self._stack = ExitStack()
        scratch = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="desk")))
        self.trace = scratch / "trace.jsonl"
        control = scratch / "control"
        try:
            if board == "MPS2_AN385":
                sim = [*WITHOUT_PINS, *sim]
            command = sim_command(self.trace, control, sim)
            self.module = self._start("the simulated module", command)
            if board == "MPS2_AN385":
                command = qemu_command(self.module, firmware, qemu)
                self.port = self._start("QEMU", command, qemu_port)
            else:
                command = board_command(self.module, control, mode, folder)
                self.port = self._start("the virtual board", command)
        except BaseException:
            self._stack.close()
            raise

    def _start(
        self, name: str, command: list[str], find: Callable[[str], str] = str.strip
    ) -> str:
        part = Part(name, command, find)
        self._stack.callback(part.stop)
        return part.port

    def at_end(self, call: Callable[[], object]) -> None:
        """Have `call` made when the desk ends."""
        self._stack.callback(call)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()


def run_desk(args: argparse.Namespace) -> None:
    """Module and board, until Ctrl-C."""
    with Desk(args.rest, mode=args.mode, board=args.board, firmware=args.firmware,
              qemu=shlex.split(args.qemu)) as desk:  # fmt: skip
        make_link(LINK, desk.port)
        desk.at_end(lambda: LINK.unlink(missing_ok=True))
        print(f"board   {desk.port}, also build/desk (BC25 on UART 1: {desk.module})")
        print("try     .venv/bin/mpremote connect build/desk mip install build/mpy/package.json")
        print("        .venv/bin/mpremote connect build/desk repl")
        print("Ctrl-C ends both.", flush=True)
        with Follower(desk.trace):
            signal.pause()


def main() -> int:
    """Run what the command line says until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tools.desk", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--mode", choices=("perfect", "esp32", "stm32"), default="perfect")
    parser.add_argument("--board", choices=("unix", "MPS2_AN385"), default="unix")
    parser.add_argument("--firmware", default="", help="firmware.elf for MPS2_AN385")
    parser.add_argument("--qemu", default="", help="more arguments of QEMU, in one word")
    args, rest = parser.parse_known_args()
    args.rest = [argument for argument in rest if argument != "--"]
    for end in (signal.SIGTERM, signal.SIGINT):
        signal.signal(end, signal.default_int_handler)
    try:
        run_desk(args)
    except Failed as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
