"""The simulated module and a MicroPython program, as two child processes on one PTY."""

from __future__ import annotations

import json
import os
import queue
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from tools import process
from tools.desk_trace import Lines, readable
from tools.mp import MPY, ROOT, SHIMS, UNIX, interpreter

PROGRAMS = Path(__file__).parent / "programs"
START_S = 30.0
TAIL = 60  # lines of AT traffic that a failure shows


class ProgramFailed(AssertionError):
    """A program ended badly, or not in time."""


class Sim:
    """The simulated module; `pty` is where its UART is."""

    def __init__(self, profile: str, arguments: list[str]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bc25-"))
        self.trace = self.folder / "trace"
        self._control = self.folder / "control"
        own = ["--profile", profile, "--trace", str(self.trace), "--control", str(self._control)]
        self.errors = (self.folder / "stderr").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tools.bc25sim", "--seed", "1", *own, *arguments],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.errors,
            text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.pty = self.process.stdout.readline().strip()
        if not self.pty:
            self.stop()
            raise RuntimeError("the simulated module did not start: " + " ".join(arguments))

    def control(self, line: str) -> str:
        """One line to the control socket, and its answer."""
        with socket.socket(socket.AF_UNIX) as channel:
            channel.connect(str(self._control))
            channel.sendall(line.encode() + b"\n")
            return channel.makefile().readline().strip()

    def stats(self) -> dict[str, Any]:
        stats: dict[str, Any] = json.loads(self.control("stats"))
        return stats

    def environ(self) -> dict[str, str]:
        return {"BC25_UART1": self.pty, "BC25_CONTROL": str(self._control)}

    def records(self) -> Iterator[dict[str, Any]]:
        """What went over the UART."""
        if self.trace.exists():
            for line in self.trace.read_text().splitlines():
                with suppress(ValueError):  # the last one may be half written
                    record = json.loads(line)
                    if "dir" in record:
                        yield record

    def heard(self) -> bytes:
        """All that the host wrote."""
        return b"".join(bytes.fromhex(r["hex"]) for r in self.records() if r["dir"] == "rx")

    def traffic(self) -> str:
        """The last lines of AT traffic, readable."""
        lines = {"rx": Lines(), "tx": Lines()}
        shown = []
        for record in self.records():
            arrow = "▶" if record["dir"] == "rx" else "◀"
            pieces = lines[record["dir"]].add(record["t"], bytes.fromhex(record["hex"]))
            shown += [f"{t:12.3f} {arrow} {readable(line)}" for t, line in pieces]
        for way, rest in lines.items():
            arrow = "▶" if way == "rx" else "◀"
            shown += [f"{t:12.3f} {arrow} {readable(line)} …" for t, line in rest.rest()]
        self.errors.seek(0)
        return "\n".join([*shown[-TAIL:], self.errors.read()[-2000:]])

    def stop(self) -> None:
        process.stop(self.process)
        self.errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Program:
    """A program that runs in the interpreter; lines that start with \\x01 are facts it tells."""

    def __init__(self, name: str, command: list[str], environ: dict[str, str]) -> None:
        self.name = name
        self.facts: dict[str, Any] = {}
        self._output: list[str] = []
        self._told: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._process = subprocess.Popen(
            command, cwd=PROGRAMS, env=os.environ | environ, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("\x01"):
                self._told.put(json.loads(line[1:]))
            else:
                self._output.append(line)
        self._told.put(None)

    def wait_for(self, fact: str, timeout: float = 30) -> Any:
        """The value of a fact as soon as it is told."""
        end = time.monotonic() + timeout
        while fact not in self.facts:
            try:
                told = self._told.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                raise self._failed(f"did not tell {fact!r} in {timeout} s") from None
            if told is None:
                raise self._failed(f"ended without telling {fact!r}")
            self.facts |= told
        return self.facts[fact]

    def end(self, timeout: float = 60) -> dict[str, Any]:
        """Wait until it ends well; all facts."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise self._failed(f"did not end in {timeout} s") from None
        self._reader.join()
        while told := self._told.get():
            self.facts |= told
        if code:
            raise self._failed(f"ended with {code}")
        return self.facts

    def _failed(self, what: str) -> ProgramFailed:
        self.stop()
        return ProgramFailed(f"{self.name} {what}\n{self.output()}")

    def output(self) -> str:
        """What it printed besides facts."""
        return "".join(self._output)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()


class Module(Protocol):
    """What a desk needs of a module: to be wired, and to be ended."""

    def environ(self) -> dict[str, str]: ...

    def stop(self) -> None: ...


M = TypeVar("M", bound=Module)


class ProgramDesk(Generic[M]):
    """One module, simulated as a rule, and the programs that use it."""

    def __init__(self, sim: M) -> None:
        self.sim = sim
        self._programs: list[Program] = []

    def start(
        self, program: str | Path, *, mode: str = "perfect", path: list[Path] | None = None,
        **args: Any,
    ) -> Program:  # fmt: skip
        """Start a program: a name in programs/, or a path. `path` comes first in sys.path."""
        file = PROGRAMS / f"{program}.py" if isinstance(program, str) else program
        roots = [*(path or []), PROGRAMS, SHIMS, UNIX, MPY, ".frozen"]
        environ = self.sim.environ() | {
            "BC25_UART_MODE": mode,
            "MICROPYPATH": ":".join(str(root) for root in roots),
        }
        command = [interpreter(), str(file), json.dumps(args)]
        self._programs.append(Program(file.name, command, environ))
        return self._programs[-1]

    def run(self, program: str | Path, *, timeout: float = 60, **args: Any) -> dict[str, Any]:
        """Start a program and wait for its end; what it told."""
        return self.start(program, **args).end(timeout)

    def stop(self) -> None:
        for program in self._programs:
            program.stop()
        self.sim.stop()
