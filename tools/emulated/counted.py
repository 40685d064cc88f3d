"""Runs on the emulated board under -icount shift=0, where a nanosecond is an instruction.

Prints what one call of the driver takes, the module below, which answers at once, included.
"""

# mypy: ignore-errors

import gc
import sys
import time

SIZE = 512
TIMES = 50


class Clock:
    """The driver's `time`: microseconds pass 128 times as fast.

    The 5 ms that it waits between a prompt and the payload would count as work.
    """

    def __init__(self):
        for name in ("ticks_ms", "ticks_diff", "ticks_add", "sleep_ms"):
            setattr(self, name, getattr(time, name))

    def ticks_us(self):
        return (time.ticks_us() & 0x7FFFFF) << 7  # 30 bits, as the port's


class Module:
    """A UART behind which a module answers at once: OK to all, 512 bytes to QIRD."""

    def __init__(self):
        self.line = b""
        self.body = 0  # bytes of a payload that are still to come
        self.waiting = 0  # bytes that QIRD will find
        self.answer = memoryview(b"")

    def any(self):
        return len(self.answer)

    def readinto(self, buf, n=-1):
        n = min(len(self.answer), len(buf) if n < 0 else n)
        buf[:n] = self.answer[:n]
        self.answer = self.answer[n:]
        return n

    def say(self, text):
        self.answer = memoryview(bytes(self.answer) + text)

    def write(self, buf, off=None, n=None):
        if n is None:
            off, n = 0, len(buf) if off is None else off
        if self.body:
            self.body -= n
            if not self.body:
                self.say(b"\r\nOK\r\n\r\nSEND OK\r\n")
            return n
        self.line += bytes(memoryview(buf)[off : off + n])
        while b"\r\n" in self.line:
            line, self.line = self.line.split(b"\r\n", 1)
            self.command(line)
        return n

    def command(self, line):
        if line.startswith(b"AT+QISEND=0,"):
            self.body = SIZE
            self.say(b"\r\n> ")
            return
        if line.startswith(b"AT+QIRD=0,"):
            self.say(b"\r\n+QIRD: %d\r\n" % self.waiting)
            if self.waiting:
                self.say(PAYLOAD)
            self.waiting = 0
        if line.startswith(b"AT+QICFG"):
            self.say(b"\r\n+QICFG: " + line[9:].split(b",")[0] + b",0\r\n")
        self.say(b"\r\nOK\r\n")
        if line.startswith(b"AT+QIOPEN=1,"):
            self.say(b"\r\n+QIOPEN: " + line[12:13] + b",0\r\n")


PAYLOAD = bytes(SIZE) + b"\r\n"


def opened():
    sys.modules["time"] = Clock()
    from bc25 import BC25

    nic = BC25(module)
    nic.on("idle", lambda: None)  # without it a wait sleeps, and sleeping counts as work
    nic.active(True)
    s = nic.socket()
    s.connect(("10.0.0.1", 7))
    return nic, s


def instructions(work):
    work()
    gc.collect()
    since = time.ticks_us()
    for _ in range(TIMES):
        work()
    return time.ticks_diff(time.ticks_us(), since) * 1000 // TIMES


def read():
    module.waiting = SIZE
    module.say(b'\r\n+QIURC: "recv",0\r\n')
    assert s.readinto(buf) == SIZE


module = Module()
nic, s = opened()
buf = bytearray(SIZE)
print("count", instructions(nic.poll), "poll() with nothing to do")
print("count", instructions(lambda: s.write(buf)), "write() of 512 bytes")
print("count", instructions(read), "readinto() of 512 bytes")
