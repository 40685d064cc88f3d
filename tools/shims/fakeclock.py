"""A clock that only tests move, standing in for the module `time` on both interpreters.

Reading it costs nothing. Sleeping moves it, and so does each `any()` of a mock UART (by a fifth of
a millisecond), so that busy loops end. When nothing happens on any UART for a while, a sleep
oversleeps up to the next thing planned, as a busy board would: long deadlines pass in few steps.
"""

_MASK = (1 << 30) - 1  # on 32 bits the largest number that needs no heap
_HALF = 1 << 29
_POLL_US = 200
_QUIET = 60  # sleeps without traffic before they grow
_LONG_US = 25_000


class Stuck(BaseException):
    """A test used more fake time or more polls than any sane driver needs."""


class Clock:
    def __init__(self) -> None:
        self.reset(0)

    def reset(self, start_ms: int) -> None:
        """Back to the start, which `ticks_ms()` shows as `start_ms`."""
        self.start_us = start_ms * 1000
        self.us = 0  # since the test began; never wraps
        self.polls = 0
        self.quiet = 0
        self.max_polls = 400_000
        self.max_us = 3 * 3600 * 1_000_000
        self.uarts: list = []

    def ticks_ms(self) -> int:
        return ((self.start_us + self.us) // 1000) & _MASK

    def ticks_us(self) -> int:
        return (self.start_us + self.us) & _MASK

    def ticks_diff(self, end: int, start: int) -> int:
        return ((end - start + _HALF) & _MASK) - _HALF

    def ticks_add(self, ticks: int, delta: int) -> int:
        if not -_HALF < delta < _HALF:
            raise OverflowError("ticks interval overflow")
        return (ticks + delta) & _MASK

    def time(self) -> int:
        return self.us // 1_000_000

    def sleep(self, s: float) -> None:
        self.sleep_us(int(s * 1_000_000))

    def sleep_ms(self, ms: int) -> None:
        self.sleep_us(ms * 1000)

    def sleep_us(self, us: int) -> None:
        self.quiet += 1
        if self.quiet > _QUIET and us < _LONG_US:
            us = max(us, min(_LONG_US, self._until_next_event()))
        self.advance(us)

    def spin(self) -> None:
        """What one look at a UART costs."""
        self.polls += 1
        if self.polls > self.max_polls:
            raise Stuck(f"{self.polls} polls, {self.us // 1000} ms of fake time")
        self.advance(_POLL_US)

    def advance(self, us: int) -> None:
        self.us += us
        if self.us > self.max_us:
            raise Stuck(f"{self.us // 1000} ms of fake time")

    def ms(self) -> int:
        """Milliseconds since the test began, for the test's own arithmetic."""
        return self.us // 1000

    def traffic(self) -> None:
        self.quiet = 0

    def _until_next_event(self) -> int:
        wait = _LONG_US
        for uart in self.uarts:
            wait = min(wait, uart.until_next_event())
        return wait


clock = Clock()
