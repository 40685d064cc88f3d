"""Jobs that find the module, make it ready, attach it, and set it right after it restarted.

They are generators for Engine.add(): see Job.step for what they may yield.
"""

import errno

from micropython import const

from .errors import BC25Error
from .jobs import close, in_step

_AT_MS = const(600)  # until the next try, while nothing answers
_FIND_MS = const(30_000)
_LONG_MS = const(15_000)
_BOOT_MS = const(10_000)  # from RDY to +CPIN: READY, 4-9 s on siblings
# How long a pin is asserted in ms, how often the module is then asked: PSM_EINT (low for at
# least 100 ms), PWRKEY, RESET_N.
_PINS = ((150, 4), (1200, 13), (1000, 13))


def answers(tries: int, ms: int = _AT_MS):
    """Does the module answer OK? Asked `tries` times."""
    while tries:
        try:
            yield ("ATE0", ms)
            return True
        except BC25Error:
            tries -= 1
    return False


def _pin(nic, which: int):
    # Pulse a pin if it is there, let it go whatever happens; does the module answer after it?
    pin = nic.pins[which]
    if not pin:
        return False
    hold, tries = _PINS[which]
    try:
        pin.on()
        yield hold
    finally:
        pin.off()
    return (yield from answers(tries))


def find(nic):
    """Have the module answer, echo off: repeat, wake it, fill a prompt that an earlier run left
    open, power and reset it, as far as the pins are given. 30 s in all, then ETIMEDOUT."""
    eng = nic._eng
    since = eng.now
    if eng.sleeping:
        if (yield from _pin(nic, 0)) or (yield from answers(3, 2500)):
            return
    elif (yield from answers(2)) or (yield from _pin(nic, 0)):
        return
    # A prompt of unknown length swallows line ends as payload; outside of one they mean nothing.
    # Then Ctrl-Z for one without a length, then digits for one that wants hex.
    for padding in (b"\r\n" * 256, b"\x1a", b"0" * 1024 + b"\r\n"):
        try:
            yield ("", _AT_MS, padding)
            eng.counters["padded"] += 1
        except BC25Error:
            pass
        if (yield from answers(1)):
            yield from in_step()
            return
    if (yield from _pin(nic, 1)) or (yield from _pin(nic, 2)):
        return
    while not eng.late(since, _FIND_MS - 5 * _AT_MS):
        if (yield from _pin(nic, 0)) or (yield from answers(1)):
            return
    raise OSError(errno.ETIMEDOUT)


def settle(eng):
    """What every (re)start of the module needs: no deep sleep, and which sockets are left."""
    yield "AT+QSCLK=0"
    eng.sleeping = False
    listed = yield from sockets_left(eng)
    for conn in list(eng.conns):
        if conn.id in listed:
            # Its URC may have been lost meanwhile.
            conn.more = not conn.push and conn.kind != "TCP LISTENER"
        elif conn.known():
            eng.restarted = True
            conn.reset()
    eng.work = True


def sockets_left(eng):
    """connectID -> QISTATE's fields of the module's sockets (manual 2.1.3). Of those that
    we do not know UDP is kept for adoption, what came in is taken over, the rest is closed."""
    listed = {}
    for line in (yield "AT+QISTATE?"):
        fields = line[9:].split(",")  # behind "+QISTATE:"
        listed[int(fields[0])] = fields
    eng.left.clear()  # a restart ended them
    for i, fields in listed.items():
        conn = eng.ids[i]
        kind = fields[1].strip('" ')
        if conn and conn.known():
            continue
        if kind == "UDP" and fields[5] == "2":  # connected
            peer = (fields[2].strip('" '), int(fields[3]))
            eng.left[i] = (peer, int(fields[4]), int(fields[7]))
        elif kind != "TCP INCOMING" or not eng.server or not eng.server.found(i, fields):
            yield from close(i)
    return listed


def start(nic):
    """active(True)"""
    eng = nic._eng
    yield from find(nic)
    yield from settle(eng)
    eng.known = eng.restarted = eng.suspect = False
    eng.up = True


