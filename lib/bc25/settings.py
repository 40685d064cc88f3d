"""Settings of the module; loaded when first used."""

import errno

from micropython import const

from .dataformat import FLASH_MS, setting
from .errors import BC25Error, check_host, check_int
from .exchange import ANSWER_MS
from .script import fields, ints

_SWITCH_MS = const(100)  # the module takes 20-100 ms to change its rate
_TRIES = const(5)


def switch(on, more):
    """What a setting begins with, if `more` follows or not: nothing if it is only asked for."""
    if on is None and not more:
        return ""
    return "%d" % check_int(on, 0, 1, "on")


def configure(name, value, ms):
    """A script: set it unless the value is empty, then ask: the lines of the answer."""
    ms = ms or ANSWER_MS
    if value:
        yield ("AT+%s=%s" % (name, value), ms)
    return (yield ("AT+%s?" % name, ms))


def format(core, ms):
    """(view, show_length, hex_receive) as the module holds them in flash (manual 2.1.11)."""
    out = []
    for name in ('"viewmode"', '"showlength"', '"dataformat"'):
        if core.format.pushing and "show" in name:
            out.append(int(core.format.lengths))  # to ask may set the default
        else:
            out.append((yield from setting(name)))
    yield FLASH_MS
    return tuple(out)


def keepalive(core, ms, on=None, idle_s=None, interval_s=None, count=None):
    """(on, idle_s, interval_s, count) of TCP keepalive, set first if given (manual 2.1.13).
    With it on, the module may not reach deep sleep."""
    times = (idle_s, interval_s, count) != (None, None, None)
    value = switch(on, times)
    if times:
        for n, default, low, high, name in (
            (idle_s, 60, 1, 36000, "idle_s"),
            (interval_s, 10, 10, 20, "interval_s"),
            (count, 9, 1, 255, "count"),
        ):
            value += ",%d" % check_int(default if n is None else n, low, high, name)
    return _keepalive(value, ms)


def _keepalive(value, ms):
    lines = yield from configure("QIKALIVE", value, ms)
    return ints(fields(lines[-1]), 4)


def dns(core, ms, primary=None, secondary=None):
    """(primary, secondary) DNS server, set first if given (manual 2.1.14)."""
    value = ""
    if secondary is not None:
        value = ',"%s"' % check_host(secondary, "secondary").decode()
    if value or primary is not None:
        value = '"%s"' % check_host(primary, "primary").decode() + value
    return _dns(value, ms)


def _dns(value, ms):
    lines = yield from configure("QIDNSCFG", value, ms)
    return tuple((fields(lines[-1]) + [""])[:2])


def baud(core, ms, rate, reopen, save=False):
    """AT+IPR, then `reopen(rate)`, then a check that the module answers at the new rate; `save`
    has it kept (AT&W). After a restart recovery finds the module at the rate it starts with,
    through `reopen` as well, and raises it again."""
    check_int(rate, 4800, 921600, "rate")
    if not callable(reopen):
        raise TypeError("reopen: not callable")
    return _baud(core, ms or ANSWER_MS, rate, reopen, save)


def _baud(core, ms, rate, reopen, save):
    yield ("AT+IPR=%d" % rate, ms)
    reopen(rate)
    yield _SWITCH_MS
    yield from answers_at(rate)
    core.baud = (rate, reopen)
    if save:
        yield ("AT&W", ms)


def answers_at(rate):
    """A script: does the module answer? The first bytes at a new rate may be lost."""
    tries = _TRIES
    while True:
        tries -= 1
        try:
            return (yield ("AT", 600))
        except BC25Error:
            if not tries:
                raise BC25Error(None, "AT+IPR=%d" % rate, errno.ETIMEDOUT)


