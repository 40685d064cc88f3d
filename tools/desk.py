"""The virtual desk: a simulated module and a virtual board, linked, until Ctrl-C.

    python -m tools.desk [--mode esp32] [-- SIM-ARGUMENT…]
    python -m tools.desk --board MPS2_AN385 --firmware FILE [--qemu "ARGUMENT…"] [-- SIM-ARGUMENT…]

The board's port is also build/desk, build/desk2 while another desk runs. The names and servers of
lib/examples are there. Arguments that are not of the desk go to tools.bc25sim.
"""

import argparse
import fcntl
import queue
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tools import desk_world, process
from tools.board import make_link
from tools.desk_trace import Follower
from tools.desk_world import World
from tools.mp import BUILD, ROOT

DESKS = 9  # that may run side by side
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
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        self._up = False
        self._complaints: list[str] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.port = find(self._first_line(name))
        self._up = True

    def _listen(self) -> None:
        """Pass on what it complains of; before it is up, that is why it did not start."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if self._up:
                sys.stderr.write(line)
            else:
                self._complaints.append(line.strip())

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
            self._listener.join(1)
            why = f": {self._complaints[-1]}" if self._complaints else ""
            raise Failed(f"{name} did not start{why}")
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


class Place:
    """What one desk has for itself: a link to the board's port and the board's files."""

    def __init__(self, number: int) -> None:
        ending = "" if number == 1 else f"{number}"
        self.link = BUILD / f"desk{ending}"
        self.folder = BUILD / f"board{ending}"
        self._file = (BUILD / f"desk{ending}.lock").open("w")

    def taken(self) -> bool:
        """Take it; whether another desk has it already. A process that ends lets go."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            return True
        return False


def free_place() -> Place:
    """The first place without a desk."""
    BUILD.mkdir(exist_ok=True)
    for number in range(1, DESKS + 1):
        place = Place(number)
        if not place.taken():
            return place
    raise Failed(f"{DESKS} desks are running")


def run_desk(args: argparse.Namespace) -> None:
    """Module, board and servers, until Ctrl-C."""
    place = free_place()
    with World(lambda report: print(f"telemetry.example got {report!r}", flush=True)) as world:
        missing = world.furnish(place.folder) if args.board == "unix" else ""
        sim = [*world.sim_arguments(), *args.rest]
        with Desk(
            sim, mode=args.mode, folder=place.folder, board=args.board, firmware=args.firmware,
            qemu=shlex.split(args.qemu),
        ) as desk:  # fmt: skip
            make_link(place.link, desk.port)
            desk.at_end(lambda: place.link.unlink(missing_ok=True))
            show(place, desk, world, missing)
            with Follower(desk.trace):
                signal.pause()


def show(place: Place, desk: Desk, world: World, missing: str) -> None:
    """What is there, and what to type."""
    port = place.link.relative_to(ROOT)
    print(f"board   {desk.port}, also {port} (BC25 on UART 1: {desk.module})")
    print(f"try     .venv/bin/mpremote connect {port} repl")
    for example in desk_world.names():
        print(f"        {desk_world.command(str(port), example)}")
    for note in [*world.notes(), missing]:
        if note:
            print(f"        {note}")
    print("Ctrl-C ends all of it.", flush=True)


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
    with suppress(KeyboardInterrupt):  # the way to end it
        run_desk(args)
    return 0


if __name__ == "__main__":
    sys.exit(process.run(main, Failed))