def recover(nic):
    """After boot lines, an echo, a wake or three time-outs: put back what is needed, find out
    which sockets are left, and tell the program if the module did restart."""
    eng = nic._eng
    try:
        yield from find(nic)
        yield from in_step()
        yield from settle(eng)
        if eng.restarted:
            eng.registered(0)
            for job in list(eng.jobs):
                if job is not eng.boss:
                    job.lost()
            if not eng.told:
                eng.counters["restarts"] += 1
                eng.event("reset")
            eng.reset_at = eng.now
            eng.told = True
        eng.restarted = False
        if eng.lookup:
            yield "AT+CEREG=1"
            yield from address(eng)
    except (IndexError, ValueError):
        eng.suspect = True  # a line lost a byte: once more
    except OSError:
        # The module stays silent: whoever waits for it is told, and it is looked for again once
        # somebody wants something.
        for job in eng.jobs:
            if job is not eng.boss:
                job.cancel()
        for conn in list(eng.conns):
            conn.unheard()
        eng.learning = None  # it was cancelled
        eng.sleeping = True


def _restart(nic):
    """A restart of ours, and therefore no "reset" event."""
    eng = nic._eng
    eng.boss = nic.job
    try:
        yield "AT+QRST=1"
        try:
            yield (b"RDY", _BOOT_MS)
        except BC25Error:
            pass
        yield from find(nic)
        yield from settle(eng)
    finally:
        eng.boss = None
        eng.restarted = eng.suspect = False
        eng.told = True
        eng.reset_at = eng.now


# Attaching


def address(eng):
    """The address that the module holds, or None."""
    addr = None
    for line in (yield "AT+CGPADDR?"):
        addr = (line + ",").split(",")[1].strip('" ') or addr
    eng.addr = addr
    return addr


def lookup(eng):
    """Registered again: the address follows, sooner or later."""
    tries = 30
    while tries and not (yield from address(eng)):
        tries -= 1
        yield 1000


def attach(nic, apn, user, password, pdp):
    """connect(): until an address is held; the search goes on as long as the job lives."""
    eng = nic._eng
    if apn is not None:
        setting = '"%s","%s"' % (pdp, apn)
        if user is not None:
            setting += ',"%s","%s"' % (user, password or "")
        yield from _set_apn(nic, setting)
    held = yield from address(eng)
    if not held:
        yield from _sim(eng)
        yield ("AT+CFUN=1", _LONG_MS)
        yield "AT+CEREG=1"
        yield ("AT+CGATT=1", _LONG_MS)
        while not (yield from address(eng)):
            if (yield from registration(nic)) == 3:
                raise OSError(errno.EACCES)
            yield 1000
    eng.lookup = lookup  # from here on recovery asks for the address
    if held:
        yield "AT+CEREG=1"


def registration(nic):
    """CEREG's number: of `+CEREG: <n>,<stat>`, in the last line since a URC may come before."""
    lines = yield "AT+CEREG?"
    nic._eng.registered(int(lines[-1].split(",")[1]))
    return nic._eng.stat


def _sim(eng):
    since = eng.now
    while True:
        try:
            lines = yield "AT+CPIN?"
            if lines[-1][6:].strip() == "READY":
                return
            break
        except BC25Error as e:
            # Not inserted, PIN or PUK wanted, or no answer at all.
            if e.code in (10, 11, 12) or eng.late(since, _BOOT_MS):
                break
        yield 500
    raise OSError(errno.ENODEV)


def _set_apn(nic, setting: str):
    # The APN is written, and the module restarted for it, only when it differs.
    want = setting.lower().replace('"', "") + ","
    try:
        lines = yield "AT+QCGDEFCONT?"
        have = lines[-1][12:].lower().replace('"', "").replace(" ", "") + ","
        if have.startswith(want) or want.startswith(have):
            return
    except (BC25Error, IndexError):
        pass
    yield "AT+QCGDEFCONT=" + setting
    yield from _restart(nic)
