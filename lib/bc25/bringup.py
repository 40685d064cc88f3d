"""Scripts that find the module, make it ready, and set it right after it restarted or slept."""

import errno
import time

from micropython import const

from .clock import late
from .connection import LISTENER, OPEN, OPENING, PERHAPS, UDP
from .errors import BC25Error
from .exchange import SILENT
from .health import ASLEEP, CFUN, DOUBTFUL, READY
from .script import attempt, fields, resync

_AT_MS = const(600)  # until the next try, while nothing answers
_AWAKE_MS = const(350)  # ... if it is awake (manual 2.1: 300 ms)
_WAKE_MS = const(2500)  # ... while it sleeps
_FIND_MS = const(30_000)
_ALL = const(0x3F)  # connectIDs, as bits
_TRIES = const(4)  # boots that may come while one is recovered from
# How long a pin is asserted in ms, how often the module is then asked: PSM_EINT (low for at
# least 100 ms), PWRKEY, RESET_N.
_WAKE = (150, 4)
_POWER = (1200, 13)
_RESET = (1000, 13)


def _answers(core, tries: int, ms: int = _AT_MS):
    # Does the module answer OK? Asked `tries` times, and at the rate that it starts with.
    while tries:
        tries -= 1
        try:
            yield ("ATE0", ms)
            return True
        except BC25Error:
            pass
    return core.rates is not None and (yield from core.rates.find())


def _pin(core, pin, times):
    # Pulse a pin if it is there, let it go whatever happens; does the module answer after it?
    if not pin:
        return False
    hold, tries = times
    try:
        pin.on()
        yield hold
    finally:
        pin.off()
    return (yield from _answers(core, tries))


def find(core, pins):
    """Have the module answer, echo off: repeat, wake it, fill a prompt that an earlier run left
    open, power and reset it, as far as the pins are given. 30 s in all, then ETIMEDOUT."""
    wake, power, reset = pins
    since = time.ticks_ms()
    if core.health.slept:
        if (yield from _pin(core, wake, _WAKE)) or (yield from _answers(core, 3, _WAKE_MS)):
            return
    else:
        # With a pin there is no need to wait for a module that sleeps.
        tries, ms = (1, _AWAKE_MS) if wake else (2, _AT_MS)
        if (yield from _answers(core, tries, ms)) or (yield from _pin(core, wake, _WAKE)):
            return
    # A prompt of unknown length swallows line ends as payload; outside of one they mean nothing.
    # Then Ctrl-Z for one without a length, then digits for one that wants hex.
    for padding in (b"\r\n" * 256, b"\x1a", b"0" * 1024 + b"\r\n"):
        try:
            yield ("", _AT_MS, padding)
            core.counters["padded"] += 1
        except BC25Error:
            pass
        if (yield from _answers(core, 1)):
            yield from resync()
            return
    if (yield from _pin(core, power, _POWER)) or (yield from _pin(core, reset, _RESET)):
        return
    while not late(since, _FIND_MS - 5 * _AT_MS):
        if (yield from _pin(core, wake, _WAKE)) or (yield from _answers(core, 1)):
            return
    raise OSError(errno.ETIMEDOUT)


def start(core, pins):
    """active(True)"""
    yield from find(core, pins)
    health = core.health
    tries = _TRIES
    while tries:
        tries -= 1
        try:
            # Whether the module may sleep tells how the run before this one ended: nic.sleep()
            # leaves no datagram half read.
            hurried = yield from _is_kept_awake()
            if not hurried:
                yield "AT+QSCLK=0"
            _leave_hidden(core.table, (yield from sockets_left(core, hurried)))
            break
        except BC25Error:
            if not tries:
                raise
            yield 500
    health.known_boot(CFUN)
    health.announced = None
    health.settle(READY)


def _is_kept_awake():
    try:
        lines = yield "AT+QSCLK?"
        return bool(lines) and lines[-1].strip().endswith("0")
    except BC25Error as e:
        if e.code is None and e.args[0] != errno.EIO:
            raise
        return False


