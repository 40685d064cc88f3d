"""The board's `time`, tied to the simulated module's virtual clock."""

import importlib
from typing import Any

from tools.bc25sim import VirtualClock

# Code of both interpreters, which mypy leaves out.
_fake: Any = importlib.import_module("tools.shims.fakeclock")
Stuck: type[BaseException] = _fake.Stuck

_LOOK_US = 50  # what one look at the UART takes when no work is counted
_LONG_US = 100_000  # the longest that a sleep may become while nothing happens anywhere


class BoardClock(_fake.Clock):  # type: ignore[misc]
    """MicroPython's `time`, moved by sleeping, by looking at the UART and by counted work.

    `sim` follows it. With `jump`, a sleep goes on to the next thing due anywhere (at most 100 ms
    later), as if the board had been busy that long: deadlines of minutes pass in few steps.
    """

    def __init__(self) -> None:
        self.sim = VirtualClock()
        self.us = 0
        self.jump = True
        self.cost_us = 0.0  # of one bytecode
        self.work = 0  # bytecodes run and not charged yet
        self.total_work = 0
        self.timers: list[Any] = []  # BoardTimers
        self._fraction = 0.0
        self._firing = False
        super().__init__()

    def begin(self, start_ms: int, jump: bool = True, cost_us: float = 0.0) -> VirtualClock:
        """A new rig's time: `ticks_ms()` shows `start_ms`. Gives its module's clock."""
        self.reset(start_ms)
        self.sim = VirtualClock()
        self.jump, self.cost_us = jump, cost_us
        self.work = self.total_work = 0
        self.timers.clear()
        self.max_polls, self.max_us = 1 << 60, 1 << 60
        return self.sim

    def limit(self, polls: int, ms: int) -> None:
        """From now on, more than that many looks or milliseconds is `Stuck`."""
        self.max_polls, self.max_us = self.polls + polls, self.us + ms * 1000

    def ticks_ms(self) -> int:
        if self.work:
            self.charge()
        return int(super().ticks_ms())

    def ticks_us(self) -> int:
        if self.work:
            self.charge()
        return int(super().ticks_us())

    def charge(self) -> None:
        """Let the time pass that the counted work takes."""
        work, self.work = self.work, 0
        self.total_work += work
        self._fraction += work * self.cost_us
        whole = int(self._fraction)
        self._fraction -= whole
        if whole:
            self.advance(whole)

    def look(self) -> None:
        """A look at the UART."""
        self.polls += 1
        if self.polls > self.max_polls:
            raise Stuck(f"{self.polls} polls, {self.us // 1000} ms")
        if self.cost_us:
            self.charge()
        else:
            self.advance(_LOOK_US)

    def sleep_us(self, us: int) -> None:
        self.charge()
        if self.jump:
            due = self.sim.next_at()
            wait = _LONG_US if due is None else int(due * 1e6) + 1 - self.us
            us = max(us, min(wait, _LONG_US))
        self.advance(us)

    def advance(self, us: int) -> None:
        end = self.us + us
        while self.timers and not self._firing and (timer := self._first_due(end)) is not None:
            self._move(max(self.us, timer.due))
            self._firing = True
            try:
                timer.fire()
            finally:
                self._firing = False
        self._move(max(self.us, end))

    def _first_due(self, end: int) -> Any:
        """The timer that is due first, no later than `end`."""
        due = [t for t in self.timers if t.due is not None and t.due <= end]
        return min(due, key=lambda t: t.due, default=None)

    def _move(self, us: int) -> None:
        super().advance(us - self.us)
        self.sim.advance(max(0.0, self.us / 1e6 - self.sim.now()))

    def until(self, us: int) -> None:
        """Stand still until that moment."""
        if us > self.us:
            self.advance(us - self.us)
