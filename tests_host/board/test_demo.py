"""`make demo` and the desk it stands on."""

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack

import pytest

from tools import demo, desk, desk_trace
from tools.mp import MPY, ROOT
from tools.servers import Servers

EXAMPLE = "lib/examples/demo.py"
MPREMOTE = [sys.executable, "-m", "mpremote", "connect"]


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
        "board  ▶ AT+QISENDEX=0,",
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
def test_the_emulated_board_runs_the_example(tmp_path):
    for folder in (ROOT / "boards" / "MPS2_AN385", demo.EXAMPLES):
        for source in folder.glob("*.py"):
            shutil.copy(source, tmp_path)
    shutil.copytree(MPY / "bc25", tmp_path / "bc25")
    with Servers() as servers, ExitStack() as stack:
        sim = demo.sim_arguments(servers.echo())
        firmware = os.environ["BC25_FIRMWARE"]
        there = stack.enter_context(desk.Desk(sim, board="MPS2_AN385", firmware=firmware))
        assert demo.mpremote(there.port, "mount", str(tmp_path), "run", EXAMPLE, show=print)
    assert demo.heard(servers) == demo.MESSAGES


def test_trace_lines_are_joined_and_made_readable():
    lines = desk_trace.Lines()
    assert list(lines.add(1.0, b"\r\nO")) == []
    assert list(lines.add(2.0, b"K\r\n+QIRD: 2\r\n\x00\xff")) == [(1.0, b"OK"), (2.0, b"+QIRD: 2")]
    assert list(lines.rest()) == [(2.0, b"\x00\xff")]
    assert desk_trace.readable(b"a\x00\xff") == "a\\x00\\xff"
    assert desk_trace.readable(b"x" * 200).endswith("(200 bytes)")


def test_deploy_puts_the_compiled_driver_on_a_board(tmp_path):
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    old = tmp_path / "board" / "lib" / "bc25" / "nic.py"
    old.parent.mkdir(parents=True)
    old.write_text("1 / 0")
    with desk.Desk([], folder=tmp_path / "board") as there:
        for words in (
            ["make", "deploy", f"PORT={there.port}", "BOARD=unix"],
            [*MPREMOTE, there.port, "exec", "import bc25.nic"],
        ):
            subprocess.run(words, cwd=ROOT, env=environ, check=True, timeout=60)
    assert (tmp_path / "board" / "board.py").exists()
    assert not old.exists()


def test_the_checkout_installs_with_mip_and_runs(tmp_path):
    with Servers() as servers, ExitStack() as stack:
        sim = [*demo.sim_arguments(servers.echo()), "--speed", "10"]
        there = stack.enter_context(desk.Desk(sim, folder=tmp_path / "board"))
        assert demo.mpremote(there.port, "mip", "install", "package.json")
        assert demo.mpremote(there.port, "mount", str(demo.EXAMPLES), "run", EXAMPLE)
    assert demo.heard(servers) == demo.MESSAGES
