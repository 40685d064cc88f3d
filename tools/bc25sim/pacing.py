"""Bytes take their time on a line: 10 bits each, at the baud rate."""

from collections.abc import Callable
from typing import Any

from .clock import Clock


def garbled(data: bytes) -> bytes:
    """What the other end makes of bytes sent at a rate that is not its own."""
    return bytes(0x80 | byte >> 1 for byte in data)


class Pacer:
    """One direction of a UART line. `deliver` gets the bytes when they have arrived.

    Bytes due within `grain` seconds come together, since a real clock cannot wake up for each.
    At baud 0 everything arrives at once.
    """

    def __init__(self, clock: Clock, deliver: Callable[[bytes], Any], baud: int = 0,
                 grain: float = 0.0) -> None:
        self._clock = clock
        self._deliver = deliver
        self._grain = grain
        self._queue = bytearray()
        self._next_at = 0.0  # when the first byte of the queue has arrived
        self._ticking = False
        self.baud = baud

    @property
    def pending(self) -> int:
        """Bytes on the line."""
        return len(self._queue)

    def feed(self, data: bytes) -> None:
        """Puts bytes on the line, behind those already there."""
        if not self.baud and not self._queue:
            self._deliver(data)
            return
        if not self._queue:
            self._next_at = self._clock.now() + self._byte()
        self._queue += data
        self._schedule()

    def _byte(self) -> float:
        return 10 / self.baud if self.baud else 0.0

    def _schedule(self) -> None:
        if self._queue and not self._ticking:
            self._ticking = True
            last = self._next_at + (len(self._queue) - 1) * self._byte()
            at = min(last, self._next_at + self._grain)
            self._clock.call_later(at - self._clock.now(), self._tick)

    def _tick(self) -> None:
        self._ticking = False
        byte, late = self._byte(), self._clock.now() - self._next_at + 1e-9
        count = len(self._queue) if not byte else min(len(self._queue), 1 + int(late / byte))
        data = bytes(self._queue[:max(0, count)])
        del self._queue[:len(data)]
        self._next_at += len(data) * byte
        self._schedule()
        if data:
            self._deliver(data)
