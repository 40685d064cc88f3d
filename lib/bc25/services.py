"""What the module does besides sockets; loaded when first used.

Each service is a generator for Engine.add(), so that `nic.ping(...)` blocks and
`await bc25.aio.ping(nic, ...)` does not, over the same steps.
"""

import errno
import sys
import time

from micropython import const

from .engine import OVER, setting
from .errors import BC25Error, check_host, check_int, octets

_MS = const(2300)  # 300 ms by the manual and 2 s of grace
_FLASH_MS = const(50)  # see jobs.py
_LONG_MS = const(75_000)  # DNS and NTP: 60 s or more


def bind(nic, name: str):
    """The method `name` of a BC25; AttributeError if there is none."""
    if name in _CALLS:
        call = _CALLS[name]
        return lambda *args, **kwargs: call(nic, *args, **kwargs)
    _find(name)
    return lambda *args, **kwargs: nic._eng.run(job(nic, name, *args, **kwargs))


def _find(name: str):
    if name in ("sleep", "wake", "psm", "edrx"):
        from . import power

        return getattr(power, name)
    if name not in _JOBS:
        raise AttributeError(name)
    return _JOBS[name]


def job(nic, name: str, *args, **kwargs):
    """The generator of a service."""
    if kwargs.get("timeout_ms") is not None:
        check_int(kwargs["timeout_ms"], 1, 0x1FFFFFFF, "timeout_ms")
    gen = _find(name)(nic, *args, **kwargs)
    return _alone(nic, name, gen) if name in ("resolve", "ping", "ntp") else gen


def _alone(nic, name: str, gen):
    # Their answers carry no id.
    while name in nic.asking:
        yield (None, 20)
    nic.asking.append(name)
    try:
        return (yield from gen)
    finally:
        nic.asking.remove(name)


def text(value, name: str) -> str:
    if not isinstance(value, str):
        raise TypeError(name + ": str expected")
    return check_host(value, name).decode()


def fields(line: str):
    """What stands behind the prefix of a line, without quotes and spaces."""
    out, field, quoted = [], "", False
    for c in line[line.find(":") + 1 :]:
        if c == '"':
            quoted = not quoted
        elif c == "," and not quoted:
            out.append(field.strip())
            field = ""
        else:
            field += c
    if quoted:
        raise IndexError  # the line lost its end
    out.append(field.strip())
    return out


def number(field: str) -> int:
    """A number that the module sent. IndexError, which a job turns into EIO, if it is none."""
    try:
        return int(field)
    except ValueError:
        raise IndexError


def query(command: str, ms: int):
    """The fields of a command's last information line."""
    lines = yield (command, ms)
    return fields(lines[-1])


def at(nic, command: str, *, data=None, end=b"", timeout_ms: int = _MS):
    """Any AT command, given with its AT; its information lines as a list of str. `data`, then
    `end` (b"\\x1a" for the manual's Ctrl-Z form) are sent behind the prompt."""
    if not isinstance(command, str):
        raise TypeError("command: str expected")
    if command[:2].upper() != "AT" or min(command) < " " or max(command) > "~":
        raise ValueError("command: AT..., one line of ASCII")
    body = None if data is None else bytes(octets(data)) + bytes(octets(end))
    return (yield (command, timeout_ms, body))


# Sockets as the module sees them


def sockets(nic, *, context=None, id=None, timeout_ms: int = _MS):
    """[(id, service, ip, remote_port, local_port, state, context, access_mode)], of one context
    or one id if given (manual 2.1.3)."""
    command = "AT+QISTATE?"
    if context is not None:
        command = "AT+QISTATE=0,%d" % check_int(context, 1, 3, "context")
    elif id is not None:
        command = "AT+QISTATE=1,%d" % check_int(id, 0, 5, "id")
    out = []
    for line in (yield (command, timeout_ms)):
        f = fields(line)
        out.append((number(f[0]), f[1], f[2]) + tuple([number(n) for n in f[3:8]]))
    return out


def last_error(nic, *, timeout_ms: int = _MS):
    """(code, text of table 1) of the last TCP/IP command (manual 2.1.12)."""
    from .tables import ERRORS

    code = number((yield from query("AT+QIGETERROR", timeout_ms))[0])
    return code, ERRORS.get(code, "")


# Settings


def format(nic, *, view=None, show_length=None, hex_receive=None, timeout_ms: int = _MS):
    """(view, show_length, hex_receive) as the module holds them in flash; what is given is
    written if it differs (manual 2.1.11)."""
    out = []
    given = (("viewmode", view), ("showlength", show_length), ("dataformat", hex_receive))
    for name, value in given:
        if value is not None:
            check_int(value, 0, 1, name)
    for name, value in given:
        now = yield from setting('"%s"' % name)
        if value is not None and value != now:
            yield (None, _FLASH_MS)
            now = int(value)
            form = 'AT+QICFG="%s",0,%d' if name == "dataformat" else 'AT+QICFG="%s",%d'
            yield (form % (name, now), timeout_ms)
        out.append(now)
        yield (None, _FLASH_MS)
    eng = nic._eng
    eng.view, eng.shown, eng.hex = out
    eng.known = True
    return tuple(out)


