"""Settings of the module; loaded when first used."""

import errno

from micropython import const

from .dataformat import FLASH_MS, setting
from .errors import BC25Error, check_host, check_int
from .exchange import ANSWER_MS
from .health import READY
from .script import attempt, fields, ints

_SWITCH_MS = const(100)  # the module takes 20-100 ms to change its rate
_TRIES = const(5)
_ANSWER_MS = const(600)  # until the next of them
_START = const(9600)  # of a module that does not tell its rate


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
    old = start = int("0" + fields("".join((yield from attempt("AT+IPR?", ms))))[0]) or _START
    if core.rates:
        start = core.rates.start
    rates = Rates(core, start, rate, reopen)
    switch = core.add_exclusive(rates.switch(old, ms))  # nobody else may talk meanwhile
    while switch.state:
        yield _SWITCH_MS
    switch.result()
    core.rates = rates
    if save:
        yield ("AT&W", ms)
        rates.start = rate


class Rates:
    """The rate that the module starts with, and the one that AT+IPR raised it to."""

    def __init__(self, core, start, rate, reopen):
        self._core = core
        self.start = start
        self._rate = rate
        self._reopen = reopen

    def switch(self, old, ms):
        """A script: raise the module from the rate `old`."""
        command = "AT+IPR=%d" % self._rate
        try:
            yield (command, ms)
        except BC25Error as e:
            if e.args[0] != errno.ETIMEDOUT:  # else its OK may have come at the new rate
                self._core.health.settle(READY)
                raise
        if not (yield from self.answers(self._rate)):
            self._reopen(old)
            raise BC25Error(None, command, errno.ETIMEDOUT)
        self._core.health.settle(READY)

    def answers(self, rate, tries=_TRIES):
        """A script: does the module answer at that rate? The first bytes may be lost."""
        self._reopen(rate)
        yield _SWITCH_MS
        while tries:
            tries -= 1
            try:
                yield ("ATE0", _ANSWER_MS)
                return True
            except BC25Error:
                pass
        return False

    def find(self):
        """A script: does the module answer at the rate that it starts with? Then it did restart,
        and is raised again."""
        if not (yield from self.answers(self.start, 2)):
            self._reopen(self._rate)
            return False
        if self.start != self._rate:
            self._core.health.prove()
            yield from attempt("AT+IPR=%d" % self._rate)
            if not (yield from self.answers(self._rate)):
                return (yield from self.answers(self.start))
        return True


