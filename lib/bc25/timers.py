"""The timers of PSM and eDRX (3GPP 24.008); loaded when first used."""

from .errors import check_int
from .script import fields
from .settings import configure, switch

# T3412 extended and T3324: seconds by the upper three bits, times the lower five.
_TAU = (600, 3600, 36000, 2, 30, 60, 1152000, 0)
_ACTIVE = (2, 60, 360, 0, 0, 0, 0, 0)
# Table 10.5.5.32, NB-S1 mode: the four bits of 20.48 s, 40.96 s, ... each twice the one before.
_CYCLES = "2359ABCDEF"


def _seconds(units, value):
    return units[value >> 5] * (value & 31)


def _timer(units, n):
    # The bits of the value closest to `n` seconds, of two the longer one.
    n = 2 * n + 1
    return "{:08b}".format(min(range(256), key=lambda value: abs(2 * _seconds(units, value) - n)))


def psm(core, ms, on=None, tau_s=None, active_s=None):
    """(on, tau_s, active_s) of PSM, set first if given: the periodic update (T3412) and active
    (T3324) timers in seconds, rounded to what the timers can hold."""
    timers = (tau_s, active_s) != (None, None)
    value = switch(on, timers)
    if on and timers:
        tau = _timer(_TAU, check_int(tau_s, 0, 35712000, "tau_s"))
        active = _timer(_ACTIVE, check_int(active_s, 0, 11160, "active_s"))
        value += ',,,"%s","%s"' % (tau, active)
    return _psm(value, ms)


def _psm(value, ms):
    lines = yield from configure("CPSMS", value, ms)
    f = fields(lines[-1]) + ["0"] * 5
    return (
        f[0] == "1",
        _seconds(_TAU, int(f[3] or "0", 2)),
        _seconds(_ACTIVE, int(f[4] or "0", 2)),
    )


def granted(ms):
    """(tau_s, active_s) that the network granted, or None: CEREG=4 has them shown."""
    yield ("AT+CEREG=4", ms)
    lines = yield ("AT+CEREG?", ms)
    f = fields(lines[-1])
    yield ("AT+CEREG=1", ms)
    if len(f) < 9 or len(f[-1]) != 8 or len(f[-2]) != 8:
        return None
    return _seconds(_TAU, int(f[-1], 2)), _seconds(_ACTIVE, int(f[-2], 2))


def edrx(core, ms, on=None, cycle_s=None):
    """(on, cycle_s) of eDRX, set first if given; the cycle is rounded to one that NB-IoT has."""
    value = switch(on, cycle_s is not None)
    if on and cycle_s is not None:
        check_int(int(cycle_s), 1, 20000, "cycle_s")
        i = 0
        while i < 9 and cycle_s > 30.72 * (1 << i):  # closer to the next one
            i += 1
        value += ',5,"{:04b}"'.format(int(_CYCLES[i], 16))
    return _edrx(value, ms)


def _edrx(value, ms):
    for line in (yield from configure("CEDRXS", value, ms)):
        f = fields(line)
        if f[0] == "5" and len(f) > 1:
            i = _CYCLES.find("%X" % int(f[1] or "0", 2))
            return True, 20.48 * (1 << i) if i >= 0 else 0.0
    return False, 0.0


