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
from .jobs import ANSWER_MS, mode_of, qicfg, setting

_TYPING = const(False)
if _TYPING:
    from typing import Any

_FLASH_MS = const(50)  # see jobs.py
_AF_INET = const(2)
_SOCK_STREAM = const(1)


def bind(nic, name: str):
    """The method `name` of a BC25; AttributeError if there is none."""
    _find(name)

    def method(*args, **kwargs):
        made = job(nic, name, *args, **kwargs)
        # A generator is still to be run; what made anything else is done with it.
        return nic._eng.run(made) if hasattr(made, "send") else made

    return method


def _find(name: str):
    place: "Any" = Services
    if name in ("resolve", "ping", "ntp"):
        from . import questions as place
    return getattr(place, name)


def job(nic, name: str, *args, **kwargs):
    """The generator of a service; `timeout_ms` is how long it may take."""
    ms = kwargs.pop("timeout_ms", None)
    if ms is not None:
        check_int(ms, 1, 0x1FFFFFFF, "timeout_ms")
    return _find(name)(nic, ms, *args, **kwargs)


def fields(line: str):
    """What stands behind the prefix of a line, if it has one; no field has a comma of its own."""
    if line.count('"') & 1:
        raise IndexError  # it lost its end
    return [field.strip('" ') for field in line.split(":", 1)[-1].split(",")]


def ints(values, n: int):
    """The first `n` as numbers."""
    if len(values) < n:
        raise IndexError
    return tuple(map(int, values[:n]))


def switch(on, more: bool) -> str:
    """What a setting begins with, if `more` follows or not: nothing if it is only asked for."""
    if on is None and not more:
        return ""
    return "%d" % check_int(on, 0, 1, "on")


def configure(name: str, value: str, ms: int):
    """Set it unless the value is empty, then ask: the lines of the answer."""
    ms = ms or ANSWER_MS
    if value:
        yield ("AT+%s=%s" % (name, value), ms)
    return (yield ("AT+%s?" % name, ms))


# Manual table 1: what 0 and 550, 551, ... mean.
ERRORS = (
    "Operation successful|Unknown error|Operation blocked|Invalid parameters|Memory not enough|"
    "Create socket failed|Operation not supported|Socket bind failed|Socket listen failed|"
    "Socket write failed|Socket read failed|Socket accept failed|Open PDP context failed|"
    "Close PDP context failed|Socket identity has been used|DNS busy|DNS parse failed|"
    "Socket connection failed|Socket has been closed|Operation busy|Operation timeout|"
    "PDP context broken down|Cancel send|Operation not allowed|APN not configured|Port busy"
)


def access_mode(conn, mode: int):
    """Switch a connection between buffer (0) and direct push mode (1) (manual 2.1.7)."""
    if conn.push == mode:
        return
    eng = conn.eng
    eng.lengths = eng.lengths or mode
    while mode and (conn.more or not conn.formatted()):
        conn.check()
        if conn.full():
            raise OSError(errno.ENOBUFS)  # the program has to read first
        yield 20  # what is buffered is read first
    try:
        yield "AT+QISWTMD=%d,%d" % (conn.id, mode)
        conn.push = mode
    except BC25Error as e:
        if e.errno == errno.ETIMEDOUT:  # nobody knows
            yield from mode_of(conn)
        raise


def _tick(ms: int, command: str):
    # A step of waiting for as long as `ms`: what is left of it.
    if ms <= 0:
        raise BC25Error(-2, command)
    yield 20
    return ms - 20


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


class Module:
    """The socket module of a NIC, with the constants of the package; once made it stands in
    sys.modules["socket"]."""

    def __init__(self, nic, *_):
        self.socket = nic.socket
        sys.modules["socket"] = sys.modules["usocket"] = self  # type: ignore[assignment]

    def __getattr__(self, name):
        return getattr(sys.modules[__name__.rsplit(".", 1)[0]], name)

    def getaddrinfo(self, host, port, af=0, type=0, *_):
        """[(af, type, 0, host, (host, port))] without asking: the module resolves in QIOPEN."""
        return [(af or _AF_INET, type or _SOCK_STREAM, 0, host, (host, port))]


