"""Shows a growing UART trace (see tools.bc25sim --trace) as lines a person can read."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from rich.console import Console
from rich.text import Text

# The trace is kept by the module: "rx" is what it received.
ARROWS = {"rx": ("board  ▶ ", "cyan"), "tx": ("module ◀ ", "green")}
QUIET_S = 0.3  # a piece of a line is shown after that long
WIDTH = 76


class Lines:
    """Joins the pieces of one direction to lines."""

    def __init__(self) -> None:
        self.pending = b""
        self.since = 0.0

    def add(self, t: float, data: bytes) -> Iterator[tuple[float, bytes]]:
        """Take in a piece; yields the lines it completes, empty ones left out."""
        if not self.pending:
            self.since = t
        *complete, self.pending = (self.pending + data).split(b"\n")
        for line in complete:
            if line := line.rstrip(b"\r"):
                yield self.since, line
            self.since = t

    def rest(self) -> Iterator[tuple[float, bytes]]:
        """What stands there without a line end."""
        line, self.pending = self.pending.rstrip(b"\r"), b""
        if line:
            yield self.since, line


def readable(data: bytes) -> str:
    """Printable ASCII as it is, other bytes as \\x escapes, long lines shortened."""
    text = "".join(chr(b) if 0x20 <= b < 0x7F else f"\\x{b:02x}" for b in data)
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 16]}… ({len(data)} bytes)"


class Follower:
    """Prints a trace file as it grows, in a thread, for as long as the `with` statement runs."""

    def __init__(self, path: Path, console: Console | None = None) -> None:
        self.path = path
        self.console = console or Console(highlight=False, soft_wrap=True)
        self.lines = {direction: Lines() for direction in ARROWS}
        self.start: float | None = None
        self.seen = 0  # commands and lines shown
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end.set()
        self._thread.join()

    def _follow(self) -> None:
        while not self.path.exists():
            if self._end.wait(0.05):
                return
        with self.path.open() as file:
            self._read(file)
        self._flush(*ARROWS)

    def _read(self, file: TextIO) -> None:
        """Until the end is asked for and nothing more stands there."""
        partial, quiet_since = "", time.monotonic()
        while True:
            ending = self._end.is_set()
            partial += file.readline()
            if partial.endswith("\n"):
                self._take(json.loads(partial))
                partial, quiet_since = "", time.monotonic()
            elif ending:
                return
            else:
                if time.monotonic() - quiet_since > QUIET_S:
                    self._flush(*ARROWS)
                self._end.wait(0.05)

    def _take(self, record: dict[str, Any]) -> None:
        if "dir" not in record:  # an event of the module, which no byte shows
            return
        direction = record["dir"]
        if direction == "rx" and self.lines["tx"].pending.startswith(b">"):
            self._flush("tx")  # a prompt has no line end
        for t, line in self.lines[direction].add(record["t"], bytes.fromhex(record["hex"])):
            self._show(t, direction, line)

    def _flush(self, *directions: str) -> None:
        for direction in directions:
            for t, line in self.lines[direction].rest():
                self._show(t, direction, line)

    def _show(self, t: float, direction: str, line: bytes) -> None:
        if self.start is None:
            self.start = t
        arrow, style = ARROWS[direction]
        self.seen += 1
        self.console.print(Text(f"{t - self.start:8.3f} {arrow}{readable(line)}", style))
