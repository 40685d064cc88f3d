"""Recorded conversations with modules, replayed against the driver as it is now.

For each NAME.jsonl: the program NAME.py runs again, hears what the module said then, has to say
what the driver said then, and to print NAME.out.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import serial

from tools.desk import Part, sim_command
from tools.record import PIECE, pieces
from tools.replay import TRACES, difference, play


@pytest.mark.parametrize("name", sorted(path.stem for path in TRACES.glob("*.jsonl")))
def test_the_driver_does_as_recorded(name: str) -> None:
    assert difference(TRACES / f"{name}.jsonl") == ""


def changed(tmp_path: Path, old: bytes, new: bytes) -> Path:
    """The TCP trace with something else in it."""
    text = (TRACES / "tcp_echo.jsonl").read_text()
    assert old.hex() in text
    trace = tmp_path / "tcp_echo.jsonl"
    trace.write_text(text.replace(old.hex(), new.hex()))
    return trace


def test_another_command_than_recorded_is_told(tmp_path: Path) -> None:
    trace = changed(tmp_path, b"AT+QIOPEN=1,0", b"AT+QIOPEN=2,0")
    assert "differs: the driver says" in play(trace, TRACES / "tcp_echo.py")


def test_another_answer_reaches_the_program(tmp_path: Path) -> None:
    trace = changed(tmp_path, b"+QIOPEN: 0,566", b"+QIOPEN: 0,569")
    assert "refused 569" in play(trace, TRACES / "tcp_echo.py")


def test_a_program_on_a_board_leaves_its_trace(tmp_path: Path) -> None:
    program, out = tmp_path / "program.py", tmp_path / "trace.jsonl"
    program.write_text(
        "from bc25 import BC25\nfrom board import uart\n"
        "nic = BC25(uart())\nnic.active(True)\nprint('active')\n"
    )
    command = [sys.executable, "-m", "tools.record", "--port", "desk", "--out", str(out)]
    done = subprocess.run(
        [*command, str(program)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.startswith("active\n"), done.stdout + done.stderr
    events = [json.loads(line) for line in out.read_text().splitlines()]
    said = b"".join(bytes.fromhex(e["hex"]) for e in events if e["dir"] == "rx")
    heard = b"".join(bytes.fromhex(e["hex"]) for e in events if e["dir"] == "tx")
    assert said.startswith(b"ATE0\r\n") and b"OK" in heard
    assert play(out, program) == "active\n"


def test_the_pass_through_is_the_module(tmp_path: Path) -> None:
    """Whoever opens the PTY talks to the module, and the trace tells of both."""
    out = tmp_path / "trace.jsonl"
    module = Part("module", sim_command(tmp_path / "own.jsonl", tmp_path / "control", []))
    record = [sys.executable, "-m", "tools.record", "--port", module.port, "--out", str(out)]
    tap = Part("tap", record)
    try:
        with serial.Serial(tap.port, timeout=0.2) as port:
            heard = ask(port)
    finally:
        tap.stop()
        module.stop()
    assert b"OK" in heard
    assert {json.loads(line)["dir"] for line in out.read_text().splitlines()} == {"rx", "tx"}


def ask(port: serial.Serial) -> bytes:
    """What answers AT, until it is OK."""
    heard, end = b"", time.monotonic() + 10
    while b"OK" not in heard and time.monotonic() < end:
        port.write(b"AT\r\n")
        heard += port.read(100)
    return heard


def test_a_tap_in_the_middle_of_a_line() -> None:
    output = "one\x0112 rx 4154\r\n two\r\n\x0120 tx 0d0a\n"
    assert PIECE.sub("", output) == "one two\r\n"
    assert list(pieces(output)) == [
        {"t": 0.0, "dir": "rx", "hex": "4154"},
        {"t": 0.008, "dir": "tx", "hex": "0d0a"},
    ]


def test_words_that_do_not_fit() -> None:
    command = [sys.executable, "-m", "tools.record", "--port", "desk"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2 and "need a program" in done.stderr
