"""What the module does besides sockets; loaded when first used.

Most services are jobs: generators for Engine.add(), so that `nic.ping(...)` blocks and
`await bc25.aio.ping(nic, ...)` does not, over the same steps. An answer that makes no sense is a
ValueError or IndexError, which a job turns into EIO.
"""

import errno
import sys

from micropython import const

from .bringup import registration
from .errors import BC25Error, check_host, check_int, octets
from .jobs import ANSWER_MS, mode_of, setting

_TYPING = const(False)
if _TYPING:
    from typing import Any

_FLASH_MS = const(50)  # see jobs.py
_AF_INET = const(2)
_SOCK_STREAM = const(1)


def bind(nic, name: str):
    """The method `name` of a BC25; AttributeError if there is none."""
    if name in _CALLS:
        call = _CALLS[name]
        return lambda *args, **kwargs: call(nic, *args, **kwargs)
    _find(name)
    return lambda *args, **kwargs: nic._eng.run(job(nic, name, *args, **kwargs))


def _find(name: str):
    # Whatever yields a service's generator.
    place: "Any" = None
    if name in _JOBS:
        return _JOBS[name]
    if name in ("resolve", "ping", "ntp"):
        from . import questions as place
    elif name in ("sleep", "wake", "psm", "edrx"):
        from . import power as place
    return getattr(place, name)


def job(nic, name: str, *args, **kwargs):
    """The generator of a service; `timeout_ms`, None: by the manual, is how long it may take."""
    ms = kwargs.pop("timeout_ms", None)
    if ms is not None:
        kwargs["timeout_ms"] = check_int(ms, 1, 0x1FFFFFFF, "timeout_ms")
    return _find(name)(nic, *args, **kwargs)


def fields(line: str):
    """What stands behind the prefix of a line, if it has one; no field has a comma of its own."""
    if line.count('"') & 1:
        raise IndexError  # it lost its end
    return [field.strip('" ') for field in line[line.find(":") + 1 :].split(",")]


def ints(values, n: int):
    """The first `n` as numbers."""
    if len(values) < n:
        raise IndexError
    return tuple(map(int, values[:n]))


def at(nic, command: str, data=None, end=b"", *, timeout_ms: int = ANSWER_MS):
    """Any AT command, given with its AT; its information lines as a list of str. `data`, then
    `end` (b"\\x1a" for the manual's Ctrl-Z form) are sent behind the prompt."""
    if not isinstance(command, str):
        raise TypeError("command: str expected")
    if command[:2].upper() != "AT" or min(command) < " " or max(command) > "~":
        raise ValueError("command: AT..., one line")
    body = b"" if data is None else b"" + octets(data) + octets(end)
    return (yield (command, timeout_ms, body))


# Sockets as the module sees them


def sockets(nic, context=None, id=None, *, timeout_ms: int = ANSWER_MS):
    """[(id, service, ip, remote_port, local_port, state, context, access_mode)], of one context
    or one id if given (manual 2.1.3)."""
    which = "?"
    if context is not None:
        which = "=0,%d" % check_int(context, 1, 3, "context")
    elif id is not None:
        which = "=1,%d" % check_int(id, 0, 5, "id")
    out = []
    for line in (yield ("AT+QISTATE" + which, timeout_ms)):
        f = fields(line)
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


def last_error(nic, *, timeout_ms: int = ANSWER_MS):
    """(code, text of table 1) of the last TCP/IP command (manual 2.1.12)."""
    lines = yield ("AT+QIGETERROR", timeout_ms)
    code = int(fields(lines[-1])[0])
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
        yield ("AT+QISWTMD=%d,%d" % (conn.id, mode), ANSWER_MS)
        conn.push = mode
    except BC25Error as e:
        if e.errno == errno.ETIMEDOUT:  # nobody knows
            yield from mode_of(conn)
        raise


# Settings


def format(nic, view=None, show_length=None, hex_receive=None, *, timeout_ms: int = ANSWER_MS):
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


def switch(on, *more) -> str:
    """What a setting begins with: nothing if it is only asked for."""
    if on is None and more.count(None) == len(more):
        return ""
    return "%d" % check_int(on, 0, 1, "on")


def configure(name: str, value: str, ms: int):
    """Set it unless the value is empty, then ask: the lines of the answer."""
    if value:
        yield ("AT+%s=%s" % (name, value), ms)
    return (yield ("AT+%s?" % name, ms))


def keepalive(nic, on=None, idle_s=None, interval_s=None, count=None, timeout_ms: int = ANSWER_MS):
    """(on, idle_s, interval_s, count) of TCP keepalive, set first if given (manual 2.1.13). With
    it on, the module may not reach deep sleep."""
    value = switch(on, idle_s, interval_s, count)
    if (idle_s, interval_s, count) != (None, None, None):
        for n, default, low, high, name in (
            (idle_s, 60, 1, 36000, "idle_s"),
            (interval_s, 10, 10, 20, "interval_s"),
            (count, 9, 1, 255, "count"),
        ):
            value += ",%d" % check_int(default if n is None else n, low, high, name)
    lines = yield from configure("QIKALIVE", value, timeout_ms)
    return ints(fields(lines[-1]), 4)


def dns(nic, primary=None, secondary=None, *, timeout_ms: int = ANSWER_MS):
    """(primary, secondary) DNS server, set first if given (manual 2.1.14)."""
    value = ""
    if secondary is not None:
        value = ',"%s"' % check_host(secondary, "secondary").decode()
    if value or primary is not None:
        value = '"%s"' % check_host(primary, "primary").decode() + value
    lines = yield from configure("QIDNSCFG", value, timeout_ms)
    return tuple((fields(lines[-1]) + [""])[:2])


# The interface's state


def status(nic, param=None, *, timeout_ms: int = ANSWER_MS):
    """0 idle, 1 connecting, 3 address held; "rssi" in dBm or None, "registration" as CEREG's
    number, "counters" a dict of all that is counted."""
    if param is None:
        return 3 if nic._eng.addr else 1 if nic.job and nic.job.state else 0
    if param == "rssi":
        rssi = int(fields((yield ("AT+CSQ", timeout_ms))[-1])[0])
        return 2 * rssi - 113 if rssi <= 31 else None
    if param == "registration":
        return (yield from registration(nic))
    if param == "counters":
        return dict(nic._eng.counters)
    raise ValueError("status: rssi, registration, counters")


def config(nic, param: str, *, timeout_ms: int = ANSWER_MS):
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
    return fields(lines[-1])[0]


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
    "status": status,
    "config": config,
}
_CALLS: "dict" = {"ifconfig": ifconfig, "install": Module, "baud": baud}
