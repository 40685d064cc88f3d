"""tests_device through mpremote on the virtual board, as `make device-test PORT=desk` does it."""

import hashlib
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tools.device_test.run import SCRIPTS, TESTS, parsed
from tools.servers.orders import OrderError, OrderServers, _numbers, pattern


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.device_test", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)


@pytest.mark.manual("4.1", "4.3", "4.4", "4.6", "4.7")
def test_every_script_passes_on_the_desk(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    done = run("--port", "desk", "--json", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads(file.read_text())["results"]
    assert {r["script"] for r in results} == set(TESTS)
    assert [r for r in results if r["result"] != "pass"] == []


def test_no_server_is_a_reason_to_skip(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    done = run("--port", "desk", "--set", "SERVER=None", "--json", str(file), "bulk")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [r["result"] for r in json.loads(file.read_text())["results"]] == ["skip", "skip"]


def test_every_script_is_in_the_list() -> None:
    assert {path.stem for path in SCRIPTS.glob("*.py")} - {"settings", "runner", "bridge"} == set(
        TESTS
    )


def test_bad_words_get_a_sentence() -> None:
    done = run("--port", "desk", "nonsense")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no test nonsense" in done.stderr
    assert "--port is needed" in run().stderr


def test_a_script_that_ends_early_is_a_failure() -> None:
    results, other = parsed("x", ["pass first 0.10 s fine", "fail second 1.00 s bad", "  trace"])
    assert [(r.result, r.test, r.note) for r in results] == [
        ("pass", "first", "fine"),
        ("fail", "second", "bad"),
    ]
    assert results[1].output == ["  trace"] == other


def test_orders_need_the_token_and_reach_nobody_else() -> None:
    with OrderServers("127.0.0.1", "word") as servers:
        assert ask(servers.orders, b"other down 5\n").startswith(b"error: TOKEN")
        assert b"behind a NAT" in ask(servers.orders, b"word dial 192.0.2.1 2020\n")
        assert b"no order" in ask(servers.orders, b"word fly\n")
        hashed, data = ask(servers.orders, b"word down 700\n").split(b"\n", 1)
        assert data == pattern(700) and hashlib.sha256(data).hexdigest().encode() == hashed
    with pytest.raises(OrderError):
        _numbers(["9", "99999"], 1 << 16)


def ask(port: int, order: bytes) -> bytes:
    """All that comes back until the server has nothing more to say."""
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        s.sendall(order)
        s.shutdown(socket.SHUT_WR)
        answer = b""
        while data := s.recv(4096):
            answer += data
    return answer


def test_the_pattern_holds_every_byte() -> None:
    assert set(pattern(512)) == set(range(256))
    assert pattern(100, 50) == pattern(150)[50:]