def sockets_left(core, hurried=False):
    """The ids that QISTATE lists (manual 2.1.3), as bits. Of those that we do not know UDP is
    kept for adoption, what came in is taken over, the rest is closed."""
    table = core.table
    listed, closes = 0, -1
    while closes != table.closes:  # else one that was closed meanwhile stands in the list
        closes = table.closes
        lines = yield from attempt("AT+QISTATE?")  # some answer ERROR where nothing is open
    table.orphans.clear()  # a restart ended them
    for line in lines:
        f = fields(line)
        i = int(f[0])
        kind = f[1]
        listed |= 1 << i
        conn = table.get(i)
        if conn and (conn.known() or conn.state > OPENING):
            continue
        if kind == UDP and f[5] == "2" and not table.doomed >> i & 1:  # connected
            table.orphans[i] = ((f[2], int(f[3])), int(f[4]), int(f[7]), hurried)
        elif conn:
            pass  # an open of ours is under way
        elif kind != "TCP INCOMING" or not core.server or not core.server.found(i, f):
            table.leave(i)
            if kind == LISTENER:
                table.heard_of = _ALL
    table.doomed = 0
    return listed


def _leave_hidden(table, listed: int) -> None:
    # What some modules do not list is closed as well: ids that were heard of, and what came in to
    # a listener of an earlier run.
    for i in range(6):
        if table.heard_of >> i & 1 and not (listed >> i & 1 or table.get(i)):
            table.leave(i)
    table.heard_of = 0


def address(core):
    """A script: the address of the NIC's context, or None."""
    found = None
    for line in (yield from attempt("AT+CGPADDR?")):
        f = fields(line)
        if f[0] == str(core.context) and len(f) > 1 and f[1] not in ("", "0.0.0.0"):
            found = f[1]
    core.network.address = found
    return found


def recover(core, pins):
    """After boot lines, an echo, a wake or three time-outs: put back what is needed, find out
    which sockets are left, and tell the program if the module did restart."""
    health = core.health
    tries = _TRIES
    while tries:
        tries -= 1
        boots = health.boots
        try:
            yield from find(core, pins)
            yield from resync()
            yield from attempt("AT+QSCLK=0")
            listed = yield from sockets_left(core)
            if _missing(core, listed):  # or an older OK ended the list
                yield from resync()
                listed = yield from sockets_left(core)
            _settle(core, listed)
            _leave_hidden(core.table, listed)
            yield from _look_at_address(core)
        except (IndexError, ValueError):
            continue  # a line lost a byte: once more
        except OSError as e:
            if e.args[0] == errno.ECONNRESET:
                continue  # it restarted meanwhile
            _give_up(core)
            return
        if boots == health.boots:
            health.announced = None
            health.settle(READY)
            return
    health.settle(DOUBTFUL)


def _missing(core, listed: int):
    # The connections that should be listed and are not.
    return [c for c in core.table.all if c.known() and not listed >> c.id & 1]


def _settle(core, listed: int) -> None:
    # What is not listed is gone. An open whose +QIOPEN is to come, and what came in, some do not
    # list at all: of these only a restart is a proof.
    health, missing = core.health, _missing(core, listed)
    for conn in core.table.all:
        # Its URC may have been lost meanwhile.
        there = conn.id >= 0 and listed >> conn.id & 1
        if there and not conn.push and conn.service != LISTENER:
            conn.data_ready = max(conn.data_ready, PERHAPS)
    for conn in missing:
        lives = conn.service == UDP or not health.slept
        if lives and conn.state == OPEN and conn.parent is None:
            health.prove()
    for conn in missing:
        if conn.parent is None or health.restarted or conn.eof or health.slept:
            core.reset(conn)
    if health.restarted:
        core.restarted(listed)
        core.report()
    core.work = True


def _look_at_address(core):
    # It lives through a sleep. Without one it may be gone, and a search be due.
    network = core.network
    if network.attach:
        if network.address and not core.health.slept:
            yield from address(core)
        if not network.address:
            core.registered(network.stat)


def _give_up(core) -> None:
    # The module stays silent: whoever waits for it is told, and it is looked for again once
    # somebody wants something.
    for script in core.scripts:
        if script is not core.exclusive and script is not core.network.search:
            script.cancel()
    for conn in list(core.table.all):
        core.unheard(conn)
    core.health.settle(ASLEEP)
    core.registered(0)
    if core.network.search:
        core.network.search.ended(SILENT)  # it pauses


