"""The program on its PTY: options, real sockets, pacing, control, ending."""

import contextlib
import hashlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tools.bc25sim import cli

ROOT = Path(__file__).resolve().parents[2]


def echo_server(kind=socket.SOCK_STREAM):
    """A real echo server on loopback, for as long as the test lasts."""
    server = socket.socket(socket.AF_INET, kind)
    server.bind(("127.0.0.1", 0))

    def stream():
        with contextlib.suppress(OSError):
            server.listen()
            client, _ = server.accept()
            with client:
                while data := client.recv(4096):
                    client.sendall(data)

    def datagrams():
        with contextlib.suppress(OSError):
            while True:
                data, peer = server.recvfrom(4096)
                server.sendto(data, peer)

    run = stream if kind == socket.SOCK_STREAM else datagrams
    threading.Thread(target=run, daemon=True).start()
    return server


def read_some(sim):
    """One QIRD in view mode 0; URCs before the answer are skipped."""
    sim.write(b"AT+QIRD=0,512")
    line = b""
    while not line.startswith(b"+QIRD: "):
        line = sim.uart.readline()
        assert line, "no answer"
    data = sim.uart.read(int(line[len(b"+QIRD: "):]))
    sim.expect_bytes(b"\r\n\r\nOK\r\n" if data else b"\r\nOK\r\n")
    return data


def send(sim, data):
    """One QISEND by prompt; True once SEND OK came."""
    sim.write(b"AT+QISEND=0,%d" % len(data))
    sim.uart.read_until(b"> ")
    sim.uart.write(data)
    sim.uart.read_until(b"SEND OK\r\n")


def test_random_bytes_through_a_real_server_and_back(process):
    """The server's data is held back while unread, and none of it is lost."""
    sent = random.Random(1).randbytes(20_000)
    with contextlib.closing(echo_server()) as server:
        sim = process("--speed", "inf")
        sim.ask(f'AT+QIOPEN=1,0,"TCP","localhost",{server.getsockname()[1]}',
                "OK", "+QIOPEN: 0,0")
        for start in range(0, len(sent), 512):
            send(sim, sent[start:start + 512])
        received = b""
        while len(received) < len(sent):
            received += read_some(sim)
    assert hashlib.sha256(received).digest() == hashlib.sha256(sent).digest()


def test_datagrams_keep_their_borders(process):
    with contextlib.closing(echo_server(socket.SOCK_DGRAM)) as server:
        sim = process("--speed", "inf", "--dns", "echo.example=127.0.0.1")
        sim.ask(f'AT+QIOPEN=1,0,"UDP","echo.example",{server.getsockname()[1]}',
                "OK", "+QIOPEN: 0,0")
        for size in (1, 2, 100, 511, 512):
            data = random.Random(size).randbytes(size)
            send(sim, data)
            got = b""
            while not got:
                got = read_some(sim)
            assert got == data


def test_open_errors_of_the_real_network(plain):
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        plain.ask('AT+QIOPEN=1,0,"TCP","nowhere.example",80', "OK", "+QIOPEN: 0,565")
        plain.ask(f'AT+QIOPEN=1,0,"TCP LISTENER","127.0.0.1",0,{port}', "OK", "+QIOPEN: 0,556")
    plain.ask(f'AT+QIOPEN=1,0,"TCP","127.0.0.1",{port}', "OK", "+QIOPEN: 0,566")
    plain.ask("AT+QIGETERROR", "+QIGETERROR: 566,socket connection failed", "OK")


def test_ipv6(plain):
    try:
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this computer has no IPv6 loopback")
    with contextlib.closing(server):
        port = server.getsockname()[1]
        plain.ask(f'AT+QIOPEN=1,0,"TCP","::1",{port},0,0,1', "OK", "+QIOPEN: 0,0")
        plain.ask("AT+QICLOSE=0", "OK", "CLOSE OK")


def test_listeners_are_on_loopback_unless_told(plain):
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    plain.ask(f'AT+QIOPEN=1,0,"TCP LISTENER","0.0.0.0",0,{port}', "OK", "+QIOPEN: 0,0")
    wanted = f"0100007F:{port:04X} 00000000:0000 0A"
    if Path("/proc/net/tcp").exists():
        assert wanted in Path("/proc/net/tcp").read_text()
    plain.ask("AT+QICLOSE=0", "OK", "CLOSE OK")


