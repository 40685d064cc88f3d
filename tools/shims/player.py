# mypy: ignore-errors
"""Runs a program on MicroPython against a recorded module: player.py LIB SHIMS TRACE PROGRAM.

The module's bytes come when the driver has said all that it had said before them when they were
recorded, and as much later as they did then; the clock is a fake one, so nothing waits. A driver
that says anything else than recorded ends the program with a line that begins "differs".
"""

import json
import sys


class Player:
    """The UART."""

    def __init__(self, clock, path):
        self._clock = clock
        self._said = b""  # what the driver is to say, and how much of it it has said
        self.count = 0
        self._coming = []  # [bytes the driver has to have said, µs after the event before, bytes]
        self._since = clock.us
        self._rx = b""
        with open(path) as file:
            before = None
            for text in file:
                event = json.loads(text)
                t, data = int(event["t"] * 1_000_000), bytes.fromhex(event["hex"])
                if event["dir"] == "rx":
                    self._said += data
                else:
                    gap = 0 if before is None else t - before
                    self._coming.append((len(self._said), gap, data))
                before = t

    def _move(self):
        while self._coming:
            need, gap, data = self._coming[0]
            if self.count < need or self._clock.us < self._since + gap:
                return
            self._coming.pop(0)
            self._since = self._clock.us
            self._rx += data

    def any(self):
        self._clock.spin()
        self._move()
        return len(self._rx)

    def readinto(self, buf, nbytes=None):
        n = min(len(buf) if nbytes is None else nbytes, len(self._rx))
        buf[:n] = self._rx[:n]
        self._rx = self._rx[n:]
        return n or None

    def write(self, buf, off=None, n=None):
        if n is None:
            off, n = 0, len(buf) if off is None else off
        data = bytes(memoryview(buf)[off : off + n])
        want = self._said[self.count : self.count + n]
        if data != want:
            stop(f"the driver says {data} where {want} was recorded, at byte {self.count}")
        self.count += n
        self._since = self._clock.us
        return n

    def rest(self):
        """What the driver did not say."""
        return self._said[self.count :]


class Pin:
    """A line of the module; what it does is in the recording."""

    def on(self):
        pass

    def off(self):
        pass


def stop(text):
    print("differs: " + text)
    sys.exit(3)


class Board:
    """The `board` module of the program."""

    def __init__(self, player):
        self._player = player

    def uart(self, baudrate=9600):
        return self._player

    def pins(self):
        return {name: Pin() for name in ("reset", "wake", "power")}


def main(lib, shims, trace, program):
    sys.path[:0] = [lib, shims]
    from fakeclock import clock

    sys.modules["time"] = clock
    player = Player(clock, trace)
    sys.modules["board"] = Board(player)
    with open(program) as file:
        source = file.read()
    exec(compile(source, program, "exec"), {"__name__": "__main__"})
    if player.rest():
        stop(f"the driver did not say {player.rest()[:80]}")


main(*sys.argv[1:])
