"""Clients of the QIOPEN family that nobody of this project wrote, or would have written so.

Sixfab's library for the BG96 is a real one. The two others speak as TinyGSM's BG96 and RT-Thread's
bc26 do (their dialogues, not their code): one polls and waits for texts, the other has data pushed
and sorts lines.
"""

import contextlib
import importlib
import random
import re
import sys
from unittest import mock

import pytest

from tools.bc25sim import Echo

PROFILES = ("manual", "clone", "hostile")
SERVER = "10.0.0.1"


# -- sixfab-cellulariot ------------------------------------------------------------------------

@pytest.fixture
def sixfab():
    """The library, on a computer without the shield's pins and sensors."""
    absent = ("RPi", "RPi.GPIO", "Adafruit_ADS1x15", "smbus")
    before = set(sys.modules)
    with mock.patch.dict(sys.modules, {name: mock.MagicMock() for name in absent}):
        yield importlib.import_module("cellulariot.cellulariot")
    for name in {name for name in sys.modules if name.startswith("cellulariot")} - before:
        del sys.modules[name]


def test_sixfab_library(process, peer, sixfab, capsys):
    sim = process("--map", f"{SERVER}:8062=127.0.0.1:{peer.port}", boot=False)
    shield = sixfab.CellularIoT(serial_port=sim.path, serial_baudrate=9600)
    with contextlib.closing(sixfab.ser):
        shield.getIMEI()
        shield.getHardwareInfo()
        shield.saveConfigurations()
        shield.connectToOperator()
        shield.setIPAddress(SERVER)
        shield.setPort(8062)
        shield.connectToServerTCP()
        client = peer.accept()
        shield.sendDataTCP("hello")
        assert peer.read(5) == b"hello"
        client.sendall(b"good day")
        shield.getResponse('+QIURC: "recv",1\r\n')
        shield.sendATComm("AT+QIRD=1,512", "OK\r\n")
        shield.closeConnection()
        assert client.recv(1) == b""
    said = capsys.readouterr().out
    assert "867997030000001" in said and "BC25" in said
    assert "+QIRD: 8\r\ngood day\r\n" in said.replace("\r\r\n", "\r\n")


# -- what both others stand on -----------------------------------------------------------------

class Line:
    """The host's end of a simulated module's UART in virtual time."""

    def __init__(self, made):
        self.made = made
        self.data = b""

    def send(self, command):
        self.made.module.receive(command.encode() + b"\r\n")

    def until(self, found, seconds):
        """Reads until `found()` gives something."""
        end = self.made.clock.now() + seconds
        while not (result := found()):
            assert self.made.clock.now() < end, f"nothing in {seconds} s: {self.data!r}"
            self.pause(0.01)
        return result

    def pause(self, seconds):
        """Waits; what comes stays to be read."""
        self.data += self.made.wait(seconds)

    def take(self, size):
        """That many bytes, whatever they are."""
        self.until(lambda: len(self.data) >= size, 10)
        taken, self.data = self.data[:size], self.data[size:]
        return taken


@pytest.fixture(params=PROFILES)
def line(virtual, request):
    made = virtual(request.param, boot=False)
    made.net.serve(SERVER, 7, Echo)
    made.net.names["echo.example"] = [SERVER]
    return Line(made)


# -- in the manner of TinyGSM ------------------------------------------------------------------

