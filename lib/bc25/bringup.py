"""Jobs that find the module, attach it, and set it right after it restarted.

They are generators for Engine.add(): see Job.step for what they may yield.
"""

import errno

from micropython import const

from .channel import late, now
from .errors import BC25Error
from .slot import FREE, GONE, OPEN

_AT_MS = const(600)  # until the next try, while nothing answers
_COMMAND_MS = const(2300)
_FIND_MS = const(30_000)
_BOOT_MS = const(10_000)  # from RDY to +CPIN: READY, 4-9 s on siblings
# Name of a pin, how long it is asserted in ms, how often the module is then asked.
_PINS = (
    ("wake", 150, 4),  # PSM_EINT: low for at least 100 ms
    ("power", 1200, 13),  # PWRKEY
    ("reset", 1000, 13),  # RESET_N
)


def pulse(pin, ms: int):
    """Assert a line for `ms`; it is let go whatever happens."""
    try:
        pin.on()
        yield (None, ms)
    finally:
        pin.off()


def answers(command: str, tries: int, ms: int = _AT_MS):
    """Does the module answer OK? Tried `tries` times."""
    while tries:
        try:
            yield (command, ms)
            return True
        except BC25Error:
            tries -= 1
    return False


def find(nic):
    """Have the module answer, echo off: repeat, wake it, fill a prompt that an earlier run left
    open, power and reset it, as far as the pins are given. 30 s in all, then ETIMEDOUT."""
    since = now()
    if nic._eng.sleeping:
        if (yield from _pin(nic, _PINS[0])) or (yield from answers("ATE0", 3, 2500)):
            return
    elif (yield from answers("ATE0", 2)) or (yield from _pin(nic, _PINS[0])):
        return
    if (yield from _fill_prompt(nic)):
        return
    for pin in _PINS[1:]:
        if (yield from _pin(nic, pin)):
            return
    while not late(since, _FIND_MS - 5 * _AT_MS):
        if (yield from _pin(nic, _PINS[0])) or (yield from answers("ATE0", 1)):
            return
    raise OSError(errno.ETIMEDOUT)


def _pin(nic, what):
    # Pulse a pin if it is there; does the module answer after it?
    name, hold, tries = what
    pin = nic.pins[name]
    if pin:
        yield from pulse(pin, hold)
        return (yield from answers("ATE0", tries))
    return False


def _fill_prompt(nic):
    # A prompt of unknown length swallows line ends as payload; outside of one they mean nothing.
    # Then Ctrl-Z for one without a length, then digits for one that wants hex.
    for padding in (b"\r\n" * 256, b"\x1a", b"0" * 1024 + b"\r\n"):
        try:
            yield ("", _AT_MS, padding)
            nic._eng.counters["padded"] += 1
        except BC25Error:
            pass
        if (yield from answers("ATE0", 1)):
            yield from _in_step()
            return True
    return False


def _in_step():
    # Its OK counts only behind its line, so it cannot be an older command's.
    yield ("AT+CSQ", _COMMAND_MS, None, True)


def settle(nic):
    """What every (re)start of the module needs: no deep sleep, and which sockets are left."""
    eng = nic._eng
    yield ("AT+QSCLK=0", _COMMAND_MS)
    eng.sleeping = False
    lines = yield ("AT+QISTATE?", _COMMAND_MS)
    listed = {}
    for line in lines:
        fields = line.split(":", 1)[1].split(",")
        listed[int(fields[0])] = fields
    for slot in eng.slots:
        if slot.id >= 0 and slot.id not in listed:
            eng.restarted = True
            eng.opener.reset(slot)
        elif slot.id >= 0:
            slot.more = not slot.push  # its URC may have been lost meanwhile
    for i in listed:
        if not eng.opener.ids[i]:
            yield from _stray(eng, i, listed[i])
    eng.work = True


def _stray(eng, i: int, fields):
    # A socket that is none of ours: UDP is kept for adoption, the rest is closed.
    kind = fields[1].strip('" ')
    if kind == "UDP":
        host = fields[2].strip('" ').encode()
        eng.opener.left[i] = (host, int(fields[3]), int(fields[4]), int(fields[7]))
        return
    if kind == "TCP INCOMING" and eng.server and eng.server.found(i, fields):
        return
    try:
        yield ("AT+QICLOSE=%d" % i, _COMMAND_MS)
        yield (b"CLOSE OK", 10_000)
    except BC25Error:
        pass


def start(nic):
    """active(True)"""
    eng = nic._eng
    yield from find(nic)
    yield from settle(nic)
    eng.receiver.known = eng.restarted = eng.suspect = False
    eng.up = True