class Services:
    """The methods of BC25 that are loaded when first used: most are generators of jobs. `ms` is
    what was given as `timeout_ms`, None: by the manual."""

    def at(nic: "Any", ms, command: str, data=None, end=b""):
        """Any AT command, given with its AT; its information lines as a list of str. `data`, then
        `end` (b"\\x1a" for the manual's Ctrl-Z form) are sent behind the prompt."""
        if not isinstance(command, str):
            raise TypeError("command: str expected")
        if command[:2].upper() != "AT" or min(command) < " " or max(command) > "~":
            raise ValueError("command: AT..., one line")
        body = b"" if data is None else b"" + octets(data) + octets(end)
        return (yield (command, ms or ANSWER_MS, body))

    # Sockets as the module sees them

    def sockets(nic: "Any", ms, context=None, id=None):
        """[(id, service, ip, remote_port, local_port, state, context, access_mode)], of one
        context or one id if given (manual 2.1.3)."""
        which = "?"
        if context is not None:
            which = "=0,%d" % check_int(context, 1, 3, "context")
        elif id is not None:
            which = "=1,%d" % check_int(id, 0, 5, "id")
        out = []
        for line in (yield ("AT+QISTATE" + which, ms or ANSWER_MS)):
            f = fields(line)
            out.append((int(f[0]), f[1], f[2]) + tuple(map(int, f[3:8])))
        return out

    def last_error(nic: "Any", ms):
        """(code, text of table 1) of the last TCP/IP command (manual 2.1.12)."""
        lines = yield ("AT+QIGETERROR", ms or ANSWER_MS)
        code = int(fields(lines[-1])[0])
        texts = ERRORS.split("|")
        i = code and code - 549
        return code, texts[i] if 0 <= i < len(texts) else ""

    # Settings

    def format(nic: "Any", ms, view=None, show_length=None, hex_receive=None):
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
                now = int(value)
                yield from qicfg(form % now, _FLASH_MS, ms or ANSWER_MS)
            out.append(now)
        yield _FLASH_MS
        return tuple(out)

    def keepalive(nic: "Any", ms, on=None, idle_s=None, interval_s=None, count=None):
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
        lines = yield from configure("QIKALIVE", value, ms)
        return ints(fields(lines[-1]), 4)

    def dns(nic: "Any", ms, primary=None, secondary=None):
        """(primary, secondary) DNS server, set first if given (manual 2.1.14)."""
        value = ""
        if secondary is not None:
            value = ',"%s"' % check_host(secondary, "secondary").decode()
        if value or primary is not None:
            value = '"%s"' % check_host(primary, "primary").decode() + value
        lines = yield from configure("QIDNSCFG", value, ms)
        return tuple((fields(lines[-1]) + [""])[:2])

    def baud(nic: "Any", ms, rate: int, reopen):
        """AT+IPR, then `reopen(rate)`, then a check that the module answers at the new rate."""
        nic.at("AT+IPR=%d" % check_int(rate, 4800, 921600, "rate"), timeout_ms=ms)
        reopen(rate)
        nic.at("AT", timeout_ms=ms)

    # Sleep and the network's power saving (manual 2.1.1 note 3, 4.4)

    def sleep(nic: "Any", ms):
        """Finish sends and closes, then let the module sleep; it says so with on("sleep")."""
        eng, ms = nic._eng, ms or 80_000
        while eng.tx or [conn for conn in eng.conns if conn.ending()]:
            ms = yield from _tick(ms, "AT+QSCLK=1")
        try:
            yield "AT+QATWAKEUP=1"  # some modules say nothing of it unasked
        except BC25Error:
            pass
        yield "AT+QSCLK=1"
        eng.sleeping = True

    def wake(nic: "Any", ms):
        """Pulse the wake pin (without one: repeat AT), wait, and put back what sleep undid."""
        eng, ms = nic._eng, ms or 30_000
        eng.sleeping = eng.suspect = True
        while eng.suspect or eng.boss:
            ms = yield from _tick(ms, "AT")

    def psm(nic: "Any", ms, on=None, tau_s=None, active_s=None):
        """(on, tau_s, active_s) of PSM, set first if given: the periodic update (T3412) and active
        (T3324) timers in seconds, rounded to what the timers can hold."""
        timers = (tau_s, active_s) != (None, None)
        value = switch(on, timers)
        if on and timers:
            tau = _timer(_TAU, check_int(tau_s, 0, 35712000, "tau_s"))
            active = _timer(_ACTIVE, check_int(active_s, 0, 11160, "active_s"))
            value += ',,,"%s","%s"' % (tau, active)
        lines = yield from configure("CPSMS", value, ms)
        f = fields(lines[-1]) + ["0"] * 5
        return (
            f[0] == "1",
            _seconds(_TAU, int(f[3] or "0", 2)),
            _seconds(_ACTIVE, int(f[4] or "0", 2)),
        )

    def edrx(nic: "Any", ms, on=None, cycle_s=None):
        """(on, cycle_s) of eDRX, set first if given; the cycle is rounded to one that NB-IoT
        has."""
        value = switch(on, cycle_s is not None)
        if on and cycle_s is not None:
            check_int(int(cycle_s), 1, 20000, "cycle_s")
            i = 0
            while i < 9 and cycle_s > 30.72 * (1 << i):  # closer to the next one
                i += 1
            value += ',5,"{:04b}"'.format(int(_CYCLES[i], 16))
        for line in (yield from configure("CEDRXS", value, ms)):
            f = fields(line)
            if f[0] == "5" and len(f) > 1:
                i = _CYCLES.find("%X" % int(f[1] or "0", 2))
                return True, 20.48 * (1 << i) if i >= 0 else 0.0
        return False, 0.0

    # The interface's state

    def status(nic: "Any", ms, param=None):
        """0 idle, 1 connecting, 3 address held; "rssi" in dBm or None, "registration" as CEREG's
        number, "counters" a dict of all that is counted."""
        if param is None:
            return 3 if nic._eng.addr else 1 if nic.job and nic.job.state else 0
        if param == "rssi":
            rssi = int(fields((yield ("AT+CSQ", ms or ANSWER_MS))[-1])[0])
            return 2 * rssi - 113 if rssi <= 31 else None
        if param == "registration":
            return (yield from registration(nic))
        if param == "counters":
            return dict(nic._eng.counters)
        raise ValueError("status: rssi, registration, counters")

    def config(nic: "Any", ms, param: str):
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
        lines = yield (commands[param], ms or ANSWER_MS)
        return fields(lines[-1])[0]

    def ifconfig(nic: "Any", ms):
        """(address, netmask, gateway, primary DNS server)"""
        try:
            server = nic.dns(timeout_ms=ms)[0]
        except OSError:
            server = "0.0.0.0"
        return nic.ipconfig("addr4") + ("0.0.0.0", server)

    install = Module
