"""Jobs that attach the module to the network; see Job.step for what they may yield."""

import errno

from micropython import const

from .engine import ANSWER_MS
from .errors import BC25Error

_BOOT_MS = const(10_000)  # from RDY to +CPIN: READY, 4-9 s on siblings
_LONG_MS = const(15_000)


def address(nic):
    """The address that the module holds, or None."""
    addr = None
    for line in (yield ("AT+CGPADDR?", ANSWER_MS)):
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
    eng = nic._eng
    if apn is not None:
        fields = [pdp, apn]
        if user is not None:
            fields += [user, password or ""]
        yield from _set_apn(nic, fields)
    if not (yield from address(nic)):
        yield from _sim(eng)
        yield ("AT+CFUN=1", _LONG_MS)
        yield ("AT+CEREG=1", ANSWER_MS)
        yield ("AT+CGATT=1", _LONG_MS)
        while not (yield from address(nic)):
            if (yield from registration(nic)) == 3:
                raise OSError(errno.EACCES)
            yield (None, 1000)
    else:
        yield ("AT+CEREG=1", ANSWER_MS)
    eng.lookup = lambda: lookup(nic)


def registration(nic):
    """CEREG's number: of `+CEREG: <n>,<stat>`, in the last line since a URC may come before."""
    lines = yield ("AT+CEREG?", ANSWER_MS)
    nic._eng.registered(int(lines[-1].split(",")[1]))
    return nic._eng.stat


def _sim(eng):
    since = eng.now
    while True:
        try:
            lines = yield ("AT+CPIN?", ANSWER_MS)
            if lines[-1].endswith(" READY") and "NOT" not in lines[-1]:
                return
            break
        except BC25Error as e:
            # Not inserted, PIN or PUK wanted, or no answer at all.
            if e.code in (10, 11, 12) or eng.late(since, _BOOT_MS):
                break
        yield (None, 500)
    raise OSError(errno.ENODEV)


def _set_apn(nic, fields):
    # The APN is written, and the module restarted for it, only when it differs.
    want = [f.lower() for f in fields]
    try:
        lines = yield ("AT+QCGDEFCONT?", ANSWER_MS)
        have = [f.strip('" ').lower() for f in lines[-1].split(":", 1)[1].split(",")]
        if have[: len(want)] == want[: len(have)]:
            return
    except (BC25Error, IndexError):
        pass
    yield ("AT+QCGDEFCONT=" + ",".join(['"%s"' % f for f in fields]), ANSWER_MS)
    from .bringup import restart

    yield from restart(nic)
