"""To ask the network: name, ping, time (manual 2.1.8-2.1.10); loaded when first used."""

import errno
import time

from micropython import const

from .clock import late
from .core import tell
from .errors import BC25Error, check_host, check_int
from .script import WANTS, fields, ints

_LONG_MS = const(75_000)  # DNS and NTP: 60 s or more
_MORE_MS = const(3000)  # from one line of an answer to the next


def _until(core, command, question, ms):
    # Wait at most `ms` (None: as long as it takes) for a command's answer. As that does not say
    # what was asked, a question that went out and is given up stays, and takes it.
    since = time.ticks_ms()
    asking = core.add(question)
    try:
        while asking.state:  # not over
            if ms is not None and late(since, ms):
                raise BC25Error(-2, asking.asked or command)
            yield 20
    finally:
        if asking.state == WANTS or not asking.asked:
            asking.cancel()
    return asking.result()


def _ask(core, name, host, *numbers):
    # Ask about a host in the NIC's context, once no other question of the kind is under way; the
    # command, for what the answer may say of it.
    name = "AT+%s=" % name
    command = '%s%d,"%s"' % (name, core.context, check_host(host).decode())
    for n in numbers:
        command += ",%d" % n
    while _is_asked(core, name):
        yield 20
    yield command
    return command


def _is_asked(core, name):
    for script in core.scripts:
        if script.state and script.asked.startswith(name):
            return True
    return False


def resolve(core, ms, host, ttl=False):
    """The addresses of a name as strings, with ttl=True (addresses, seconds) (manual 2.1.10)."""
    question = _resolve(core, host, ttl, max(ms or 0, _LONG_MS))
    return _until(core, "AT+QIDNSGIP", question, ms)


def _resolve(core, host, ttl, ms):
    command = yield from _ask(core, "QIDNSGIP", host)
    since, head, found = time.ticks_ms(), None, []
    while head is None or len(found) < int(head[2]):
        left = ms - time.ticks_diff(time.ticks_ms(), since)
        try:
            lines = yield (b"+QIURC:", min(left, _MORE_MS) if found else left)
        except BC25Error:
            if not found:
                raise
            break  # it counted more than it tells
        f = fields(lines[0])
        if f[0] != "dnsgip":
            continue
        if head:
            found += f[1:]
        elif int(f[1]):
            raise BC25Error(int(f[1]), command)
        else:
            head = f
        if "" in found:
            raise IndexError
    return (found, int(head[3])) if ttl else found


def ping(core, ms, host, count=4, size=32, timeout_s=4, on_reply=None):
    """(sent, received, lost, min_ms, max_ms, avg_ms); `on_reply` is called with
    (ip, bytes, ms, ttl) for each reply and with None for each that timed out (manual 2.1.8)."""
    check_int(timeout_s, 1, 255, "timeout_s")
    check_int(count, 1, 10, "count")
    check_int(size, 32, 200, "size")
    long_ms = max(ms or 0, (count * timeout_s + 60) * 1000)
    hears = [on_reply]
    question = _ping(core, host, count, size, timeout_s, hears, long_ms)
    try:
        return (yield from _until(core, "AT+QPING", question, ms))
    finally:
        hears[0] = None


def _ping(core, host, count, size, timeout_s, hears, ms):
    command = yield from _ask(core, "QPING", host, timeout_s, count, size)
    since, times, lost = time.ticks_ms(), [], 0
    while len(times) + lost < count:
        left = ms - time.ticks_diff(time.ticks_ms(), since)
        f = fields((yield (b"+QPING:", left))[0])
        code = int(f[0])
        reply = None
        if code == 2:
            return ints(f[1:], 6)
        elif code == 1:
            lost += 1
        elif code:
            raise BC25Error(code, command, errno.ENOENT if code == 4 else 0)
        else:
            reply = (f[1],) + ints(f[2:], 3)
            times.append(reply[2])
        if hears[0]:
            tell(hears[0], reply)
    try:
        return ints(fields((yield (b"+QPING:", _MORE_MS))[0])[1:], 6)
    except (BC25Error, IndexError):  # all lost, and no more is said
        times = times or [0]
        return (count, count - lost, lost, min(times), max(times), sum(times) // len(times))


def ntp(core, ms, server, port=123, set_clock=False):
    """((year, month, day, weekday, hour, minute, second, 0), zone in quarters of an hour), the
    first in the order of machine.RTC().datetime(), Monday 0; `set_clock` sets the module's own
    clock too (manual 2.1.9)."""
    check_int(port, 1, 65535, "port")
    question = _ntp(core, server, port, bool(set_clock), max(ms or 0, _LONG_MS))
    return _until(core, "AT+QNTP", question, ms)


def _ntp(core, server, port, set_clock, ms):
    command = yield from _ask(core, "QNTP", server, port, set_clock)
    f = fields((yield (b"+QNTP:", ms))[0])
    if int(f[0]):
        raise BC25Error(int(f[0]), command)
    # YY/MM/DD, then hh:mm:ss+zz, the zone left out by some.
    year, month, day = ints(f[1].split("/"), 3)
    clock, zone = (f[2].replace("-", "+-") + "+0").split("+")[:2]
    year += 2000 if year < 100 else 0
    # March is month 0 of its year; Monday is 0; good until 2099.
    m, y = (month + 9) % 12, year - (month < 3)
    weekday = (day + (13 * m + 2) // 5 + y + y // 4) % 7
    return (year, month, day, weekday) + ints(clock.split(":"), 3) + (0,), int(zone)
