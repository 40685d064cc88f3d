"""Sleep and the network's power saving (manual 2.1.1 note 3, 4.4); loaded when first used."""

import errno

from .errors import BC25Error, check_int
from .jobs import ANSWER_MS
from .services import configure, fields, switch


def _tick(ms: int, command: str):
    # A step of waiting for as long as `ms`: what is left of it.
    if ms <= 0:
        raise BC25Error(None, command, errno.ETIMEDOUT)
    yield (None, 20)
    return ms - 20


def sleep(nic, *, timeout_ms: int = 80_000):
    """Finish sends and closes, then let the module sleep; it says so with on("sleep")."""
    eng = nic._eng
    while eng.tx or [conn for conn in eng.conns if conn.ending()]:
        timeout_ms = yield from _tick(timeout_ms, "AT+QSCLK=1")
    try:
        yield ("AT+QATWAKEUP=1", ANSWER_MS)  # some modules say nothing of it unasked
    except BC25Error:
        pass
    yield ("AT+QSCLK=1", ANSWER_MS)
    eng.sleeping = True


def wake(nic, *, timeout_ms: int = 30_000):
    """Pulse the wake pin (without one: repeat AT), wait, and put back what sleep undid."""
    eng = nic._eng
    eng.sleeping = eng.suspect = True
    while eng.suspect or eng.boss:
        timeout_ms = yield from _tick(timeout_ms, "AT")


# 3GPP 24.008, T3412 extended and T3324: seconds by the upper three bits, times the lower five.
_TAU = (600, 3600, 36000, 2, 30, 60, 1152000, 0)
_ACTIVE = (2, 60, 360, 0, 0, 0, 0, 0)
# Table 10.5.5.32, NB-S1 mode: the four bits of 20.48 s, 40.96 s, ... each twice the one before.
_CYCLES = "2359ABCDEF"


def _seconds(units, value: int) -> int:
    return units[value >> 5] * (value & 31)


def _timer(units, n: int) -> str:
    # The bits of the value closest to `n` seconds, of two the longer one.
    n = 2 * n + 1
    return "{:08b}".format(min(range(256), key=lambda value: abs(2 * _seconds(units, value) - n)))


def psm(nic, on=None, tau_s=None, active_s=None, *, timeout_ms: int = ANSWER_MS):
    """(on, tau_s, active_s) of PSM, set first if given: the periodic update (T3412) and active
    (T3324) timers in seconds, rounded to what the timers can hold."""
    value = switch(on, tau_s, active_s)
    if on and (tau_s, active_s) != (None, None):
        tau = _timer(_TAU, check_int(tau_s, 0, 35712000, "tau_s"))
        active = _timer(_ACTIVE, check_int(active_s, 0, 11160, "active_s"))
        value += ',,,"%s","%s"' % (tau, active)
    lines = yield from configure("CPSMS", value, timeout_ms)
    f = fields(lines[-1]) + ["0"] * 5
    return f[0] == "1", _seconds(_TAU, int(f[3] or "0", 2)), _seconds(_ACTIVE, int(f[4] or "0", 2))


def edrx(nic, on=None, cycle_s=None, *, timeout_ms: int = ANSWER_MS):
    """(on, cycle_s) of eDRX, set first if given; the cycle is rounded to one that NB-IoT has."""
    value = switch(on, cycle_s)
    if on and cycle_s is not None:
        check_int(int(cycle_s), 1, 20000, "cycle_s")
        i = 0
        while i < 9 and cycle_s > 30.72 * (1 << i):  # closer to the next one
            i += 1
        value += ',5,"{:04b}"'.format(int(_CYCLES[i], 16))
    for line in (yield from configure("CEDRXS", value, timeout_ms)):
        f = fields(line)
        if f[0] == "5" and len(f) > 1:
            i = _CYCLES.find("%X" % int(f[1] or "0", 2))
            return True, 20.48 * (1 << i) if i >= 0 else 0.0
    return False, 0.0