class Tiny:
    """Waits for a text and takes what stands behind it; asks again and again."""

    def __init__(self, line):
        self.line = line

    def wait(self, *texts, seconds=1.0):
        """The text that comes first; it and everything before it are gone then."""
        pattern = re.compile(b"|".join(re.escape(text) for text in texts))
        found = self.line.until(lambda: pattern.search(self.line.data), seconds)
        self.line.data = self.line.data[found.end():]
        return found.group()

    def ask(self, command, text=b"OK\r\n", seconds=1.0):
        self.line.send(command)
        return self.wait(text, b"ERROR\r\n", seconds=seconds)

    def rest_of_line(self):
        found = self.line.until(lambda: re.match(rb"(.*?)\r\n", self.line.data, re.DOTALL), 1)
        self.line.data = self.line.data[found.end():]
        return found.group(1).decode().strip()

    def start(self):
        """Until it answers, has a SIM, is registered and attached."""
        for _ in range(30):
            self.line.send("AT")
            with contextlib.suppress(AssertionError):
                self.wait(b"OK\r\n", seconds=0.5)
                break
        for command in ("ATE0", "AT+CMEE=0", "AT+CTZR=0", "AT+CTZU=1", "AT+QSCLK=0"):
            self.ask(command)
        self.repeat("AT+CPIN?", b"+CPIN:", "READY")
        self.repeat("AT+CEREG?", b"+CEREG:", "0,1")
        self.ask("AT+CGATT=1", seconds=75)
        assert self.ask("AT+CCID?") == b"ERROR\r\n"
        assert self.ask("AT+QCCID", b"+QCCID: ") == b"+QCCID: "
        assert len(self.rest_of_line()) == 20
        self.wait(b"OK\r\n")

    def repeat(self, command, text, wanted):
        for _ in range(60):
            if self.ask(command, text) == text:
                told = self.rest_of_line()
                self.wait(b"OK\r\n")
                if told == wanted:
                    return
            self.line.pause(0.5)
        raise AssertionError(command)

    def connect(self, mux):
        self.ask(f'AT+QIOPEN=1,{mux},"TCP","echo.example",7,0,0')
        self.wait(b"+QIOPEN:", seconds=150)
        assert self.rest_of_line() == f"{mux},0"

    def write(self, mux, data):
        self.line.send(f"AT+QISEND={mux},{len(data)}")
        self.wait(b">")
        self.line.pause(0.05)
        self.line.made.module.receive(data)
        self.wait(b"SEND OK", seconds=10)

    def read(self, mux):
        """All that there is, piece by piece."""
        data = b""
        while True:
            self.ask(f"AT+QIRD={mux},256", b"+QIRD:")
            size = int(self.rest_of_line().partition(",")[0])
            data += self.line.take(size)
            self.wait(b"OK\r\n")
            if not size:
                return data


def test_tinygsm_dialogue(line):
    tiny = Tiny(line)
    tiny.start()
    tiny.connect(0)
    sent = random.Random(1).randbytes(500)
    tiny.write(0, sent)
    line.pause(1)
    assert tiny.read(0) == sent
    assert tiny.ask("AT+QICLOSE=0") == b"OK\r\n"
    tiny.wait(b"CLOSE OK", seconds=15)
    assert tiny.ask("AT+QPOWD=1") == b"OK\r\n"
    tiny.wait(b"POWERED DOWN", seconds=3)


# -- in the manner of RT-Thread ----------------------------------------------------------------

