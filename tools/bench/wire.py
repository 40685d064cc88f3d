"""Wire efficiency: the time in which a line was busy or the module was waited for, over the time
that the driver took (tools.bench.meter), and beside it the time that the command set imposes.

`b` is the time of a byte on the line. For each piece of 512 bytes the command set imposes

  up    AT+QISEND=0,512 CR LF            17 b
        until the prompt                  20 ms
        CR LF > space                     4 b, and data only 5 ms after the prompt's first byte
        the data                          512 b
        until OK                          20 ms
        CR LF OK CR LF, then SEND OK      6 b, but SEND OK only 75 ms after the OK's first byte
                                          (AT, which looks after the data, runs meanwhile)
        CR LF SEND OK CR LF               11 b
  down  AT+QIRD=0,512 CR LF              15 b
        until the answer                  20 ms
        header, data, trailer, OK         14 + 512 + 2 + 6 b

Both at once, a QIRD may run until SEND OK comes; how many do depends on the times, so there the
bound is what was in use.
"""

from collections.abc import Callable, Iterator

from tools import budgets
from tools.rig import Loop, Work, inside, readable, writable

from .meter import Meter
from .rigs import COST_US, PIECE, RATES, SINK, SLOW_US, SOURCE, TICKS_MS, ready
from .row import Row

_COMMAND, _SETTLE, _SEND_OK = 0.020, 0.005, 0.075
_GROUP = "wire efficiency"


def bound(way: str, baud: int, pieces: int) -> float:
    """Seconds that so many pieces need at least."""
    b = 10 / baud
    if way == "down":
        return pieces * ((15 + 14 + PIECE + 2 + 6) * b + _COMMAND)
    send = (17 + PIECE) * b + 2 * _COMMAND + max(4 * b, _SETTLE)
    return pieces * (send + max(6 * b, _SEND_OK) + 11 * b)


def _pieces(baud: int) -> int:
    return 5 if baud < 100_000 else 20


class Transfer:
    """One transfer on a fresh rig, its work charged at `cost_us`: which part of the time was
    used, and how many seconds it took."""

    def __init__(self, baud: int, uart: str, cost_us: float) -> None:
        self._size = _pieces(baud) * PIECE
        self.rig = ready(baud, uart, self._size)
        self.rig.socket(SINK).close()  # the driver knows the module's data format from now on
        self.rig.until(lambda: not inside.leftovers(self.rig))
        self._cost = cost_us

    def _timed(self, call: Callable[[], object], both: bool = False) -> tuple[float, float]:
        clock = self.rig.clock
        meter, before = Meter(self.rig), len(self.rig.uart.writes)
        clock.cost_us = self._cost
        with Work(clock):
            call()
        return meter.used(both), (clock.us - self.rig.uart.writes[before][0]) / 1e6

    def up(self) -> tuple[float, float]:
        sock = self.rig.socket(SINK)
        return self._timed(lambda: sock.write(bytes(self._size)))

    def down(self) -> tuple[float, float]:
        sock, buf = self.rig.socket(SOURCE), bytearray(self._size)
        return self._timed(lambda: sock.readinto(buf))

    def both(self) -> tuple[float, float]:
        """A program that tries each in turn; a nap of its own would be no time of the driver's."""
        one, two = self.rig.socket(SINK), self.rig.socket(SOURCE)
        one.setblocking(False)
        two.setblocking(False)
        size, data, buf = self._size, bytes(self._size), bytearray(self._size)

        def turns() -> None:
            sent = got = 0
            while sent < size or got < size or inside.sending(self.rig):
                n = (one.write(data, sent, size - sent) or 0) if sent < size else 0
                m = two.readinto(buf, size - got) or 0
                sent, got = sent + n, got + m
                if not n + m:
                    self.rig.nic.poll()

        return self._timed(turns, both=True)

    def tasks(self, tick_ms: int) -> tuple[float, float]:
        """Two coroutines as asyncio's streams are written, under a select that ticks."""
        one, two = self.rig.socket(SINK), self.rig.socket(SOURCE)
        one.setblocking(False)
        two.setblocking(False)
        loop = Loop(self.rig.clock, tick_ms)
        over = False

        async def send() -> None:
            nonlocal over
            sent, data = 0, bytes(self._size)
            while sent < self._size:
                await writable(one)
                sent += one.write(data, sent, self._size - sent) or 0
            await writable(one)
            over = True

        async def receive() -> None:
            got, buf = 0, bytearray(self._size)
            while got < self._size:
                await readable(two)
                got += two.readinto(buf, self._size - got) or 0
            while not over:
                await writable(one)

        loop.add(send())
        return self._timed(lambda: loop.run(receive()), both=True)


def _row(way: str, baud: int) -> Row:
    took = {uart: getattr(Transfer(baud, uart, COST_US), way)() for uart in ("esp32", "stm32")}
    uart = min(took, key=lambda name: took[name])
    used, seconds = took[uart]
    bare = "" if way == "both" else f", command set imposes {bound(way, baud, _pieces(baud)):.3f}"
    note = f"{_pieces(baud)} pieces, {uart} UART: {seconds:.3f} s{bare}"
    least = budgets.WIRE_HARD if way == "both" or baud > 115200 else budgets.WIRE
    return Row(_GROUP, f"{way} at {baud}", used, "", least, True, note)


def _modelled(baud: int) -> Iterator[Row]:
    for way in ("up", "down"):
        used, seconds = getattr(Transfer(baud, "stm32", SLOW_US), way)()
        yield Row(_GROUP, f"{way} at {baud}, {SLOW_US:g} µs a bytecode", used,
                  note=f"{seconds:.3f} s")
    for uart, tick in TICKS_MS.items():
        used, seconds = Transfer(baud, uart, COST_US).tasks(tick)
        least = budgets.WIRE_ASYNCIO[uart] if baud == 115200 else None
        yield Row(_GROUP, f"both at {baud}, asyncio, select's tick {tick} ms", used, "", least,
                  True, f"{uart} UART: {seconds:.3f} s")


def rows() -> Iterator[Row]:
    """At every rate."""
    for baud in RATES:
        for way in ("up", "down", "both"):
            yield _row(way, baud)
    for baud in RATES:
        yield from _modelled(baud)