def test_trace(process, tmp_path):
    path = tmp_path / "trace"
    sim = process("--trace", str(path), "--fault", "error=+CSQ@#2")
    sim.ask("AT+CSQ", "+CSQ: 22,0", "OK")
    sim.ask("AT+CSQ", "ERROR")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    records = [line for line in lines if "event" not in line]
    assert all(set(record) == {"t", "dir", "hex"} for record in records)
    assert [r["t"] for r in records] == sorted(r["t"] for r in records)
    heard, said = (b"".join(bytes.fromhex(r["hex"]) for r in records if r["dir"] == way)
                   for way in ("rx", "tx"))
    events = [(line["event"], line["value"]) for line in lines if "event" in line]
    assert ("power", "boot") in events and ("registration", "1") in events
    assert events[-1] == ("fault", "error=+CSQ")
    assert heard.endswith(b"AT+CSQ\r\n")
    assert said.endswith(b"+CSQ: 22,0\r\n\r\nOK\r\n\r\nERROR\r\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_link_and_clean_end(process, tmp_path, number):
    link = tmp_path / "link"
    sim = process("--link", str(link), boot=False)
    assert os.readlink(link) == sim.path
    assert sim.stop(number) == 0
    assert not os.path.lexists(link) and not sim.control_path.exists()


def test_baud_paces_both_directions(process):
    """At 9600 baud 500 bytes take 0.52 s each way."""
    sim = process("--baud", "9600", "--speed", "inf", boot=False)
    sim.repeat(b"ATE1", rb"\r\nOK\r\n")
    time.sleep(0.3)
    sim.uart.reset_input_buffer()
    start = time.monotonic()
    sim.write(b"X" * 500)
    sim.expect_bytes(b"X" * 500 + b"\r\r\nERROR\r\n")
    took = time.monotonic() - start
    assert took >= 0.52


def test_both_ends_need_the_same_rate(process):
    sim = process("--baud", "9600")
    sim.ask("AT+IPR=115200", "OK")
    time.sleep(0.1)
    sim.write(b"AT")
    sim.quiet()
    sim.uart.baudrate = 115200
    sim.write(b"")  # ends what was garbage
    sim.expect("ERROR")
    sim.ask("AT", "OK")


def test_control(process):
    sim = process("--registration", "5", "--sim", "ready", boot=False)
    sim.attach()
    sim.ask("AT+CEREG?", "+CEREG: 0,5", "OK")
    assert sim.stats()["registration"] == 5
    assert sim.control("fault error=+CSQ") == "ok"
    sim.ask("AT+CSQ", "ERROR")
    assert sim.control("sleep") == "ok"
    sim.expect_bytes(b"+QATSLEEP\r\n")
    sim.write(b"AT")
    sim.quiet()
    for line in ("pin wake on", "pin wake off"):
        assert sim.control(line) == "ok"
        time.sleep(0.3)
    sim.expect_bytes(b"+QATWAKEUP\r\n")
    sim.ask("AT", "OK")
    assert sim.control("reset") == "ok"
    sim.expect("RDY", "+CFUN: 1", "+CPIN: READY")
    assert sim.control("off") == "ok" and sim.stats()["state"] == "off"
    assert sim.control("power") == "ok"
    sim.expect("RDY", "+CFUN: 1", "+CPIN: READY")
    for line in ("dance", "pin nose on", "fault nothing", ""):
        assert sim.control(line).startswith("error: ")
    assert sim.control("quit") == "ok"
    assert sim.process.wait(15) == 0


def test_fault_and_set_on_the_command_line(process):
    sim = process("--fault", "error=+CSQ@#2", "--set", "rssi=7")
    sim.ask("AT+CSQ", "+CSQ: 7,0", "OK")
    sim.ask("AT+CSQ", "ERROR")
    sim.ask("AT+CSQ", "+CSQ: 7,0", "OK")


def test_traffic_is_shown():
    command = [sys.executable, "-m", "tools.bc25sim", "--verbose", "--speed", "100"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as shown:
        assert shown.stdout is not None and shown.stderr is not None
        assert shown.stdout.readline().startswith("/dev/")
        assert "< \\r\\nRDY\\r\\n" in shown.stdout.readline()
        shown.terminate()
        assert shown.wait(15) == 0
        assert shown.stderr.read().startswith("seed ")


@pytest.mark.parametrize(("arguments", "message"), [
    (["--map", "x"], "IP:PORT=IP:PORT wanted"), (["--dns", "a=b"], "NAME=IP,… wanted"),
    (["--ping", "a"], "wanted"), (["--ntp", "now"], "YY/MM/DD"), (["--fault", "x"], "KIND"),
    (["--set", "other=1"], "not known"), (["--set", "rssi=\"x\""], "int wanted"),
    (["--profile", "none"], "no profile"), (["--speed", "0"], "above 0"),
    (["--link", "/nonexistent/x"], "No such file")])
def test_bad_options(arguments, message, capsys):
    with pytest.raises(SystemExit) as ended:  # argparse's way, or the code main gives
        sys.exit(cli.main(arguments))
    assert ended.value.code == 2 and message in capsys.readouterr().err