def recover(nic):
    """After boot lines, an echo, a wake or three time-outs: put back what is needed, find out
    which sockets are left, and tell the program if the module did restart."""
    eng = nic._eng
    try:
        yield from find(nic)
        yield from _in_step()
        yield from settle(nic)
        if eng.restarted:
            eng.registered(0)
            if not eng.told or late(nic.reset_at, _BOOT_MS):
                eng.counters["restarts"] += 1
                eng.event("reset")
            nic.reset_at = now()
            eng.told = True
        eng.restarted = False
        if eng.lookup:
            yield ("AT+CEREG=1", _COMMAND_MS)
            yield from address(nic)
    except OSError:
        _give_up(eng)
        eng.sleeping = True  # it is looked for again once somebody wants something


def _give_up(eng) -> None:
    # The module stays silent: whoever waits for it is told.
    sender = eng.sender
    for job in eng.jobs:
        if job is not eng.boss:
            job.cancel()
    for slot in eng.slots:
        if slot.state not in (FREE, GONE, OPEN) or slot.wait or sender.slot is slot:
            slot.fail(None, "AT", errno.ETIMEDOUT)
            if slot.stream or slot.state != OPEN:
                slot.again = False
                eng.opener.closed(slot)
            elif sender.slot is slot:
                sender.slot = None


def address(nic):
    """The address that the module holds, or None."""
    addr = None
    for line in (yield ("AT+CGPADDR?", _COMMAND_MS)):
        fields = line.split(",")
        if len(fields) > 1 and fields[1].strip('" '):
            addr = fields[1].strip('" ')
    nic._eng.addr = addr
    return addr


def lookup(nic):
    """Registered again: the address follows, sooner or later."""
    tries = 30
    while tries and not (yield from address(nic)):
        tries -= 1
        yield (None, 1000)


def attach(nic, apn, user, password, pdp):
    """connect(): until an address is held; the search goes on as long as the job lives."""
    if apn is not None and (yield from _differs(apn, user, password, pdp)):
        yield from _write_apn(nic, apn, user, password, pdp)
    if not (yield from address(nic)):
        yield from _sim()
        yield ("AT+CFUN=1", 15_000)
        yield ("AT+CEREG=1", _COMMAND_MS)
        yield ("AT+CGATT=1", 15_000)
        while not (yield from address(nic)):
            yield from registration(nic)
            if nic._eng.stat == 3:
                raise OSError(errno.EACCES)
            yield (None, 1000)
    else:
        yield ("AT+CEREG=1", _COMMAND_MS)
    nic._eng.lookup = nic.lookup


def registration(nic):
    """CEREG's number: of `+CEREG: <n>,<stat>`, in the last line since a URC may come before."""
    lines = yield ("AT+CEREG?", _COMMAND_MS)
    nic._eng.registered(int(lines[-1].split(",")[1]))
    return nic._eng.stat


def _sim():
    since = now()
    while True:
        try:
            lines = yield ("AT+CPIN?", _COMMAND_MS)
            if "READY" in lines[-1] and "NOT" not in lines[-1]:
                return
            break
        except BC25Error as e:
            if e.code in (10, 11, 12) or late(since, _BOOT_MS):  # not inserted, PIN, PUK wanted
                break
        yield (None, 500)
    raise OSError(errno.ENODEV)


def _fields(apn, user, password, pdp):
    fields = [pdp, apn]
    if user is not None:
        fields += [user, password or ""]
    return fields


def _differs(apn, user, password, pdp):
    try:
        lines = yield ("AT+QCGDEFCONT?", _COMMAND_MS)
        have = [f.strip('" ').lower() for f in lines[-1].split(":", 1)[1].split(",")]
    except (BC25Error, IndexError):
        return True
    want = [f.lower() for f in _fields(apn, user, password, pdp)]
    return have[: len(want)] != want[: len(have)]


def _write_apn(nic, apn, user, password, pdp):
    # The module takes it in with a restart, which is ours and therefore no "reset" event.
    eng = nic._eng
    quoted = ",".join(['"%s"' % f for f in _fields(apn, user, password, pdp)])
    yield ("AT+QCGDEFCONT=" + quoted, _COMMAND_MS)
    eng.boss = nic.job
    try:
        yield ("AT+QRST=1", _COMMAND_MS)
        try:
            yield (b"RDY", _BOOT_MS)
        except BC25Error:
            pass
        yield from find(nic)
        yield from settle(nic)
    finally:
        eng.boss = None
        eng.restarted = eng.suspect = False
        eng.told = True
        nic.reset_at = now()
