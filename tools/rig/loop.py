"""Coroutines in turn on the board's clock, as the firmware's asyncio runs them."""

from collections.abc import Coroutine, Generator
from dataclasses import dataclass
from typing import Any

from .clock import BoardClock

POLLIN, POLLOUT = 1, 4
_POLL = 3  # the stream protocol's request
_SWITCH_BYTECODES = 150  # of asyncio's own loop, for each task it goes on with


class _Wait:
    """Awaited: (socket or None, events, ms)."""

    def __init__(self, socket: Any, events: int, ms: int) -> None:
        self.socket, self.events, self.ms = socket, events, ms

    def __await__(self) -> Generator[Any, None, None]:
        yield self


def sleep_ms(ms: int) -> _Wait:
    """asyncio.sleep_ms"""
    return _Wait(None, 0, ms)


def readable(socket: Any) -> _Wait:
    """Until select says so, as asyncio's streams wait before they read."""
    return _Wait(socket, POLLIN, 0)


def writable(socket: Any) -> _Wait:
    """Until select says so, as asyncio's streams wait before they write."""
    return _Wait(socket, POLLOUT, 0)


@dataclass
class _Task:
    coro: Coroutine[Any, Any, Any]
    due: int | None = 0  # µs; None: waits for its socket
    wait: _Wait | None = None


class Loop:
    """`tick_ms`: how long select sleeps between two looks (10 on an ESP32, 1 on an STM32)."""

    def __init__(self, clock: BoardClock, tick_ms: int = 1) -> None:
        self._clock = clock
        self._tick_us = tick_ms * 1000
        self._tasks: list[_Task] = []

    def add(self, coro: Coroutine[Any, Any, Any]) -> None:
        """Start a task."""
        self._tasks.append(_Task(coro))

    def run(self, main: Coroutine[Any, Any, Any]) -> None:
        """Run all tasks until `main` is over."""
        first = _Task(main)
        self._tasks.append(first)
        while first in self._tasks:
            self._select()
            ready = [t for t in self._tasks if t.due is not None and t.due <= self._clock.us]
            for task in sorted(ready, key=lambda t: t.due or 0):
                self._go_on(task)

    def _select(self) -> None:
        """Wait until a task is due or a socket ready, looking once a tick."""
        while not self._poll():
            dues = [t.due for t in self._tasks if t.due is not None]
            left = min(dues) - self._clock.us if dues else self._tick_us
            if left <= 0:
                return
            # A sleep ends with the system's tick, whatever was asked for.
            tick = self._tick_us - self._clock.us % self._tick_us
            self._clock.advance(tick if left < tick or self._tick_us > 1000 else min(left, tick))

    def _poll(self) -> bool:
        """One look at every socket that is waited for."""
        found = False
        for task in self._tasks:
            if task.wait is not None and task.due is None:
                wait = task.wait
                if wait.socket.ioctl(_POLL, wait.events):
                    task.due, found = self._clock.us, True
        return found

    def _go_on(self, task: _Task) -> None:
        self._clock.work += _SWITCH_BYTECODES
        self._clock.charge()
        try:
            wait = task.coro.send(None)
        except StopIteration:
            self._tasks.remove(task)
            return
        if isinstance(wait, int):  # the shim asyncio's sleep_ms, used by bc25.aio
            wait = sleep_ms(wait)
        task.wait = wait
        task.due = None if wait.socket is not None else self._clock.us + wait.ms * 1000
