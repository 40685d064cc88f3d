"""Time as the module sees it: the running asyncio loop's, or a virtual one that never waits."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from typing import Any, Protocol


class Handle(Protocol):
    """A call that was asked for and can be called off."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """What the module asks of time."""

    def now(self) -> float:
        """Seconds since any fixed moment."""

    def call_later(self, delay: float, call: Callable[..., Any], *args: Any) -> Handle:
        """Calls `call(*args)` after `delay` seconds, never from inside this call."""


class LoopClock:
    """The clock of an asyncio loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.now = loop.time

    def call_later(self, delay: float, call: Callable[..., Any], *args: Any) -> Handle:
        return self._loop.call_later(delay, call, *args)


class _Timer:
    __slots__ = ("args", "call")

    def __init__(self, call: Callable[..., Any] | None, args: tuple[Any, ...]) -> None:
        self.call = call
        self.args = args

    def cancel(self) -> None:
        self.call = None


class VirtualClock:
    """A clock that jumps from one call to the next; same calls, same order, on every machine."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._order = itertools.count()
        self._heap: list[tuple[float, int, _Timer]] = []

    def now(self) -> float:
        return self._now

    def call_later(self, delay: float, call: Callable[..., Any], *args: Any) -> Handle:
        timer = _Timer(call, args)
        heapq.heappush(self._heap, (self._now + max(0.0, delay), next(self._order), timer))
        return timer

    def next_at(self) -> float | None:
        """When the next call is due, None when nothing is."""
        while self._heap and self._heap[0][2].call is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def step(self) -> bool:
        """Jumps to the next call and makes it; False when there is none."""
        due = self.next_at()
        if due is None:
            return False
        _, _, timer = heapq.heappop(self._heap)
        self._now = max(self._now, due)
        if timer.call is not None:
            timer.call(*timer.args)
        return True

    def advance(self, seconds: float) -> None:
        """Makes every call due within `seconds`, then stands exactly that much later."""
        end = self._now + seconds
        while (due := self.next_at()) is not None and due <= end:
            self.step()
        self._now = max(self._now, end)
