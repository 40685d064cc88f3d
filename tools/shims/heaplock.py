"""Does work under heap_lock(), in MicroPython: what allocates then fails.

The mock module allocates, so what it said in an ordinary run is said again by a UART that does
not.
"""

import sys

import micropython
from bc25 import BC25
from fakeclock import clock
from fakemodule import Module
from mockuart import MockUART, ReplayUART


class Switch:
    """A UART that passes everything to `to`."""

    def __init__(self, to) -> None:
        self.to = to

    def any(self):
        return self.to.any()

    def readinto(self, buf, n=-1):
        return self.to.readinto(buf, n)

    def write(self, buf, off=-1, n=-1):
        if n >= 0:
            return self.to.write(buf, off, n)
        return self.to.write(buf, off) if off >= 0 else self.to.write(buf)


def bench(**kwargs):
    """A NIC that is up, its mock UART, and the switch between them."""
    u = MockUART(0, Module())
    u.m = u.module
    u.m.uart = u
    switch = Switch(u)
    nic = BC25(switch, **kwargs)
    nic.active(True)
    nic.connect("your.apn")
    settle(nic, u)
    return nic, u, switch


def settle(nic, u, ms=300) -> None:
    """Poll until nothing was said for `ms`."""
    quiet, seen = clock.ms() + ms, -1
    while clock.ms() < quiet:
        nic.poll()
        if seen != len(u.tx) or not u.idle():
            seen = len(u.tx)
            quiet = clock.ms() + ms
        clock.sleep_ms(1)


def locked(nic, u, switch, before, work, warm=2):
    """`work()` under heap_lock after `warm` ordinary runs; `before()` prepares the module.

    AssertionError when it allocated, or left something unheard of what the module said.
    """
    for _ in range(warm + 1):
        since, said = len(u.tx), len(u.delivered)
        before()
        work()
        settle(nic, u)
    replay = ReplayUART()
    replay.load(tuple((n - since, data) for n, data in u.delivered[said:]))
    switch.to = replay
    failed = None
    micropython.heap_lock()
    try:
        work()
    except MemoryError as e:
        failed = e
    micropython.heap_unlock()
    for _ in range(500):
        nic.poll()
        clock.sleep_ms(1)
    switch.to = u
    if failed:
        sys.print_exception(failed)
    assert failed is None, "allocated under heap_lock"
    assert replay.step == len(replay.script), "the driver did not hear all"
    return replay
