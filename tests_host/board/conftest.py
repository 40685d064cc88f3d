"""Fixtures: a PTY with a script of MicroPython on its UART, and a virtual board."""

import os
import subprocess
import sys
import threading
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.board import Board, wiring
from tools.mp import ROOT, UNIX, interpreter

Answers = dict[bytes, bytes]


class Line:
    """The far end of a UART: answers what it knows and keeps what it got."""

    def __init__(self) -> None:
        self.end, self.side = os.openpty()
        tty.setraw(self.side)
        self.port = os.ttyname(self.side)
        self.got = b""
        self.answers: Answers = {}
        self._pending = b""
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                data = os.read(self.end, 4096)
            except OSError:
                return
            self.got += data
            self._pending += data
            for question, answer in self.answers.items():
                if question in self._pending:
                    self._pending = self._pending.partition(question)[2]
                    os.write(self.end, answer)

    def received(self, count: int) -> bytes:
        """What came, once it is at least `count` bytes or 5 s have passed."""
        deadline = time.monotonic() + 5
        while len(self.got) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.got

    def close(self) -> None:
        os.close(self.side)
        os.close(self.end)


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line()
    yield line
    line.close()


@pytest.fixture
def run(line: Line) -> Callable[..., str]:
    """Run a script in the interpreter with `line` on UART(1); its output."""

    def run(script: str, mode: str = "", control: str = "") -> str:
        environ = dict(os.environ) | wiring([line.port], mode, control)
        environ["MICROPYPATH"] = f"{UNIX}:.frozen"
        done = subprocess.run(
            [interpreter(), "-c", script], env=environ, text=True, timeout=30,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        return done.stdout

    return run


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    board = Board(tmp_path_factory.mktemp("board"), dict(os.environ))
    thread = threading.Thread(target=board.run, daemon=True)
    thread.start()
    yield board
    board.stop()
    thread.join(5)


@pytest.fixture
def mpremote(board: Board) -> Callable[..., str]:
    """mpremote on the virtual board; its output."""

    def mpremote(*words: str, cwd: Path = ROOT) -> str:
        command = [sys.executable, "-m", "mpremote", "connect", board.port, *words]
        done = subprocess.run(
            command, cwd=cwd, text=True, timeout=40, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        return done.stdout

    return mpremote
