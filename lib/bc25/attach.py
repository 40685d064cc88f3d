"""The script of connect(): attach to the network, until the NIC's context has an address.

It ends with an address, without a usable SIM (ENODEV) or where the network denies (EACCES).
Whatever else goes wrong - a command that is refused, slow or lost in a restart - is tried again.
"""

import errno
import time

from micropython import const

from .bringup import find, sockets_left
from .clock import late
from .errors import BC25Error
from .health import BUSY, DOUBTFUL, RDY, READY
from .script import fields

_BOOT_MS = const(10_000)  # from RDY to +CPIN: READY, 4-9 s on siblings
_SLOW_MS = const(85_000)  # CFUN=1 and CGATT=1 may take over a minute
_PAUSE_MS = const(1000)  # between two looks for the address, at first ...
_LONGEST_MS = const(15_000)  # ... and at last
_DENIED = const(3)


def attach(core, pins, apn, pin):
    """Search until an address is held. `apn`: what AT+QCGDEFCONT sets, None: whatever it is;
    `pin`: the SIM's, None: none is wanted."""
    asked, pause, since = False, _PAUSE_MS, time.ticks_ms()
    while True:
        try:
            if apn is not None:
                yield from _set_apn(core, pins, apn)
                apn = None
            if (yield from address(core)):
                break
            if not asked:
                yield from _sim(since, pin)
                yield ("AT+CFUN=1", _SLOW_MS)
                yield "AT+CEREG=1"
                yield ("AT+CGATT=1", _SLOW_MS)
                asked = True
            else:
                yield from registration(core)
        except OSError as e:
            if e.args[0] in (errno.ENODEV, errno.EACCES):
                raise
            asked = False
            if e.args[0] == errno.ECONNRESET:
                since = time.ticks_ms()
        except (IndexError, ValueError):
            pass  # a line lost a byte
        if core.network.stat == _DENIED:
            raise OSError(errno.EACCES)
        yield pause  # +CEREG ends it
        pause = min(pause + pause // 2, _LONGEST_MS)
    if not asked:
        try:
            yield "AT+CEREG=1"
        except BC25Error:
            pass


def address(core):
    """The address of the NIC's context, or None."""
    found = None
    for line in (yield "AT+CGPADDR?"):
        f = fields(line)
        if f[0] == str(core.context) and len(f) > 1 and f[1] not in ("", "0.0.0.0"):
            found = f[1]
    core.network.address = found
    return found


def registration(core):
    """CEREG's number: of `+CEREG: <n>,<stat>`."""
    lines = yield "AT+CEREG?"
    stat = int(lines[-1].split(",")[1])
    core.network.heard(stat)
    return stat


def _sim(since, pin):
    while True:
        try:
            lines = yield "AT+CPIN?"
            state = lines[-1][6:].strip()
            if state == "READY":
                return
            if state == "SIM PIN" and pin is not None:
                yield 'AT+CPIN="%s"' % pin
                pin = None  # a wrong one is not tried again
                continue
            if state != "NOT READY":
                break
        except BC25Error as e:
            if e.code in (10, 11, 12):  # not inserted, PIN or PUK wanted
                break
            if e.args[0] in (errno.ECONNRESET, errno.ETIMEDOUT):
                raise
        except IndexError:
            pass
        if late(since, _BOOT_MS):
            break  # some answer ERROR for ever
        yield 500
    raise OSError(errno.ENODEV)


def _set_apn(core, pins, setting):
    # The APN is written, and the module restarted for it, only when it differs.
    want = setting.lower().replace('"', "") + ","
    try:
        lines = yield "AT+QCGDEFCONT?"
        have = lines[-1][12:].lower().replace('"', "").replace(" ", "") + ","
        if have.startswith(want) or "," in have[:-1] and want.startswith(have):
            return
    except (BC25Error, IndexError) as e:
        if e.args and e.args[0] in (errno.ECONNRESET, errno.ETIMEDOUT):
            raise
    yield "AT+QCGDEFCONT=" + setting
    yield from _restart(core, pins)


def _restart(core, pins):
    # A restart of ours, and therefore no "reset" event.
    core.exclusive = core.network.search
    core.health.raise_to(BUSY)
    try:
        yield "AT+QRST=1"
        try:
            yield (b"RDY", _BOOT_MS)
        except BC25Error:
            pass
        yield from find(core, pins)
        yield "AT+QSCLK=0"
        core.restarted((yield from sockets_left(core)))
        core.health.settle(READY)
    finally:
        if core.health.state != READY:
            core.health.raise_to(DOUBTFUL)
        core.exclusive = None
        core.health.known_boot(RDY)


