"""What the module does besides sockets; loaded when first used.

Most services are jobs: generators for Engine.add(), so that `nic.ping(...)` blocks and
`await bc25.aio.ping(nic, ...)` does not, over the same steps. An answer that makes no sense is a
ValueError or IndexError, which a job turns into EIO.
"""

import errno
import sys
import time

from micropython import const

from .bringup import registration
from .errors import BC25Error, check_host, check_int, octets
from .jobs import OVER, mode_of, setting

_MS = const(2300)  # 300 ms by the manual and 2 s of grace
_FLASH_MS = const(50)  # see jobs.py
_AF_INET = const(2)
_SOCK_STREAM = const(1)
_LONG_MS = const(75_000)  # DNS and NTP: 60 s or more


def bind(nic, name: str):
    """The method `name` of a BC25; AttributeError if there is none."""
    if name in _CALLS:
        call = _CALLS[name]
        return lambda *args, **kwargs: call(nic, *args, **kwargs)
    if name not in _JOBS:
        raise AttributeError(name)
    return lambda *args, **kwargs: nic._eng.run(job(nic, name, *args, **kwargs))


def job(nic, name: str, *args, timeout_ms=None, **kwargs):
    """The generator of a service."""
    if timeout_ms is None:
        others = {
            "resolve": _LONG_MS,
            "ntp": _LONG_MS,
            "ping": None,  # by count and timeout_s
            "sleep": 80_000,
            "wake": 30_000,
        }
        timeout_ms = others.get(name, _MS)
    check_int(1 if timeout_ms is None else timeout_ms, 1, 0x1FFFFFFF, "timeout_ms")
    return _JOBS[name](nic, *args, timeout_ms=timeout_ms, **kwargs)


def _fields(line: str):
    # What stands behind the prefix of a line, if it has one; no field has a comma of its own.
    if line.count('"') & 1:
        raise IndexError  # it lost its end
    return [field.strip('" ') for field in line[line.find(":") + 1 :].split(",")]


def _ints(values, n: int):
    if len(values) < n:
        raise IndexError
    return tuple(map(int, values[:n]))


def at(nic, command: str, data=None, end=b"", *, timeout_ms: int):
    """Any AT command, given with its AT; its information lines as a list of str. `data`, then
    `end` (b"\\x1a" for the manual's Ctrl-Z form) are sent behind the prompt."""
    if not isinstance(command, str):
        raise TypeError("command: str expected")
    if command[:2].upper() != "AT" or min(command) < " " or max(command) > "~":
        raise ValueError("command: AT..., one line")
    body = None if data is None else b"" + octets(data) + octets(end)
    return (yield (command, timeout_ms, body))


# Sockets as the module sees them


def sockets(nic, context=None, id=None, *, timeout_ms: int):
    """[(id, service, ip, remote_port, local_port, state, context, access_mode)], of one context
    or one id if given (manual 2.1.3)."""
    which = "?"
    if context is not None:
        which = "=0,%d" % check_int(context, 1, 3, "context")
    elif id is not None:
        which = "=1,%d" % check_int(id, 0, 5, "id")
    out = []
    for line in (yield ("AT+QISTATE" + which, timeout_ms)):
        f = _fields(line)
        out.append((int(f[0]), f[1], f[2]) + tuple(map(int, f[3:8])))
    return out


# Manual table 1: what 0 and 550, 551, ... mean.
ERRORS = (
    "Operation successful|Unknown error|Operation blocked|Invalid parameters|Memory not enough|"
    "Create socket failed|Operation not supported|Socket bind failed|Socket listen failed|"
    "Socket write failed|Socket read failed|Socket accept failed|Open PDP context failed|"
    "Close PDP context failed|Socket identity has been used|DNS busy|DNS parse failed|"
    "Socket connection failed|Socket has been closed|Operation busy|Operation timeout|"
    "PDP context broken down|Cancel send|Operation not allowed|APN not configured|Port busy"
)


def last_error(nic, *, timeout_ms: int):
    """(code, text of table 1) of the last TCP/IP command (manual 2.1.12)."""
    lines = yield ("AT+QIGETERROR", timeout_ms)
    code = int(_fields(lines[-1])[0])
    texts = ERRORS.split("|")
    i = code and code - 549
    return code, texts[i] if 0 <= i < len(texts) else ""


