"""The script of connect(): attach to the network, until the NIC's context has an address.

It ends with an address, without a usable SIM (ENODEV) or where the network denies (EACCES).
Whatever else goes wrong - a command that is refused, slow or lost in a restart - is tried again.
"""

import errno
import time

from micropython import const

from .bringup import address, find, sockets_left
from .clock import late
from .errors import BC25Error
from .health import BUSY, DOUBTFUL, RDY, READY
from .script import attempt

_BOOT_MS = const(10_000)  # from RDY to +CPIN: READY, 4-9 s on siblings
_SLOW_MS = const(85_000)  # CFUN=1 and CGATT=1 may take over a minute
_PAUSE_MS = const(1000)  # between two looks for the address, at first ...
_LONGEST_MS = const(15_000)  # ... and at last
_DENIED = const(3)
_BUSY = "NOT READY"
_STATES = {10: "NOT INSERTED", 11: "SIM PIN", 12: "SIM PUK"}  # CME numbers


def attach(core, pins, apn):
    """Search until an address is held. `apn`: what AT+QCGDEFCONT sets, None: whatever it is."""
    network = core.network
    pause, since = _PAUSE_MS, time.ticks_ms()
    asked = restart_due = False
    if network.stat == _DENIED:
        network.stat = 0  # that was then
    while True:
        try:
            if apn is not None:
                restart_due = yield from _set_apn(apn)
                apn = None
            if restart_due:
                yield from _restart(core, pins)
                restart_due = False
            if (yield from address(core)):
                if not asked:
                    yield from attempt("AT+CEREG=1")
                return
            if not asked:
                yield from _sim(network, since)
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
        if network.stat == _DENIED:
            raise OSError(errno.EACCES)
        yield pause  # +CEREG ends it
        pause = min(pause + pause // 2, _LONGEST_MS)


def registration(core):
    """CEREG's number: of `+CEREG: <n>,<stat>`."""
    lines = yield "AT+CEREG?"
    stat = int(lines[-1].split(",")[1])
    core.network.heard(stat)
    return stat


def _sim(network, since):
    # Until the SIM is ready; ENODEV where it will not be.
    while True:
        state = yield from _sim_state()
        if state == "READY":
            network.pin_sent = False
            return
        if state == "SIM PIN" and network.pin and not network.pin_sent:
            yield from _unlock(network)
            since = time.ticks_ms()
            continue
        if state != _BUSY and not (state == "SIM PIN" and network.pin_sent):
            break
        if late(since, _BOOT_MS):
            break  # some answer ERROR for ever
        yield 500
    raise OSError(errno.ENODEV)


def _sim_state():
    try:
        return (yield "AT+CPIN?")[-1][6:].strip()
    except BC25Error as e:
        if e.args[0] in (errno.ECONNRESET, errno.ETIMEDOUT):
            raise
        return _STATES.get(e.code, _BUSY)
    except IndexError:
        return _BUSY


def _unlock(network):
    # A wrong PIN is not tried again, as the third one blocks the SIM. A restart tells nothing of
    # it, and wants it anew.
    network.pin_sent = True
    try:
        yield 'AT+CPIN="%s"' % network.pin
    except BC25Error as e:
        if e.args[0] == errno.ECONNRESET:
            network.pin_sent = False
        elif e.args[0] != errno.ETIMEDOUT:
            raise OSError(errno.ENODEV)
        raise


def _set_apn(setting):
    # The APN is written only when it differs. True if it was: it counts after a restart.
    want = setting.lower().replace('"', "") + ","
    for line in (yield from attempt("AT+QCGDEFCONT?")):
        have = line[12:].lower().replace('"', "").replace(" ", "") + ","
        if have.startswith(want) or "," in have[:-1] and want.startswith(have):
            return False
    yield "AT+QCGDEFCONT=" + setting
    return True


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


