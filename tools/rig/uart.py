"""The board's UART: machine.UART's methods over two paced lines, as two ports have it."""

from collections.abc import Callable
from typing import Any

from .clock import BoardClock

MODELS = ("ideal", "esp32", "stm32")
_TXBUF = 256  # ESP32's default


class McuRestart(BaseException):
    """The board lost power in the middle of a write."""


class BoardUART:
    """`model`: `ideal` never blocks; `esp32` blocks only while its 256 bytes of transmit buffer
    are full; `stm32` blocks to the last byte. What finds no room in `rxbuf` bytes is dropped,
    newest first, and counted."""

    def __init__(self, clock: BoardClock, line: Callable[[bytes], Any], baud: int,
                 model: str = "ideal", rxbuf: int = 1024) -> None:
        if model not in MODELS:
            raise ValueError(f"{model}: one of {MODELS}")
        self.baud = baud
        self.rxbuf = rxbuf
        self.overflows = 0
        self.written = 0  # bytes
        self.writes: list[tuple[int, int, bytes]] = []  # (µs, µs it blocked, data)
        self.keep_writes = False
        self.dies_at: int | None = None  # the board restarts once so many bytes were written
        self.overrun: set[int] = set()  # numbers of received bytes that the hardware loses
        self.received = 0
        self._clock = clock
        self._line = line
        self._model = model
        self._rx = bytearray()
        self._free_at = 0  # µs, when the last byte will have left

    # -- the line's side ---------------------------------------------------------------------

    def arrive(self, data: bytes) -> None:
        """Bytes came in."""
        if self.overrun:
            count = range(self.received, self.received + len(data))
            kept = bytes(b for b, n in zip(data, count, strict=True) if n not in self.overrun)
            self.overflows += len(data) - len(kept)
        else:
            kept = data
        self.received += len(data)
        room = self.rxbuf - len(self._rx)
        self.overflows += max(0, len(kept) - room)
        self._rx += kept[:room]

    # -- machine.UART ------------------------------------------------------------------------

    def any(self) -> int:
        self._clock.look()
        return len(self._rx)

    def readinto(self, buf: Any, n: int = -1) -> int | None:
        data = self._rx[: len(buf) if n < 0 else min(n, len(buf))]
        buf[: len(data)] = data
        del self._rx[: len(data)]
        return len(data) or None

    def write(self, buf: Any, *args: int) -> int:
        view = memoryview(buf)
        data = bytes(view[args[0]:][:args[1]] if len(args) == 2 else view[:args[0]] if args
                     else view)
        self._clock.charge()
        since = self._clock.us
        if self.dies_at is not None and self.written + len(data) >= self.dies_at:
            self._out(data[: self.dies_at - self.written])
            raise McuRestart
        self._out(data)
        if self._model == "stm32":
            self._clock.until(self._free_at)
        elif self._model == "esp32":
            self._clock.until(self._free_at - _TXBUF * self._byte_us(1))
        if self.keep_writes:
            self.writes.append((since, self._clock.us - since, data))
        return len(data)

    def txdone(self) -> bool:
        self._clock.charge()
        return self._model == "ideal" or self._clock.us >= self._free_at

    def flush(self) -> None:
        self._clock.until(self._free_at)

    def _byte_us(self, count: int) -> int:
        return count * 10_000_000 // self.baud if self.baud else 0

    def _out(self, data: bytes) -> None:
        self.written += len(data)
        self._free_at = max(self._free_at, self._clock.us) + self._byte_us(len(data))
        self._line(data)