def access_mode(eng, conn, mode: int):
    """Switch a connection between buffer (0) and direct push mode (1) (manual 2.1.7)."""
    if conn.push == mode:
        return
    eng.lengths = eng.lengths or mode
    while mode and (conn.more or not eng.formatted(conn)):
        conn.check()
        if conn.full():
            raise OSError(errno.ENOBUFS)  # the program has to read first
        yield (None, 20)  # what is buffered is read first
    try:
        yield ("AT+QISWTMD=%d,%d" % (conn.id, mode), _MS)
        conn.push = mode
    except BC25Error as e:
        if e.errno == errno.ETIMEDOUT:  # nobody knows
            yield from mode_of(conn)
        raise


# Settings


def format(nic, view=None, show_length=None, hex_receive=None, *, timeout_ms: int):
    """(view, show_length, hex_receive) as the module holds them in flash; what is given is
    written if it differs (manual 2.1.11)."""
    values = (view, show_length, hex_receive)
    for value in values:
        if value is not None:
            check_int(value, 0, 1, "format")
    out = []
    forms = ('"viewmode",%d', '"showlength",%d', '"dataformat",0,%d')
    eng = nic._eng
    for form, value in zip(forms, values):
        if value is None and eng.lengths and "show" in form:
            out.append(eng.shown)  # to ask sets the default, and data may be pushed meanwhile
            continue
        now = yield from setting(form.split(",")[0])
        if value is not None and value != now:
            yield (None, _FLASH_MS)
            now = int(value)
            yield ("AT+QICFG=" + form % now, timeout_ms)
        out.append(now)
        yield (None, _FLASH_MS)
    return tuple(out)


def _switch(on, *more) -> str:
    # What a setting begins with: nothing if it is only asked for.
    if on is None and more.count(None) == len(more):
        return ""
    return "%d" % check_int(on, 0, 1, "on")


def _set(name: str, value: str, ms: int):
    # Set it unless the value is empty, then ask: the lines of the answer.
    if value:
        yield ("AT+%s=%s" % (name, value), ms)
    return (yield ("AT+%s?" % name, ms))


def keepalive(nic, on=None, idle_s=None, interval_s=None, count=None, timeout_ms: int = _MS):
    """(on, idle_s, interval_s, count) of TCP keepalive, set first if given (manual 2.1.13). With
    it on, the module may not reach deep sleep."""
    value = _switch(on, idle_s, interval_s, count)
    if (idle_s, interval_s, count) != (None, None, None):
        for n, default, low, high, name in (
            (idle_s, 60, 1, 36000, "idle_s"),
            (interval_s, 10, 10, 20, "interval_s"),
            (count, 9, 1, 255, "count"),
        ):
            value += ",%d" % check_int(default if n is None else n, low, high, name)
    lines = yield from _set("QIKALIVE", value, timeout_ms)
    return _ints(_fields(lines[-1]), 4)


def dns(nic, primary=None, secondary=None, *, timeout_ms: int):
    """(primary, secondary) DNS server, set first if given (manual 2.1.14)."""
    value = ""
    if secondary is not None:
        value = ',"%s"' % check_host(secondary, "secondary").decode()
    if value or primary is not None:
        value = '"%s"' % check_host(primary, "primary").decode() + value
    lines = yield from _set("QIDNSCFG", value, timeout_ms)
    return tuple((_fields(lines[-1]) + [""])[:2])


# Questions to the network


def _ask(nic, name: str, host: str, *numbers):
    # Ask about a host in the NIC's context; the command, for what the answer may say of it. One
    # of a kind at a time, since the answers carry no id.
    name = "AT+%s=" % name
    command = '%s%d,"%s"' % (name, nic._eng.context, check_host(host).decode())
    for n in numbers:
        command += ",%d" % n
    while [j for j in nic._eng.jobs if j.state != OVER and j.asked.startswith(name)]:
        yield (None, 20)
    yield (command, _MS)
    return command


def resolve(nic, host: str, ttl: bool = False, *, timeout_ms: int):
    """The addresses of a name as strings, with ttl=True (addresses, seconds) (manual 2.1.10)."""
    command = yield from _ask(nic, "QIDNSGIP", host)
    eng, head = nic._eng, None
    since = eng.now
    found: "list[str]" = []
    while head is None or len(found) < int(head[2]):
        f = _fields((yield (b"+QIURC:", timeout_ms - time.ticks_diff(eng.now, since))))
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


