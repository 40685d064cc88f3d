"""`make demo` and the desk it stands on."""

import os
import subprocess
import sys

import pytest

from tools import desk, desk_trace, size
from tools.mp import ROOT


def run_demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tools.demo", *arguments], cwd=ROOT, text=True, timeout=90,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip


def test_demo_shows_both_round_trips_and_the_traffic():
    done = run_demo()
    assert done.returncode == 0, done.stdout
    for text in (
        "board  ▶ AT+QIOPEN=",
        "module ◀ > ",
        "module ◀ SEND OK",
        "TCP brought back b'hello over TCP\\n'",
        "UDP brought back b'hello over UDP'",
        "TCP: sent b'hello over TCP\\n', the server received it, it came back",
        "UDP: sent b'hello over UDP', the server received it, it came back",
        "demo done",
    ):
        assert text in done.stdout


def test_demo_fails_when_the_network_refuses():
    done = run_demo("--registration", "3")
    assert done.returncode == 1, done.stdout
    assert "OSError" in done.stdout or "BC25Error" in done.stdout
    assert "UDP: b'hello over UDP' was to go: the server received b'', nothing" in done.stdout
    assert "demo FAILED" in done.stdout


def test_size_learns_what_a_client_loads():
    modules = size.client()
    assert {"__init__", "channel", "engine", "errors", "nic", "sockets"} <= modules
    assert modules <= set(size.sizes())
    assert not modules & {"aio", "trace"}


def test_size_tells_when_the_example_failed(tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text("1 / 0")
    failed = pytest.raises(RuntimeError, match="(?s)did not run to its end.*ZeroDivisionError")
    with desk.Desk([], folder=tmp_path / "board") as there, failed:
        size.loaded(there.port, broken)


def test_the_emulated_board_says_what_it_needs(tmp_path):
    with pytest.raises(desk.Failed, match="needs FIRMWARE=path"):
        desk.Desk([], board="MPS2_AN385")
    with pytest.raises(desk.Failed, match="needs FIRMWARE=path"):
        desk.Desk([], board="MPS2_AN385", firmware=str(tmp_path / "none.elf"))


def test_a_part_that_does_not_start_is_named(capfd):
    with pytest.raises(desk.Failed, match="the simulated module did not start"):
        desk.Desk(["--no-such-argument"])


def test_qemu_tells_its_port():
    assert desk.qemu_port("char device redirected to /dev/pts/3 (label serial0)\n") == "/dev/pts/3"


@pytest.mark.skipif("BC25_FIRMWARE" not in os.environ, reason="BC25_FIRMWARE names none")
def test_the_emulated_board_answers():
    with desk.Desk([], board="MPS2_AN385", firmware=os.environ["BC25_FIRMWARE"]) as there:
        command = [sys.executable, "-m", "mpremote", "connect", there.port, "exec", "print(6 * 7)"]
        assert subprocess.check_output(command, timeout=40) == b"42\r\n"


def test_trace_lines_are_joined_and_made_readable():
    lines = desk_trace.Lines()
    assert list(lines.add(1.0, b"\r\nO")) == []
    assert list(lines.add(2.0, b"K\r\n+QIRD: 2\r\n\x00\xff")) == [(1.0, b"OK"), (2.0, b"+QIRD: 2")]
    assert list(lines.rest()) == [(2.0, b"\x00\xff")]
    assert desk_trace.readable(b"a\x00\xff") == "a\\x00\\xff"
    assert desk_trace.readable(b"x" * 200).endswith("(200 bytes)")
