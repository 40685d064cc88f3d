"""Whatever ends a tool: it ends at once, without a traceback, and nothing is left behind."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tools.mp import ROOT

PATIENCE_S = 60.0  # for a tool to begin, on a busy machine
END_S = 10.0  # for it to end: a second where nothing else runs
MARK = "BC25_TEST_MARK"
# Each tool, and how many children it has once it is at work.
TOOLS: dict[str, tuple[list[str], int]] = {
    "demo": (["tools.demo"], 3),
    "bench": (["tools.bench"], 1),
    "soak": (["tools.soak", "--seed", "1", "--json", "build/test_soak.json"], 0),
    "probe": (["tools.probe", "--port", "desk", "--out", "build/test_probe.toml",
               "--trace", "build/test_probe.jsonl"], 1),
    "manual": (["tools.manual"], 1),
    "device-test": (["tools.device_test", "--port", "desk",
                     "--json", "build/test_device.json"], 3),
    "record": (["tools.record", "--port", "desk", "lib/examples/web_server.py"], 4),
    "replay": (["tests_host.faults.replay", "--all"], 0),
}  # fmt: skip


class Started:
    """A tool at work, its temporary files in a folder of their own."""

    def __init__(self, command: list[str]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="t"))  # a socket's path may not be long
        self.mark = secrets.token_hex(8)
        environ = {name: text for name, text in os.environ.items() if not name.startswith("MAKE")}
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=environ | {MARK: self.mark, "TMPDIR": str(self.folder)}, start_new_session=True,
        )  # fmt: skip

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for it, while the tool runs."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < end, "it does not begin"
            time.sleep(0.05)

    def busy(self, children: int) -> bool:
        """It has its scratch folder and so many children, and theirs."""
        begun = any(self.folder.iterdir())
        return begun and len(psutil.Process(self.process.pid).children(recursive=True)) >= children

    def ended(self) -> str:
        """What it said, once it has ended."""
        return self.process.communicate(timeout=END_S)[0]

    def left(self) -> list[str]:
        """Processes and folders that are still there."""
        found = [" ".join(p.info["cmdline"] or [p.info["name"]])
                 for p in psutil.process_iter(["environ", "cmdline", "name", "status"])
                 if (p.info["environ"] or {}).get(MARK) == self.mark
                 and p.info["status"] != psutil.STATUS_ZOMBIE]
        return found + [str(path) for path in self.folder.iterdir()]

    def clean(self) -> None:
        """After a test that failed."""
        for process in psutil.process_iter(["environ"]):
            if (process.info["environ"] or {}).get(MARK) == self.mark:
                process.kill()
        self.process.communicate()
        shutil.rmtree(self.folder)


@pytest.fixture
def start() -> Iterator[Callable[[list[str]], Started]]:
    """Starts tools, and cleans up behind them."""
    running: list[Started] = []

    def begin(command: list[str]) -> Started:
        running.append(Started(command))
        return running[-1]

    yield begin
    for tool in running:
        tool.clean()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_that_is_told_to_end(name: str, number: int, start: Callable[..., Started]) -> None:
    words, children = TOOLS[name]
    tool = start([sys.executable, "-m", *words])
    tool.until(lambda: tool.busy(children))
    tool.process.send_signal(number)
    said = tool.ended()
    assert "Traceback" not in said
    assert tool.process.returncode == 130
    assert tool.left() == []


def test_signals_that_come_again_and_again(start: Callable[..., Started]) -> None:
    """`timeout` tells the process and its group, and `make` tells its children, too."""
    tool = start(["make", "demo"])
    tool.until(lambda: tool.busy(4))
    for _ in range(3):
        os.killpg(tool.process.pid, signal.SIGTERM)
        time.sleep(0.02)
    assert "Traceback" not in tool.ended()
    assert tool.left() == []


def test_what_does_not_end_when_told_is_ended(start: Callable[..., Started]) -> None:
    program = (
        "import subprocess, sys, time\n"
        "from tools import process\n"
        "def main():\n"
        "    deaf = 'import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(90)'\n"
        "    subprocess.Popen([sys.executable, '-c', deaf], start_new_session=True)\n"
        "    while True:\n"
        "        try:\n"
        "            time.sleep(90)\n"
        "        except KeyboardInterrupt:\n"
        "            pass\n"
        "process.run(main)\n"
    )
    tool = start([sys.executable, "-c", program])
    tool.until(lambda: tool.busy(1))
    tool.process.send_signal(signal.SIGTERM)
    tool.process.wait(4 * END_S)
    assert tool.left() == []


def test_an_interrupted_soak_tells_what_is_known(start: Callable[..., Started]) -> None:
    file = ROOT / "build" / "test_soak_early.json"
    file.unlink(missing_ok=True)
    words = ["tools.soak", "--seed", "1", "--transactions", "5000", "--json", str(file)]
    tool = start([sys.executable, "-m", *words])
    assert tool.process.stdout is not None
    assert tool.process.stdout.readline() == "seed 1\n"
    assert tool.process.stdout.readline().startswith("soak: 500 of 5000, about ")
    tool.process.send_signal(signal.SIGINT)
    said = tool.ended()
    assert "ended early; so far:" in said and "transactions" in said
    figures = json.loads(file.read_text())
    assert figures["wanted"] == 5000 > figures["transactions"] >= 500
