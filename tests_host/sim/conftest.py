"""The simulated module as a program on a PTY, and its core in virtual time."""

from __future__ import annotations

import contextlib
import json
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import serial

from tools.bc25sim import MemoryNetwork, Module, VirtualClock, profile
from tools.bc25sim.faults import Faults

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 15.0  # seconds that anything may take on a loaded machine
# Fast, but not so fast that an answer comes before the next line of a test is written.
SPEED = "20"


class SimProcess:
    """One simulator process and the host's end of its PTY."""

    def __init__(self, folder: Path, *arguments: str, boot: bool = True) -> None:
        self.folder = folder
        self.control_path = folder / "control"
        command = [sys.executable, "-m", "tools.bc25sim", "--speed", SPEED, "--seed", "1",
                   "--control", str(self.control_path), *arguments]
        self.process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        assert self.process.stdout is not None
        self.path = self.process.stdout.readline().strip()
        if not self.path:
            raise AssertionError(self.process.communicate()[1])
        self.uart = serial.Serial(self.path, 9600, timeout=PATIENCE)
        if boot:
            self.attach()

    def attach(self) -> None:
        """Echo off and registered, nothing left unread."""
        self.repeat(b"ATE0", rb"\r\nOK\r\n")
        self.repeat(b"AT+CGATT?", rb"\+CGATT: 1\r\n\r\nOK\r\n")
        self.write(b"AT+GMM")  # behind it no late answer is left
        self.uart.read_until(b"BC25\r\n\r\nOK\r\n")

    def repeat(self, command: bytes, wanted: bytes) -> None:
        """Asks until the answer is as wanted."""
        end = time.monotonic() + PATIENCE
        self.uart.timeout = 0.1
        while time.monotonic() < end:
            self.write(command)
            if re.search(wanted, self.uart.read_until(b"OK\r\n")):
                break
        else:
            raise AssertionError(f"{command!r} was not answered")
        self.uart.timeout = PATIENCE

    def write(self, command: bytes) -> None:
        self.uart.write(command + b"\r\n")

    def expect(self, *lines: str) -> None:
        """Reads just these lines, each between CR LF and CR LF."""
        self.expect_bytes(b"".join(b"\r\n" + line.encode() + b"\r\n" for line in lines))

    def expect_bytes(self, wanted: bytes) -> None:
        assert self.uart.read(len(wanted)) == wanted

    def ask(self, command: str, *lines: str) -> None:
        """Sends a command and reads exactly these lines."""
        self.write(command.encode())
        self.expect(*lines)

    def quiet(self, seconds: float = 0.2) -> None:
        """Nothing comes."""
        self.uart.timeout = seconds
        assert self.uart.read(1) == b""
        self.uart.timeout = PATIENCE

    def control(self, line: str) -> str:
        with socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(PATIENCE)
            channel.connect(str(self.control_path))
            channel.sendall(line.encode() + b"\n")
            return channel.makefile().readline().strip()

    def stats(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.control("stats"))
        return found

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.uart.close()
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[..., SimProcess]]:
    """Starts simulators, and ends them after the test."""
    running: list[SimProcess] = []

    def start(*arguments: str, boot: bool = True) -> SimProcess:
        running.append(SimProcess(tmp_path, *arguments, boot=boot))
        return running[-1]

    yield start
    for one in running:
        one.stop()


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimProcess]:
    """One simulator for all tests that leave it as it was: no socket open, no setting changed."""
    made = SimProcess(tmp_path_factory.mktemp("plain"), "--dns", "sh.quectel.com=220.18.23.21",
                "--ping", "sh.quectel.com=192,240,241,479", "--ntp", "18/04/20,11:08:20+32",
                "--set", "sleep_after_ms=600000")
    yield made
    made.stop()


class Peer:
    """A real TCP server with one connection at a time."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(PATIENCE)
        self.port = self.server.getsockname()[1]
        self.client: socket.socket | None = None

    def accept(self) -> socket.socket:
        self.client, _ = self.server.accept()
        self.client.settimeout(PATIENCE)
        return self.client

    def read(self, size: int) -> bytes:
        assert self.client is not None
        data = b""
        while len(data) < size:
            piece = self.client.recv(size - len(data))
            assert piece, "closed early"
            data += piece
        return data

    def close(self) -> None:
        self.server.close()
        if self.client is not None:
            self.client.close()


@pytest.fixture
def peer() -> Iterator[Peer]:
    with contextlib.closing(Peer()) as made:
        yield made


class VirtualModule:
    """A module in virtual time, attached, echo and sleep off; `ask` gives what it says."""

    def __init__(self, name: str = "manual", faults: tuple[str, ...] = (), seed: int = 1,
                 boot: bool = True, **keys: Any) -> None:
        self.clock = VirtualClock()
        self.net = MemoryNetwork(self.clock)
        self.heard = bytearray()
        chosen = profile.load(name, keys)
        self.module = Module(self.clock, self.net, chosen, random.Random(seed),
                             self.heard.extend, faults=Faults(random.Random(seed), faults))
        self.module.power.on()
        if boot:
            longest = (chosen.boot_ms[1], chosen.sim_ms[1], chosen.attach_ms[1])
            self.wait(1.2 + sum(longest) / 1000)
            self.ask("ATE0")
            self.ask("AT+QSCLK=0")

    def wait(self, seconds: float = 1.0) -> bytes:
        self.clock.advance(seconds)
        heard = bytes(self.heard)
        self.heard.clear()
        return heard

    def send(self, data: bytes, seconds: float = 1.0) -> bytes:
        self.module.receive(data)
        return self.wait(seconds)

    def ask(self, command: str, seconds: float = 1.0) -> bytes:
        return self.send(command.encode("latin-1") + b"\r\n", seconds)

    def lines(self, command: str, seconds: float = 1.0) -> list[str]:
        """Without the blank ones."""
        text = self.ask(command, seconds).decode("latin-1")
        return [line for line in text.split("\r\n") if line]

    def open(self, number: int = 0, service: str = "TCP", port: int = 7, mode: int = 0) -> None:
        command = f'AT+QIOPEN=1,{number},"{service}","10.0.0.1",{port},0,{mode}'
        assert self.lines(command) == ["OK", f"+QIOPEN: {number},0"]


@pytest.fixture
def virtual() -> type[VirtualModule]:
    return VirtualModule
