"""Deep sleep and the network's power saving (manual 2.1.1 note 3, 4.4; 3GPP 24.008 timers)."""

import errno

from micropython import const

from .errors import BC25Error, check_int

_MS = const(2300)

# Units in seconds of T3412 extended and T3324, by the timer's upper three bits.
_TAU = (
    (2, 0b011),
    (30, 0b100),
    (60, 0b101),
    (600, 0),
    (3600, 0b001),
    (36000, 0b010),
    (1152000, 0b110),
)
_ACTIVE = ((2, 0), (60, 0b001), (360, 0b010))


def sleep(nic, *, timeout_ms: int = 80_000):
    """Finish sends and closes, then let the module sleep; it says so with on("sleep")."""
    eng = nic._eng
    while eng.tx or [c for c in eng.conns if c.ending()]:
        if timeout_ms <= 0:
            raise BC25Error(None, "AT+QSCLK=1", errno.ETIMEDOUT)
        yield (None, 20)
        timeout_ms -= 20
    if not nic.tells_sleep:
        try:
            yield ("AT+QATWAKEUP=1", _MS)  # some modules say nothing of it unasked
        except BC25Error:
            pass
        nic.tells_sleep = True
    yield ("AT+QSCLK=1", _MS)
    eng.sleeping = True


def wake(nic, *, timeout_ms: int = 30_000):
    """Pulse the wake pin (without one: repeat AT), wait, and put back what sleep undid."""
    eng = nic._eng
    eng.sleeping = eng.suspect = True
    while eng.suspect or eng.boss:
        if timeout_ms <= 0:
            raise BC25Error(None, "AT", errno.ETIMEDOUT)
        yield (None, 20)
        timeout_ms -= 20


def _encode(seconds: int, units) -> str:
    # The closest value that the timer can hold.
    best, bits = seconds + 1, 0
    for unit, code in units:
        n = min(max((seconds + unit // 2) // unit, 0), 31)
        off = abs(n * unit - seconds)
        if off < best:
            best, bits = off, code << 5 | n
    return "{:08b}".format(bits)


def _decode(bits: str, units) -> int:
    value = int(bits, 2)
    for unit, code in units:
        if code == value >> 5:
            return unit * (value & 31)
    return 0  # deactivated


def psm(nic, on=None, tau_s=None, active_s=None, *, timeout_ms: int = _MS):
    """(on, tau_s, active_s) of PSM, set first if given: the periodic update (T3412) and active
    (T3324) timers in seconds, rounded to what the timers can hold."""
    from .services import query

    if on is not None:
        command = "AT+CPSMS=%d" % bool(on)
        if on and (tau_s is not None or active_s is not None):
            check_int(tau_s, 0, 35712000, "tau_s")
            check_int(active_s, 0, 11160, "active_s")
            command += ',,,"%s","%s"' % (_encode(tau_s, _TAU), _encode(active_s, _ACTIVE))
        yield (command, timeout_ms)
    elif tau_s is not None or active_s is not None:
        raise ValueError("psm: on is needed first")
    f = yield from query("AT+CPSMS?", timeout_ms)
    f += [""] * 5
    return f[0] == "1", _decode(f[3] or "0", _TAU), _decode(f[4] or "0", _ACTIVE)


# 3GPP 24.008 table 10.5.5.32, NB-S1 mode: the cycle in seconds by its four bits.
_CYCLES = (
    ("0010", 20.48),
    ("0011", 40.96),
    ("0101", 81.92),
    ("1001", 163.84),
    ("1010", 327.68),
    ("1011", 655.36),
    ("1100", 1310.72),
    ("1101", 2621.44),
    ("1110", 5242.88),
    ("1111", 10485.76),
)


def edrx(nic, on=None, cycle_s=None, *, timeout_ms: int = _MS):
    """(on, cycle_s) of eDRX, set first if given; the cycle is rounded to one that NB-IoT has."""
    from .services import fields

    if on is not None:
        command = "AT+CEDRXS=%d" % bool(on)
        if on and cycle_s is not None:
            if not 0 < cycle_s < 20000:
                raise ValueError("cycle_s: 20.48-10485.76")
            command += ',5,"%s"' % min(_CYCLES, key=lambda c: abs(c[1] - cycle_s))[0]
        yield (command, timeout_ms)
    elif cycle_s is not None:
        raise ValueError("edrx: on is needed first")
    for line in (yield ("AT+CEDRXS?", timeout_ms)):
        f = fields(line)
        if f[0] == "5" and len(f) > 1:
            return True, dict(_CYCLES).get(f[1], 0.0)
    return False, 0.0
