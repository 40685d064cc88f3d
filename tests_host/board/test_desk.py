"""`make desk`: what it prints can be typed, and runs."""

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tools import desk_world
from tools.desk import Failed, Part
from tools.mp import ROOT
from tools.servers import connect

LIMIT_S = 60


class Started:
    """A program of which the output is kept line by line."""

    def __init__(self, command: list[str]) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def line(self, pattern: str) -> str:
        """The first line with this in it, as soon as it is there."""
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            for line in list(self.lines):
                if re.search(pattern, line):
                    return line
            time.sleep(0.05)
        raise AssertionError(f"no {pattern!r} in\n" + "\n".join(self.lines))

    def end(self, number: int = signal.SIGTERM) -> int:
        """Its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(20)
        self._reader.join(5)
        return code


def start_desk(*arguments: str) -> Started:
    desk = Started([sys.executable, "-m", "tools.desk", *arguments])
    desk.line("Ctrl-C ends all of it")
    return desk


@pytest.fixture(scope="module")
def desk() -> Iterator[Started]:
    desk = start_desk("--speed", "10")
    yield desk
    desk.end()


@pytest.fixture
def run(desk: Started) -> Iterator[Callable[[str], Started]]:
    """run(example) -> it, started with the line that the desk prints."""
    started: list[Started] = []

    def run(example: str) -> Started:
        line = desk.line(rf"lib/examples/{example}\.py")
        started.append(Started(shlex.split(line)))
        return started[-1]

    yield run
    for one in started:
        one.process.kill()
        one.process.wait()


def test_the_desk_has_a_line_for_every_example(desk):
    for example in desk_world.names():
        desk.line(rf"mpremote connect build/desk\d? .*lib/examples/{example}\.py")


@pytest.mark.parametrize(
    ("example", "says"),
    [
        ("demo", r"UDP brought back b'hello over UDP'"),
        ("https_fetch", r"HTTP/1\.1 404"),
        ("ntp_to_rtc", r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d zone"),
        ("ping", r"3 of 4 answered in 192 to 479 ms"),
    ],
)
def test_an_example_runs_to_its_end(run, example, says):
    started = run(example)
    assert started.process.wait(LIMIT_S) == 0, started.lines
    started.line(says)


def test_the_sensor_takes_orders(desk, run):
    started = run("mqtt_sensor")
    publish = desk.line("amqtt_pub").partition("takes orders: ")[2]
    end = time.monotonic() + LIMIT_S
    while "every 5 s" not in started.lines:
        assert time.monotonic() < end and started.process.poll() is None, started.lines
        subprocess.run(shlex.split(publish), cwd=ROOT, check=True, timeout=LIMIT_S)


def test_the_web_server_is_reached_from_this_computer(desk, run):
    run("web_server").line("http://")
    port = desk.line("web_server.py is ").rpartition(":")[2].strip("/")
    with connect(int(port)) as client:  # when the module listens
        client.sendall(b"GET / HTTP/1.0\r\nHost: module\r\n\r\n")
        assert b"Signal: " in client.makefile("rb").read()


def test_reports_arrive_from_a_board_that_restarts():
    desk = start_desk("--speed", "10")  # its own: the board sleeps on, and takes no program
    try:
        command = desk.line(r"lib/examples/telemetry\.py")
        subprocess.run(shlex.split(command), cwd=ROOT, check=True, timeout=LIMIT_S)
        desk.line("telemetry.example got b'rssi_dbm")
    finally:
        desk.end()


def link(desk: Started) -> Path:
    return ROOT / desk.line("^board").partition("also ")[2].split()[0]


def test_two_desks_side_by_side_leave_each_other_alone():
    first, second = start_desk(), start_desk("--mode", "stm32")
    try:
        assert os.readlink(link(first)) != os.readlink(link(second))
        assert second.end(signal.SIGINT) == 0
        assert not link(second).is_symlink() and link(first).exists()
        mpremote = first.line("repl").split()[1:4]
        out = subprocess.check_output(
            [*mpremote, "exec", "import board; print(board.uart())"], cwd=ROOT, timeout=LIMIT_S
        )
        assert b"mode=perfect" in out
    finally:
        first.end()
        second.end()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_of_a_desk_that_is_told_to_end(number):
    desk = start_desk()
    parts = psutil.Process(desk.process.pid).children(recursive=True)
    assert len(parts) >= 3  # the module, the board and its interpreter
    assert desk.end(number) == 0
    assert not psutil.wait_procs(parts, timeout=5)[1]
    assert not any("Traceback" in line for line in desk.lines)


def test_an_error_is_said_once():
    done = subprocess.run(
        [sys.executable, "-m", "tools.desk", "--profile", "none"], cwd=ROOT, text=True,
        capture_output=True, timeout=LIMIT_S,
    )  # fmt: skip
    assert done.returncode == 2
    assert re.fullmatch("the simulated module did not start: .*none.*\n", done.stderr), done.stderr


def test_what_a_part_says_once_it_runs_is_passed_on(capfd):
    program = "import sys, time; print('/dev/x', flush=True); time.sleep(1); sys.exit('later')"
    part = Part("a part", [sys.executable, "-c", program])
    part.process.wait(10)
    part.stop()
    assert capfd.readouterr().err == "later\n"
    with pytest.raises(Failed, match="a part did not start: why"):
        Part("a part", [sys.executable, "-c", "import sys; sys.exit('why')"])


def test_a_desk_that_is_not_there_is_told_as_such():
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make", "deploy", "PORT=desk99"], cwd=ROOT, env=environ, text=True, capture_output=True,
        timeout=LIMIT_S,
    )  # fmt: skip
    assert "desk99 is not running: make desk starts one\n" in done.stdout
    assert done.returncode == 2