def ping(nic, host: str, count=4, size=32, timeout_s=4, on_reply=None, *, timeout_ms):
    """(sent, received, lost, min_ms, max_ms, avg_ms); `on_reply` is called with
    (ip, bytes, ms, ttl) for each reply and with None for each that timed out (manual 2.1.8)."""
    check_int(timeout_s, 1, 255, "timeout_s")
    check_int(count, 1, 10, "count")
    check_int(size, 32, 200, "size")
    command = yield from _ask(nic, "QPING", host, timeout_s, count, size)
    ms = timeout_ms or (count * timeout_s + 60) * 1000
    times: "list[int]" = []
    lost = 0
    eng = nic._eng
    since = eng.now
    while len(times) + lost < count:
        f = _fields((yield (b"+QPING:", ms - time.ticks_diff(eng.now, since))))
        code = int(f[0])
        reply = None
        if code == 2:
            return _ints(f[1:], 6)
        elif code == 1:
            lost += 1
        elif code:
            raise BC25Error(code, command, errno.ENOENT if code == 4 else 0)
        else:
            reply = (f[1],) + _ints(f[2:], 3)
            times.append(reply[2])
        if on_reply:
            eng.tell(on_reply, reply)
    try:
        return _ints(_fields((yield (b"+QPING:", 3000)))[1:], 6)
    except (BC25Error, IndexError):  # all lost, and no more is said
        times = times or [0]
        return (count, count - lost, lost, min(times), max(times), sum(times) // len(times))


def ntp(nic, server: str, port: int = 123, set_clock: bool = False, *, timeout_ms: int):
    """((year, month, day, weekday, hour, minute, second, 0), zone in quarters of an hour), the
    first in the order of machine.RTC().datetime(), Monday 0; `set_clock` sets the module's own
    clock too (manual 2.1.9)."""
    check_int(port, 1, 65535, "port")
    command = yield from _ask(nic, "QNTP", server, port, bool(set_clock))
    f = _fields((yield (b"+QNTP:", timeout_ms)))
    if int(f[0]):
        raise BC25Error(int(f[0]), command)
    # YY/MM/DD, then hh:mm:ss+zz, the zone left out by some.
    year, month, day = _ints(f[1].split("/"), 3)
    clock, zone = (f[2].replace("-", "+-") + "+0").split("+")[:2]
    year += 2000 if year < 100 else 0
    # March is month 0 of its year; Monday is 0; good until 2099.
    m, y = (month + 9) % 12, year - (month < 3)
    weekday = (day + (13 * m + 2) // 5 + y + y // 4) % 7
    return (year, month, day, weekday) + _ints(clock.split(":"), 3) + (0,), int(zone)


# Deep sleep and the network's power saving (manual 2.1.1 note 3, 4.4)


def _tick(ms: int, command: str):
    # A step of waiting for as long as `ms`: what is left of it.
    if ms <= 0:
        raise BC25Error(None, command, errno.ETIMEDOUT)
    yield (None, 20)
    return ms - 20


def sleep(nic, *, timeout_ms: int):
    """Finish sends and closes, then let the module sleep; it says so with on("sleep")."""
    eng = nic._eng
    while eng.tx or [conn for conn in eng.conns if conn.ending()]:
        timeout_ms = yield from _tick(timeout_ms, "AT+QSCLK=1")
    try:
        yield ("AT+QATWAKEUP=1", _MS)  # some modules say nothing of it unasked
    except BC25Error:
        pass
    yield ("AT+QSCLK=1", _MS)
    eng.sleeping = True


def wake(nic, *, timeout_ms: int):
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


def psm(nic, on=None, tau_s=None, active_s=None, *, timeout_ms: int):
    """(on, tau_s, active_s) of PSM, set first if given: the periodic update (T3412) and active
    (T3324) timers in seconds, rounded to what the timers can hold."""
    value = _switch(on, tau_s, active_s)
    if on and (tau_s, active_s) != (None, None):
        tau = _timer(_TAU, check_int(tau_s, 0, 35712000, "tau_s"))
        active = _timer(_ACTIVE, check_int(active_s, 0, 11160, "active_s"))
        value += ',,,"%s","%s"' % (tau, active)
    lines = yield from _set("CPSMS", value, timeout_ms)
    f = _fields(lines[-1]) + ["0"] * 5
    return f[0] == "1", _seconds(_TAU, int(f[3] or "0", 2)), _seconds(_ACTIVE, int(f[4] or "0", 2))


def edrx(nic, on=None, cycle_s=None, *, timeout_ms: int):
    """(on, cycle_s) of eDRX, set first if given; the cycle is rounded to one that NB-IoT has."""
    value = _switch(on, cycle_s)
    if on and cycle_s is not None:
        check_int(int(cycle_s), 1, 20000, "cycle_s")
        i = 0
        while i < 9 and cycle_s > 30.72 * (1 << i):  # closer to the next one
            i += 1
        value += ',5,"{:04b}"'.format(int(_CYCLES[i], 16))
    for line in (yield from _set("CEDRXS", value, timeout_ms)):
        f = _fields(line)
        if f[0] == "5" and len(f) > 1:
            i = _CYCLES.find("%X" % int(f[1] or "0", 2))
            return True, 20.48 * (1 << i) if i >= 0 else 0.0
    return False, 0.0


# The interface's state


def status(nic, param=None, *, timeout_ms: int):
    """0 idle, 1 connecting, 3 address held; "rssi" in dBm or None, "registration" as CEREG's
    number, "counters" a dict of all that is counted."""
    if param is None:
        return 3 if nic._eng.addr else 1 if nic.job and nic.job.state != OVER else 0
    if param == "rssi":
        rssi = int(_fields((yield ("AT+CSQ", timeout_ms))[-1])[0])
        return 2 * rssi - 113 if rssi <= 31 else None
    if param == "registration":
        return (yield from registration(nic))
    if param == "counters":
        return dict(nic._eng.counters)
    raise ValueError("status: rssi, registration, counters")


def config(nic, param: str, *, timeout_ms: int):
    """ "imei", "imsi", "iccid", "model" or "revision" as a str."""
    commands = {
        "imei": "AT+CGSN=1",
        "imsi": "AT+CIMI",
        "iccid": "AT+QCCID",
        "model": "AT+CGMM",
        "revision": "AT+CGMR",
    }
    if param not in commands:
        raise ValueError("config: " + ", ".join(commands))
    lines = yield (commands[param], timeout_ms)
    return _fields(lines[-1])[0]


def ifconfig(nic):
    """(address, netmask, gateway, primary DNS server)"""
    try:
        server = nic.dns()[0]
    except OSError:
        server = "0.0.0.0"
    return nic.ipconfig("addr4") + ("0.0.0.0", server)


def baud(nic, rate: int, reopen, timeout_ms=None):
    """AT+IPR, then `reopen(rate)`, then a check that the module answers at the new rate."""
    nic.at("AT+IPR=%d" % check_int(rate, 4800, 921600, "rate"), timeout_ms=timeout_ms)
    reopen(rate)
    nic.at("AT", timeout_ms=timeout_ms)


class Module:
    """The socket module of a NIC, with the constants of the package; once made it stands in
    sys.modules["socket"]."""

    def __init__(self, nic):
        self.socket = nic.socket
        sys.modules["socket"] = sys.modules["usocket"] = self  # type: ignore[assignment]

    def __getattr__(self, name):
        return getattr(sys.modules[__name__.rsplit(".", 1)[0]], name)

    def getaddrinfo(self, host, port, af=0, type=0, *_):
        """[(af, type, 0, host, (host, port))] without asking: the module resolves in QIOPEN."""
        return [(af or _AF_INET, type or _SOCK_STREAM, 0, host, (host, port))]


_JOBS: "dict" = {
    "at": at,
    "sockets": sockets,
    "last_error": last_error,
    "format": format,
    "keepalive": keepalive,
    "dns": dns,
    "resolve": resolve,
    "ping": ping,
    "ntp": ntp,
    "sleep": sleep,
    "wake": wake,
    "psm": psm,
    "edrx": edrx,
    "status": status,
    "config": config,
}
_CALLS: "dict" = {"ifconfig": ifconfig, "install": Module, "baud": baud}