def keepalive(nic, on=None, idle_s=None, interval_s=None, count=None, *, timeout_ms: int = _MS):
    """(on, idle_s, interval_s, count) of TCP keepalive, set first if given (manual 2.1.13). With
    it on, the module may not reach deep sleep."""
    check_int(1 if idle_s is None else idle_s, 1, 36000, "idle_s")
    check_int(10 if interval_s is None else interval_s, 10, 20, "interval_s")
    check_int(1 if count is None else count, 1, 255, "count")
    check_int(on or 0, 0, 1, "on")
    if on is None:
        if (idle_s, interval_s, count) != (None, None, None):
            raise ValueError("keepalive: on is needed first")
        f = yield from query("AT+QIKALIVE?", timeout_ms)
        return number(f[0]), number(f[1]), number(f[2]), number(f[3])
    command = "AT+QIKALIVE=%d" % on
    for value, default in ((idle_s, 60), (interval_s, 10), (count, 9)):
        if idle_s or interval_s or count:
            command += ",%d" % (value or default)
    yield (command, timeout_ms)
    return (yield from keepalive(nic, timeout_ms=timeout_ms))


def dns(nic, primary=None, secondary=None, *, timeout_ms: int = _MS):
    """(primary, secondary) DNS server, set first if given (manual 2.1.14)."""
    if primary is not None:
        command = 'AT+QIDNSCFG="%s"' % text(primary, "primary")
        if secondary is not None:
            command += ',"%s"' % text(secondary, "secondary")
        yield (command, timeout_ms)
    elif secondary is not None:
        raise ValueError("dns: primary is needed first")
    found = yield from query("AT+QIDNSCFG?", timeout_ms)
    return (found[0], found[1] if len(found) > 1 else "")


def access_mode(eng, slot, mode: int):
    """Switch a connection between buffer (0) and direct push mode (1) (manual 2.1.7)."""
    if slot.push == mode:
        return
    while mode and slot.more:
        slot.check()
        yield (None, 20)  # what is buffered is read first
    eng.lengths = eng.lengths or mode
    while not eng.formatted(slot):
        slot.check()
        yield (None, 20)
    yield ("AT+QISWTMD=%d,%d" % (slot.id, mode), _MS)
    slot.push = mode


# Questions to the network


def resolve(nic, host: str, *, ttl: bool = False, timeout_ms: int = _LONG_MS):
    """The addresses of a name as strings, with ttl=True (addresses, seconds) (manual 2.1.10)."""
    command = 'AT+QIDNSGIP=%d,"%s"' % (nic._eng.context, text(host, "host"))
    yield (command, _MS)
    f = yield from _dnsgip(timeout_ms)
    if number(f[1]):
        raise BC25Error(number(f[1]), command)
    want, seconds = number(f[2]), number(f[3])
    found: "list[str]" = []
    while len(found) < want:
        f = yield from _dnsgip(timeout_ms)
        found += [a.strip() for a in ",".join(f[1:]).split(",")]
        if "" in found:
            raise IndexError
    return (found, seconds) if ttl else found


def _dnsgip(ms: int):
    while True:
        f = fields((yield (b"+QIURC:", ms)))
        if f[0] == "dnsgip":
            return f


