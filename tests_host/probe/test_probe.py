"""Probing the simulated module gives back the profile that it was started with."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tools.bc25sim import profile
from tools.desk import Desk
from tools.probe.findings import Findings
from tools.probe.wire import Trouble, Wire

# What cannot be seen through a UART from outside, or only by waiting for hours.
UNKNOWABLE = {
    "name", "vary", "cpin_without_sim", "no_sim_sleep_ms", "open_limit_ms", "ntp_limit_ms",
    "boot_garbage_ms", "boot_garbage_glued", "ipr_ms", "send_ok_when_closed", "send_buffer",
    "flash_gap_ms", "prompt_settle_ms", "chunk", "chunk_gap_ms", "line_gap_ms",
}  # fmt: skip
# Of these only one profile or another lets something be seen.
ELSEWHERE = {
    "manual": {"udp_service_id"},  # it has no UDP SERVICE
    "clone": {"incoming_mode"},  # it does not list what it accepted
    "hostile": {"radio_idle_ms", "qicfg_question"},  # its noise, and its answers without a value
}
SHORT = {"cgatt_ms": [800, 800], "sleep_after_ms": [2500, 2500], "radio_idle_ms": [1200, 1200]}
EARLY_MS, LATE_MS = 200, 1500  # what a busy machine and the order of questions make of a time


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", profile.names())
def test_each_profile_comes_back(name: str, tmp_path: Path) -> None:
    out = tmp_path / "probed.toml"
    words = ["--port", "desk", "--profile", name, "--identity", "--sleep-wait", "5",
             *(word for key in SHORT for word in ("--set", f"{key}={SHORT[key]}")),
             "--out", str(out),
             "--trace", str(tmp_path / "probe.jsonl")]  # fmt: skip
    done = python("tools.probe", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    given = profile.load(name, SHORT)
    found, written = profile.load(str(out)), tomllib.loads(out.read_text())
    told = (set(written) | set(written.get("vary", {}))) - {"base", "vary"}
    assert set(profile.Profile.__dataclass_fields__) - told - UNKNOWABLE <= ELSEWHERE[name], (
        done.stdout
    )
    wrong = {key: (values(given, key), values(found, key)) for key in told}
    assert {k: v for k, v in wrong.items() if not fits(k, *v)} == {}, done.stdout


def values(p: profile.Profile, key: str) -> set[Any]:
    """All values that a key may take."""
    return set(p.vary.get(key) or [getattr(p, key)])


def fits(key: str, given: set[Any], found: set[Any]) -> bool:
    if key.endswith("_ms"):
        ((low, high),), ((seen_low, seen_high),) = given, found
        return bool(low - EARLY_MS <= seen_low and seen_high <= high + LATE_MS)
    if key == "noise":
        return {line for lines in found for line in lines} <= set(next(iter(given)))
    if key == "noise_rate":
        return bool(abs(sum(given) - sum(found)) < 0.12)
    return found <= given


def test_a_module_behind_a_board(tmp_path: Path) -> None:
    """tests_device/bridge.py passes everything on, and ends when it is told to."""
    out = tmp_path / "probed.toml"
    with Desk(
        ["--speed", "5", "--ntp", "24/01/01,00:00:00+32"], folder=tmp_path / "board"
    ) as desk:
        words = ["--port", desk.port, "--board", "unix", "--no-restart", "--sleep-wait", "1",
                 "--name", "localhost", "--ping", "localhost", "--ntp", "localhost",
                 "--out", str(out), "--trace", str(tmp_path / "probe.jsonl")]  # fmt: skip
        probed = python("tools.probe", *words)
        after = python("mpremote", "connect", desk.port, "eval", "40+2")
    assert probed.returncode == 0, probed.stdout + probed.stderr
    assert tomllib.loads(out.read_text())["model"] == "BC25"
    assert "no server: --server" in probed.stdout
    assert after.stdout.strip() == "42", after.stdout + after.stderr


def python(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words], capture_output=True, text=True, timeout=280, check=False
    )


class FakePort:
    """Hands out what a test gives it, a few bytes at a time."""

    timeout: float | None = None

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.sent = b""

    @property
    def in_waiting(self) -> int:
        return min(3, len(self.data))

    def read(self, size: int = 1, /) -> bytes:
        data, self.data = self.data[:size], self.data[size:]
        return data

    def write(self, data: bytes, /) -> int:
        self.sent += data
        return len(data)


def test_lines_prompts_and_pushed_data_are_told_apart() -> None:
    port = FakePort(
        b'AT\r\r\n+CSCON: 1\r\n\r\n+QIURC: "recv",1,4\r\n\r\nOK\r\n\r\nOK\r\n'
        b"\r\nRDY\r\n\r\n> \r\nOK\r\n"
    )
    wire = Wire(port)
    wire.pushing.add(1)
    answer = wire.ask("AT", wait=0.1)
    assert (answer.final, answer.echoed) == ("OK", True)
    assert wire.noise == {"+CSCON: 1": 1}
    told = wire.urc("+QIURC:", 0)
    assert told is not None and told.data == b"\r\nOK"
    assert wire.open_prompt("AT+QISEND=0,1", 0.1) == b"\r\n> "
    assert [line.text for line in wire.urcs] == ["RDY"]
    assert set(wire.starts) == {b"\r\n"}


def test_no_prompt_is_trouble() -> None:
    with pytest.raises(Trouble, match="answered ERROR"):
        Wire(FakePort(b"\r\nERROR\r\n")).open_prompt("AT+QISEND=0,1", 0.1)
    with pytest.raises(Trouble, match="no prompt"):
        Wire(FakePort(b"")).open_prompt("AT+QISEND=0,1", 0.1)


def test_a_key_seen_twice_varies(tmp_path: Path) -> None:
    found = Findings()
    for value in ("\r\n", "", "\r\n"):
        found.see("line_start", value)
    for ms in (20.4, 31.6):
        found.see("command_ms", ms)
    found.see("echo", True)
    found.miss("why", "echo", "banner")
    found.miss("another reason", "banner")
    assert found.unknown == {"banner": "why"}
    file = tmp_path / "p.toml"
    file.write_text(found.profile("a test"))
    loaded = profile.load(str(file))
    assert list(loaded.command_ms) == [20, 32]
    assert set(loaded.vary["line_start"]) == {"", "\r\n"}


def test_nobody_there_is_a_sentence(tmp_path: Path) -> None:
    done = python("tools.probe", "--port", str(tmp_path / "none"))
    assert done.returncode == 2 and "Traceback" not in done.stderr and done.stderr
