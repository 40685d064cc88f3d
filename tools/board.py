"""The virtual board: MicroPython's REPL on a pseudo-terminal that mpremote takes for a board.

    python -m tools.board [--link PATH] [--dir build/board] [--uart PTY] [--mode esp32]

The first line of stdout is the path to connect to. A soft reset (Ctrl-D, machine.soft_reset,
sys.exit) ends the interpreter and starts another, with a fresh heap; so do machine.reset() and
machine.deepsleep(), which leave the raw REPL as on a board. The board's files are in --dir;
boards/unix is its read-only /rom, so `import machine` finds the UART over a PTY.

Two PTYs stand between mpremote and the interpreter: what goes through is watched for the three
things that a terminal does otherwise than a board: Ctrl-C, the raw REPL surviving a soft reset,
and output that nobody reads.
"""

import argparse
import math
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import tty
from contextlib import suppress
from pathlib import Path

from tools.mp import BUILD, UNIX, interpreter

CTRL_A = b"\x01"
CTRL_C = b"\x03"
PWRON_RESET, SOFT_RESET = 1, 5  # causes, as machine.reset_cause() tells them
PAUSE_S = 0.05  # before a restart: a program that ends at once does not take the whole processor
RAW_S = 5.0  # an idle REPL answers Ctrl-A at once, if it has a raw mode
UNREAD_S = 0.5  # after that, output that nobody reads is dropped, as a USB serial port does


class NoRawRepl(Exception):
    """The interpreter passed over Ctrl-A, so that mpremote would wait in vain."""


class Board:
    """One virtual board; `run()` serves it until `stop()`."""

    def __init__(self, root: Path, environ: dict[str, str], heap: str = "") -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.power = tempfile.TemporaryDirectory(prefix="bc25-power")
        self.environ = environ | {
            "BC25_BOARD": str(root.resolve()),
            "BC25_POWER": self.power.name,
            "BC25_ROM": str(UNIX),
            "MICROPYPATH": f"{UNIX}:.frozen",
        }
        self.command = [interpreter(), *(["-X", f"heapsize={heap}"] if heap else []), "-i"]
        self.host, self.host_side = os.openpty()
        self.repl, self.repl_side = os.openpty()
        tty.setraw(self.host_side)
        os.set_blocking(self.host, False)
        self.port = os.ttyname(self.host_side)
        self.tail = b""  # the last output, to tell which REPL was seen last
        self.unread = False
        self.stopped = False
        self.waiting = b""  # what an interpreter that is not up has not got yet
        self.asked_raw = 0.0  # when the host asked for the raw REPL; 0: it is in it, or not asking
        self._start(PWRON_RESET, raw=False)

    def _start(self, cause: int, raw: bool) -> None:
        tty.setraw(self.repl_side)
        self.up = False  # before its first output the interpreter takes no input
        self.wake_at = 0.0  # when another starts; 0: this one runs
        self.waiting = (CTRL_A if raw else b"") + self.waiting
        self.process = subprocess.Popen(
            [*self.command, "-c", "import _boot"],
            stdin=self.repl_side,
            stdout=self.repl_side,
            stderr=self.repl_side,
            env=self.environ
            | {
                "BC25_RAW": "1" if raw else "",
                "BC25_BANNER": "MPY: soft reboot" if cause == SOFT_RESET else "",
                "BC25_RESET_CAUSE": str(cause),
            },
        )

    def run(self) -> None:
        """Serve until `stop()`."""
        while not self.stopped:
            ready, _, _ = select.select([self.host, self.repl], [], [], 0.05)
            if self.repl in ready:
                self._output(os.read(self.repl, 4096))
            elif self.process.poll() is not None:
                self._restart()
            if self.host in ready:
                self._input(os.read(self.host, 4096))
            if self.asked_raw:
                self._check_raw_repl()

    def stop(self) -> None:
        """End `run()` and the interpreter."""
        self.stopped = True
        self.process.kill()
        self.process.wait()
        self.power.cleanup()

    def _restart(self) -> None:
        """Start the interpreter anew, after the time that it wanted to sleep."""
        if not self.wake_at:
            self.cause, asleep_s = self._order()
            self.wake_at = time.monotonic() + max(asleep_s, PAUSE_S)
            self.up = False
        elif time.monotonic() >= self.wake_at:
            if self.cause != SOFT_RESET:
                self.tail = b""
            raw = self.tail.rfind(b"raw REPL; CTRL-B to exit") > self.tail.rfind(b"MicroPython v")
            self._start(self.cause, raw)

    def _order(self) -> tuple[int, float]:
        """The reset cause that boards/unix/_power.py left, and how long to sleep."""
        order = Path(self.power.name) / "order"
        if order.exists():
            cause, asleep_ms = map(int, order.read_text().split())
            order.unlink()
            return cause, asleep_ms / 1000 if asleep_ms >= 0 else math.inf
        if self.process.returncode < 0:
            self._output(f"interpreter ended by signal {-self.process.returncode}\r\n".encode())
        return SOFT_RESET, 0

    def _output(self, data: bytes) -> None:
        self._remember(data)
        self._to_host(data)
        if not self.up:
            self.up = True
            self._input(b"")

    def _remember(self, data: bytes) -> None:
        """Keep the last banner of a REPL and what may be the beginning of the next."""
        self.tail += data
        last = max(self.tail.rfind(b"raw REPL;"), self.tail.rfind(b"MicroPython v"), 0)
        self.tail = self.tail[last : last + 32] + self.tail[max(last + 32, len(self.tail) - 32) :]

    def _to_host(self, data: bytes) -> None:
        while data:
            _, writable, _ = select.select([], [self.host], [], 0 if self.unread else UNREAD_S)
            self.unread = not writable
            if self.unread:
                return
            with suppress(BlockingIOError):
                data = data[os.write(self.host, data) :]

    def _input(self, data: bytes) -> None:
        self.waiting += data
        if self.up and self.waiting:
            data, self.waiting = self.waiting, b""
            self._to_repl(data)

    def _to_repl(self, data: bytes) -> None:
        """Pass on what the host wrote; Ctrl-C interrupts where a program asked for that."""
        plain, interrupt, rest = data.partition(CTRL_C)
        if not interrupt or not self._interruptible():
            plain, interrupt, rest = data, b"", b""
        self._write_repl(plain)
        if interrupt:
            self.process.send_signal(signal.SIGINT)
            self._to_repl(rest)

    def _check_raw_repl(self) -> None:
        """NoRawRepl when an idle REPL was asked for its raw mode and says nothing."""
        if b"raw REPL;" in self.tail or self._interruptible():
            self.asked_raw = 0.0
        elif time.monotonic() > self.asked_raw + RAW_S:
            raise NoRawRepl

    def _write_repl(self, data: bytes) -> None:
        """A program that reads nothing may not stop its own output from being read."""
        if CTRL_A in data and not self.asked_raw:
            self.asked_raw = time.monotonic()
        while data and not self.stopped and self.process.poll() is None:
            ready, writable, _ = select.select([self.repl], [self.repl], [], 0.05)
            if self.repl in ready:
                self._output(os.read(self.repl, 4096))
            if self.repl in writable:
                data = data[os.write(self.repl, data[:256]) :]

    def _interruptible(self) -> bool:
        """A program runs, and has not switched Ctrl-C off with micropython.kbd_intr(-1).

        Just then the interpreter catches SIGINT; its REPL takes Ctrl-C as a character.
        """
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        return bool(caught >> (signal.SIGINT - 1) & 1)