class Thread:
    """Sorts lines: those of the command that runs, and URCs, whose data come with them."""

    def __init__(self, line):
        self.line = line
        self.urcs = []
        self.received = b""

    def step(self):
        """One line from the data, or None."""
        found = re.match(rb"(.*?)\r\n", self.line.data, re.DOTALL)
        if found is None:
            return None
        self.line.data = self.line.data[found.end():]
        text = found.group(1).decode("latin-1")
        pushed = re.fullmatch(r'\+QIURC: "recv",\d,(\d+)', text)
        if pushed:
            self.received += self.line.take(int(pushed.group(1)))
        elif re.match(r"SEND |CLOSE OK|\+QIOPEN|\+QIURC|\+QPING", text):
            self.urcs.append(text)
            return None
        return text

    def run(self, command, seconds=2.0):
        """(last line, the lines before it)."""
        lines = []
        self.line.send(command)

        def ended():
            text = self.step()
            if text:
                lines.append(text)
            return lines and re.fullmatch(r"OK|ERROR|\+CME ERROR.*", lines[-1])
        self.line.until(ended, seconds)
        return lines[-1], lines[:-1]

    def urc(self, start, seconds=60.0):
        def found():
            self.step()
            return next((text for text in self.urcs if text.startswith(start)), None)
        text = self.line.until(found, seconds)
        self.urcs.remove(text)
        return text

    def retried(self, command, pattern):
        """Up to thirty times, a second apart."""
        for _ in range(30):
            lines = "\n".join(self.run(command, 5)[1])
            if found := re.search(pattern, lines):
                return found.group(1)
            self.line.pause(1)
        raise AssertionError(command)

    def start(self):
        self.line.pause(2)
        for command in ("ATE0", "AT+QSCLK=0", "AT+CEDRXS=0", "AT+CPSMS=0"):
            assert self.run(command)[0] == "OK"
        assert int(self.retried("AT+IPR?", r"\+IPR: (\d+)")) == 9600
        assert len(self.run("ATI")[1]) >= 3
        self.retried("AT+CPIN?", "(READY)")
        assert self.retried("AT+CSQ", r"\+CSQ: (\d+),") != "99"
        self.retried("AT+CGREG?", r"\+CGREG: \d,([15])")
        assert self.retried("AT+CGPADDR=1", r'\+CGPADDR: 1,"?([\d.]+)') == "100.127.243.105"
        self.run('AT+QICFG="showlength",1')

    def resolve(self, name):
        self.run(f'AT+QIDNSGIP=1,"{name}"')
        assert self.urc('+QIURC: "dnsgip",0').split(",")[2] == "1"
        return self.urc('+QIURC: "dnsgip",').split('"')[3]

    def send(self, number, data):
        self.line.send(f"AT+QISEND={number},{len(data)}")

        def prompted():
            self.line.data = self.line.data.lstrip()
            if self.line.data.startswith(b">"):
                return True
            self.step()
            return False
        self.line.until(prompted, 5)
        self.line.data = self.line.data[1:].lstrip()  # a space or a line end may follow it
        self.line.pause(0.05)
        self.line.made.module.receive(data)
        assert self.urc("SEND") == "SEND OK"

    def sleep(self):
        """Lets it, waits for it, wakes it."""
        for command in ("AT+QSCLK=1", 'AT+CPSMS=1,,,"01000011","00000001"'):
            assert self.run(command)[0] == "OK"
        assert self.run("AT+QRELLOCK")[0] != "OK"
        self.line.pause(15)
        assert self.line.made.module.power.state == "asleep"
        self.line.made.module.power.pulse("wake")
        self.line.pause(0.5)
        self.line.send("ATE0")  # its echo may be on again, and ends as no line does
        self.line.pause(0.5)
        self.line.data = b""
        assert self.run("AT+QSCLK=0")[0] == "OK"


def echoed(thread, number, service):
    """Opens, sends and has everything come back."""
    address, sent = thread.resolve("echo.example"), random.Random(number).randbytes(300)
    thread.run(f'AT+QIOPEN=1,{number},"{service}","{address}",7,0,1')
    assert thread.urc("+QIOPEN") == f"+QIOPEN: {number},0"
    thread.received = b""
    thread.send(number, sent)

    def back():
        thread.step()
        return thread.received == sent
    thread.line.until(back, 10)


def test_rtthread_dialogue(line):
    thread = Thread(line)
    thread.start()
    echoed(thread, 0, "UDP")
    echoed(thread, 1, "TCP")
    assert thread.run(f'AT+QPING=1,"{SERVER}",5,1')[0] == "OK"
    assert thread.urc("+QPING: 0,").split(",")[2] == "32"
    thread.sleep()
    thread.send(0, b"still there")  # the UDP one lives on
    assert thread.run("AT+QICLOSE=0")[0] == "OK"
    thread.urc("CLOSE OK", 15)
