"""Runs in MicroPython, one step at a time: how much heap the driver holds.

`LIB` (the driver's folder, empty where it is frozen) and `CLIENT` (the modules that a client
loads) are set before. Between two steps the host has garbage collected, which MicroPython's
webassembly port does only when no Python runs.
"""

# mypy: ignore-errors

import sys


class Answers:
    """A module that says OK to everything."""

    def __init__(self):
        self._rx = b""
        self._line = b""

    def any(self):
        return len(self._rx)

    def readinto(self, buf, n=-1):
        n = min(len(self._rx), len(buf) if n < 0 else n)
        buf[:n] = self._rx[:n]
        self._rx = self._rx[n:]
        return n

    def write(self, buf, n):
        self._line += bytes(memoryview(buf)[:n])
        while b"\r\n" in self._line:
            line, self._line = self._line.split(b"\r\n", 1)
            if line.startswith(b"AT+QICFG"):
                self._rx += b"\r\n+QICFG: " + line[9:].split(b",")[0] + b",0\r\n"
            if line == b"AT+CSQ":
                self._rx += b"\r\n+CSQ: 22,0\r\n"
            self._rx += b"\r\nOK\r\n"
            if line.startswith(b"AT+QIOPEN=1,"):
                self._rx += b"\r\n+QIOPEN: " + line[12:13] + b",0\r\n"
        return n


def warm():
    """What Python itself keeps once used."""
    for name in ("errno", "io", "time"):
        __import__(name)
    if LIB:  # noqa: F821
        sys.path.append(LIB)  # noqa: F821
    Answers().write(b"AT\r\n", 4)


def client():
    for name in CLIENT:  # noqa: F821
        __import__(name)


def bare():
    global nic
    from bc25 import BC25

    nic = BC25(Answers())


def two():
    global first, second
    nic.active(True)
    first, second = nic.socket(), nic.socket()
    first.connect(("10.0.0.1", 7))
    second.connect(("10.0.0.1", 8))


def asked():
    assert nic.status("rssi") == -69


STEPS = (warm, client, bare, two, asked)