def make_link(link: Path, target: str) -> None:
    """Let `link` point to a PTY, whatever it pointed to before."""
    link.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        link.unlink()
    link.symlink_to(target)


def wiring(uart: list[str], mode: str, control: str) -> dict[str, str]:
    """The environment that boards/unix/machine.py reads."""
    environ = {"BC25_UART_MODE": mode, "BC25_CONTROL": control}
    for number, path in enumerate(uart, 1):
        environ[f"BC25_UART{number}"] = path
    return environ


def main() -> None:
    """Run a board until it is told to end."""
    parser = argparse.ArgumentParser(prog="python -m tools.board", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--link", type=Path, help="symlink to the port that mpremote connects to")
    parser.add_argument("--dir", type=Path, default=BUILD / "board", help="the board's files")
    parser.add_argument("--uart", action="append", default=[], help="PTY of UART(1), UART(2), …")
    parser.add_argument("--mode", choices=("perfect", "esp32", "stm32"), default="perfect")
    parser.add_argument("--control", default="", help="control socket of the simulated module")
    parser.add_argument("--heap", default="", help="heap size of the interpreter, 192K say")
    serve(parser.parse_args())


def serve(args: argparse.Namespace) -> None:
    """Run a board until SIGINT or SIGTERM."""
    environ = dict(os.environ) | wiring(args.uart, args.mode, args.control)
    board = Board(args.dir, environ, args.heap)
    for end in (signal.SIGTERM, signal.SIGINT):
        signal.signal(end, signal.default_int_handler)
    try:
        if args.link:
            make_link(args.link, board.port)
        print(board.port, flush=True)
        board.run()
    except NoRawRepl:
        print(f"{interpreter()} has no raw REPL, which mpremote needs; the pinned interpreter, "
              "which runs unless MICROPYTHON names another, has one", file=sys.stderr)  # fmt: skip
        sys.exit(2)
    except KeyboardInterrupt:
        pass
    finally:
        board.stop()


if __name__ == "__main__":
    main()
