"""How late a task runs that is due every 10 ms, while others use the module."""

import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from typing import Any

from tools.budgets import PAUSE_MS
from tools.rig import SERVER, Loop, Rig, Work, readable, sleep_ms, writable

from .rigs import COST_US, SINK, SOURCE, TICKS_MS, ready
from .row import Row

_SIZE = 10240
_PERIOD_MS = 10
_SLOW = {"dns_ms": [3000, 3000], "open_ms": [3000, 3000]}


class Watch:
    """The task that is kept waiting."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.worst_us, self.cause = 0, ""

    async def run(self) -> None:
        clock = self._rig.clock
        while True:
            due, work = clock.us + _PERIOD_MS * 1000, clock.total_work
            writes = len(self._rig.uart.writes)
            await sleep_ms(_PERIOD_MS)
            late = clock.us - due
            if late > self.worst_us:
                self.worst_us, self.cause = late, self._cause(writes, work)

    def _cause(self, writes: int, work: int) -> str:
        blocked = sum(us for _, us, _ in self._rig.uart.writes[writes:]) / 1000
        ran = (self._rig.clock.total_work - work) * COST_US / 1000
        return f"UART write() {blocked:.1f} ms, driver's bytecodes {ran:.1f} ms"


Job = Callable[[Rig], Coroutine[Any, Any, Any]]


def _aio(name: str, *args: Any) -> Job:
    def job(rig: Rig) -> Coroutine[Any, Any, Any]:
        aio: Any = sys.modules[rig.bc25.__name__ + ".aio"]
        coro: Coroutine[Any, Any, Any] = getattr(aio, name)(rig.nic, *args)
        return coro
    return job


async def _connect(rig: Rig) -> None:
    sock = rig.nic.socket()
    sock.setblocking(False)
    with suppress(OSError):  # EINPROGRESS
        sock.connect(SINK)
    await writable(sock)


def _transfer(rig: Rig) -> Coroutine[Any, Any, None]:
    one, two = rig.socket(SINK), rig.socket(SOURCE)
    one.setblocking(False)
    two.setblocking(False)
    return _both_ways(one, two)


async def _both_ways(one: Any, two: Any) -> None:
    sent = got = 0
    data, buf = bytes(_SIZE), bytearray(_SIZE)
    while sent < _SIZE or got < _SIZE:
        if sent < _SIZE:
            await writable(one)
            sent += one.write(data, sent, _SIZE - sent) or 0
        if got < _SIZE:
            await readable(two)
            got += two.readinto(buf, _SIZE - got) or 0


JOBS: tuple[tuple[str, Job], ...] = (
    ("10 KB each way", _transfer),
    ("connect pending", _connect),
    ("DNS pending", _aio("resolve", "slow.example")),
    ("ping pending", _aio("ping", "1.2.3.4")),
    ("NTP pending", _aio("ntp", "ntp.example")),
)


def _row(name: str, job: Job, uart: str) -> Row:
    slow = {} if job is _transfer else _SLOW
    rig = ready(9600, uart, _SIZE, settings=slow)
    rig.network.names |= {"slow.example": ["1.2.3.4"], "ntp.example": [SERVER]}
    rig.module.given_time = "24/04/20,11:08:20+32"
    watch, loop = Watch(rig), Loop(rig.clock, TICKS_MS[uart])
    main = job(rig)
    loop.add(watch.run())
    rig.clock.cost_us = COST_US
    with Work(rig.clock):
        loop.run(main)
    note = watch.cause + (", select's tick 10 ms" if uart == "esp32" else "")
    return Row("longest pause of an asyncio task at 9600 baud", f"{name}, {uart} UART",
               watch.worst_us / 1000, "ms", PAUSE_MS, note=note)


def rows() -> Iterator[Row]:
    for name, job in JOBS:
        for uart in TICKS_MS:
            yield _row(name, job, uart)
