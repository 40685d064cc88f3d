"""Stands in for `asyncio` on both interpreters: coroutines in turn, on the fake clock.

The firmware's own asyncio is used by the end-to-end tests; here a test wants to say which step
comes when.
"""

from fakeclock import clock


class CancelledError(BaseException):
    pass


class TimeoutError(Exception):
    pass


class _Pause:
    def __init__(self, ms: int) -> None:
        self.ms = ms
        self.done = False

    def __iter__(self):
        return self

    __await__ = __iter__

    def __next__(self):
        if self.done:
            raise StopIteration
        self.done = True
        return self.ms


def sleep_ms(ms: int) -> _Pause:
    return _Pause(ms)


def sleep(s: float) -> _Pause:
    return _Pause(int(s * 1000))


def step(coro) -> bool:
    """One step of a coroutine, and the sleep it asked for; False when it is done."""
    try:
        ms = coro.send(None)
    except StopIteration:
        return False
    clock.sleep_ms(ms or 0)
    return True


def run(coro):
    """A coroutine to its end; its result."""
    while True:
        try:
            ms = coro.send(None)
        except StopIteration as stop:
            return stop.value
        clock.sleep_ms(ms or 0)
