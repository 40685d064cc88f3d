"""Says when the lines were busy or the driver had to wait for the module."""

from collections.abc import Callable, Iterable
from typing import Any

from tools.rig import Rig

Span = tuple[float, float]
_SETTLE = 0.005  # of tools.bench.rigs's module


class Meter:
    """Watches a rig from now on; times are the virtual clock's seconds."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._byte = 10 / rig.uart.baud
        self._first = len(rig.uart.writes)
        self._down: list[tuple[float, bytes]] = []
        self._work: list[Span] = []
        self._asked = 0.0
        self._watch(rig.down_line, "feed", lambda data: self._down.append((self._now(), data)))
        rig.module.interpreter.on_work = self._worked

    def _now(self) -> float:
        return self._rig.module.clock.now()

    def _watch(self, owner: Any, name: str, note: Callable[[Any], object]) -> None:
        before = getattr(owner, name)

        def call(what: Any) -> Any:
            note(what)
            return before(what)

        setattr(owner, name, call)

    def _worked(self, begins: bool) -> None:
        if begins:
            self._asked = self._now()
        else:
            self._work.append((self._asked, self._now()))

    def used(self, reads_go_on: bool) -> float:
        """The part of the time, from the first byte written to now, in which a line carried bytes
        or the module was waited for. With `reads_go_on` the time until SEND OK counts only when
        all was read, as a QIRD could run."""
        writes = self._rig.uart.writes[self._first :]
        begin, end = writes[0][0] / 1e6, self._rig.clock.us / 1e6
        up = [(at / 1e6, data) for at, _, data in writes]
        spans = [*self._line(up), *self._line(self._down), *self._work, *self._waits(reads_go_on)]
        return _covered(spans, begin, end) / (end - begin)

    def _line(self, said: Iterable[tuple[float, bytes]]) -> Iterable[Span]:
        free = 0.0
        for at, data in said:
            start = max(at, free)
            free = start + len(data) * self._byte
            yield start, free

    def _waits(self, reads_go_on: bool) -> Iterable[Span]:
        reads = [at for at, data in self._down if b"+QIRD" in data] if reads_go_on else []
        begin = max(reads, default=0.0)
        taken: float | None = None  # when the module took the piece; what is asked meanwhile runs
        for at, data in self._down:
            if data.startswith(b"\r\n>"):
                yield at, at + _SETTLE
            elif data == b"\r\nOK\r\n" and taken is None:
                taken = at
            elif b"SEND OK" in data and taken is not None:
                yield max(begin, taken), at
                taken = None


def _covered(spans: Iterable[Span], begin: float, end: float) -> float:
    """How much of the time from `begin` to `end` the spans cover."""
    total, at = 0.0, begin
    for start, stop in sorted(spans):
        start, stop = max(start, at), min(stop, end)
        if stop > start:
            total, at = total + stop - start, stop
    return total