def ping(nic, host: str, *, count=4, size=32, timeout_s=4, on_reply=None, timeout_ms=None):
    """(sent, received, lost, min_ms, max_ms, avg_ms); `on_reply(ip, bytes, ms, ttl)` is called
    for each reply and `on_reply(None)` for each that timed out (manual 2.1.8)."""
    check_int(timeout_s, 1, 255, "timeout_s")
    check_int(count, 1, 10, "count")
    check_int(size, 32, 200, "size")
    command = 'AT+QPING=%d,"%s"' % (nic._eng.context, text(host, "host"))
    ms = timeout_ms or (count * timeout_s + 60) * 1000
    yield (command + ",%d,%d,%d" % (timeout_s, count, size), _MS)
    times: "list[int]" = []
    lost = 0
    eng = nic._eng
    since = eng.now
    while len(times) + lost < count:
        f = fields((yield (b"+QPING:", ms - time.ticks_diff(eng.now, since))))
        code = number(f[0])
        if code == 0 and len(f) >= 5:
            times.append(number(f[3]))
            if on_reply:
                on_reply((f[1], number(f[2]), number(f[3]), number(f[4])))
        elif code == 1:
            lost += 1
            if on_reply:
                on_reply(None)
        elif code == 2:
            return _summary(f)
        else:
            raise BC25Error(code, command, errno.ENOENT if code == 4 else 0)
    try:
        f = fields((yield (b"+QPING:", 3000)))
        return _summary(f)
    except (BC25Error, IndexError):
        times = times or [0]
        return (count, count - lost, lost, min(times), max(times), sum(times) // len(times))


def _summary(f):
    if len(f) < 7:
        raise IndexError
    return tuple([number(n) for n in f[1:7]])


def ntp(nic, server: str, port: int = 123, *, set_clock: bool = False, timeout_ms: int = _LONG_MS):
    """((year, month, day, weekday, hour, minute, second, 0), zone in quarters of an hour), the
    first in the order of machine.RTC().datetime(), Monday 0; `set_clock` sets the module's own
    clock too (manual 2.1.9)."""
    command = 'AT+QNTP=%d,"%s",%d,%d' % (
        nic._eng.context,
        text(server, "server"),
        check_int(port, 1, 65535, "port"),
        bool(set_clock),
    )
    yield (command, _MS)
    f = fields((yield (b"+QNTP:", timeout_ms)))
    if number(f[0]):
        raise BC25Error(number(f[0]), command)
    return _datetime(f[1])


def _datetime(stamp: str):
    # "YY/MM/DD,hh:mm:ss+zz", the zone left out by some.
    for c in "/,:":
        stamp = stamp.replace(c, " ")
    stamp, _, zone = stamp.replace("-", "+-").partition("+")
    parts = [number(n) for n in stamp.split()]
    if len(parts) != 6:
        raise IndexError
    year, month, day, hour, minute, second = parts
    year += 2000 if year < 100 else 0
    # March is month 0 of its year; Monday is 0.
    m, y = (month + 9) % 12, year - (month < 3)
    weekday = (1 + day + (13 * m + 2) // 5 + y + y // 4 - y // 100 + y // 400) % 7
    return (year, month, day, weekday, hour, minute, second, 0), number(zone or "0")


# The interface's state


def status(nic, param=None, *, timeout_ms: int = _MS):
    """0 idle, 1 connecting, 3 address held; "rssi" in dBm or None, "registration" as CEREG's
    number, "counters" a dict of all that is counted."""
    from .attach import registration

    if param is None:
        return 3 if nic._eng.addr else 1 if nic.job and nic.job.state != OVER else 0
    if param == "rssi":
        rssi = number((yield from query("AT+CSQ", timeout_ms))[0])
        return 2 * rssi - 113 if rssi <= 31 else None
    if param == "registration":
        return (yield from registration(nic))
    if param == "counters":
        return dict(nic._eng.counters)
    raise ValueError('status: "rssi", "registration" or "counters"')


_CONFIG = {
    "imei": "AT+CGSN=1",
    "imsi": "AT+CIMI",
    "iccid": "AT+QCCID",
    "model": "AT+CGMM",
    "revision": "AT+CGMR",
}


def config(nic, param: str, *, timeout_ms: int = _MS):
    """ "imei", "imsi", "iccid", "model" or "revision" as a str."""
    if param not in _CONFIG:
        raise ValueError("config: one of " + " ".join(sorted(_CONFIG)))
    return (yield from query(_CONFIG[param], timeout_ms))[0]


def ipconfig(nic, param: str):
    """ipconfig("addr4"): (address, netmask)."""
    if param != "addr4":
        raise ValueError('ipconfig: "addr4"')
    return (nic._eng.addr or "0.0.0.0", "255.255.255.255")


def ifconfig(nic):
    """(address, netmask, gateway, primary DNS server)"""
    addr = nic._eng.addr or "0.0.0.0"
    return (addr, "255.255.255.255", "0.0.0.0", dns_server(nic))


def dns_server(nic) -> str:
    try:
        return nic._eng.run(dns(nic))[0]
    except OSError:
        return "0.0.0.0"


def install(nic):
    """Put this NIC's socket module in sys.modules["socket"], and return it."""
    from .module import SocketModule

    module = SocketModule(nic)
    sys.modules["socket"] = sys.modules["usocket"] = module  # type: ignore[assignment]
    return module


def baud(nic, rate: int, reopen, *, timeout_ms: int = _MS):
    """AT+IPR, then `reopen(rate)`, then a check that the module answers at the new rate."""
    eng = nic._eng
    eng.run(at(nic, "AT+IPR=%d" % check_int(rate, 4800, 921600, "rate"), timeout_ms=timeout_ms))
    reopen(rate)
    eng.run(at(nic, "AT", timeout_ms=timeout_ms))


_JOBS = {
    "at": at,
    "sockets": sockets,
    "last_error": last_error,
    "format": format,
    "keepalive": keepalive,
    "dns": dns,
    "resolve": resolve,
    "ping": ping,
    "ntp": ntp,
    "status": status,
    "config": config,
}
_CALLS: "dict" = {"ipconfig": ipconfig, "ifconfig": ifconfig, "install": install, "baud": baud}
