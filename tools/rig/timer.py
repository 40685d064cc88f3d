"""The board's machine.Timer on the rig's clock, for `nic.background`."""

from collections.abc import Callable
from typing import Any

from .clock import BoardClock


class BoardTimer:
    """A soft timer: its callback runs when the clock is moved past its time, never in itself."""

    ONE_SHOT, PERIODIC = 0, 1

    def __init__(self, clock: BoardClock) -> None:
        self._clock = clock
        self._period_us = 0
        self._callback: Callable[[Any], object] = print
        self.due: int | None = None  # µs of the clock; None: not running

    def init(self, *, mode: int = PERIODIC, period: int = -1,
             callback: Callable[[Any], object], hard: bool = False) -> None:
        """As machine.Timer: `period` in ms."""
        if hard:
            raise ValueError("a hard callback may not allocate")
        self._period_us = period * 1000 if mode == self.PERIODIC else 0
        self._callback = callback
        self.due = self._clock.us + period * 1000
        if self not in self._clock.timers:
            self._clock.timers.append(self)

    def deinit(self) -> None:
        """Stop."""
        self.due = None

    def fire(self) -> None:
        """Make the call that is due."""
        self.due = self._clock.us + self._period_us if self._period_us else None
        self._callback(self)
