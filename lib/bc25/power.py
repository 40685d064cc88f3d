"""To let the module sleep, and to wake it (manual 2.1.1 note 3, 4.4); loaded when first used."""

import time

from .clock import late
from .connection import CLOSING
from .errors import BC25Error
from .health import ASLEEP, DOUBTFUL, READY
from .outbox import EMPTY


def _left(since, ms, command):
    # A step of waiting for as long as `ms`.
    if late(since, ms):
        raise BC25Error(-2, command)
    yield 20


def _busy(core):
    # Is anything to be sent, closed, or read to the end of a datagram?
    if core.piece.state != EMPTY:
        return True
    for conn in core.table.all:
        if conn.state == CLOSING or conn.outbox and conn.outbox.any():
            return True
        if conn.inbox and conn.inbox.rest:
            return True
    return False


def sleep(core, ms):
    """Finish sends and closes, then let the module sleep; it says so with on("sleep")."""
    return _sleep(core, ms or 80_000)


def _sleep(core, ms):
    since = time.ticks_ms()
    for conn in core.table.all:
        if conn.outbox:
            conn.outbox.awaited = True
    while _busy(core):
        yield from _left(since, ms, "AT+QSCLK=1")
    try:
        yield "AT+QATWAKEUP=1"  # some modules say nothing of it unasked
    except BC25Error:
        pass
    yield "AT+QSCLK=1"
    core.health.raise_to(ASLEEP)


def wake(core, ms):
    """Pulse the wake pin (without one: repeat AT), wait, and put back what sleep undid."""
    return _wake(core, ms or 30_000)


def _wake(core, ms):
    since = time.ticks_ms()
    core.health.raise_to(ASLEEP)
    core.health.raise_to(DOUBTFUL)
    while core.health.state != READY:
        if core.health.state == ASLEEP:  # recovery gave up
            raise BC25Error(-2, "AT")
        yield from _left(since, ms, "AT")
