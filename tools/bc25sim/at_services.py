"""The manual's 2.1.8 to 2.1.14: ping, NTP, DNS, settings, last error, keepalive."""

import datetime
import struct
from typing import TYPE_CHECKING

from .arguments import Arguments
from .errors import Refused, described
from .network import Address, Link, OpenFailed, Owner, is_ip
from .reply import Command, Reply

if TYPE_CHECKING:
    from .core import Module

_NTP_EPOCH = datetime.datetime(1900, 1, 1)


def _attached(module: "Module") -> None:
    if not module.radio.attached:
        raise Refused(561)


# -- 2.1.8 AT+QPING ----------------------------------------------------------------------------

class Ping:
    """One run of AT+QPING, reply by reply."""

    def __init__(self, module: "Module", host: str, limit: int, count: int, size: int) -> None:
        self._module = module
        self._host = host
        self._limit = limit
        self._left = self._count = count
        self._size = size
        self._times: list[int] = []
        self._ip = host
        self._asked_at = 0.0

    def start(self) -> None:
        """Resolves the name first."""
        self._module.resolve(self._host, self._resolved)

    def _resolved(self, ips: list[str]) -> None:
        if not ips:
            self._module.last_error = 565
            return self._line(f"+QPING: {self._module.profile.ping_not_found}", last=True)
        self._ip = ips[0]
        return self._ask()

    def _ask(self) -> None:
        self._asked_at = self._module.clock.now()
        self._module.network.ping(self._host, self._ip, self._size, self._limit, self._took)

    def _took(self, seconds: float | None) -> None:
        """Waits as long as the answer takes, what of that has passed already taken off."""
        if seconds is not None and seconds > self._limit:
            seconds = None
        lasts = (self._limit if seconds is None else seconds) / self._module.speed
        passed = self._module.clock.now() - self._asked_at
        self._module.after(max(0.0, lasts - passed), self._answered, seconds)

    def _answered(self, seconds: float | None) -> None:
        if seconds is None:
            silent = self._module.profile.ping_all_lost == "none" and not self._times
            self._line("+QPING: 1", last=silent and self._left == 1)
        else:
            self._times.append(round(seconds * 1000))
            quote = '"' if self._module.profile.ping_quoted else ""
            self._line(f"+QPING: 0,{quote}{self._ip}{quote},{self._size},{self._times[-1]},"
                       f"{self._module.profile.ping_ttl}")
        self._left -= 1
        if self._left:
            return self._ask()
        return self._finish()

    def _finish(self) -> None:
        """Packets, though 2.1.8 says bytes; the average of example 4.6 is 288, not its 287."""
        times, sent = self._times, self._count
        if not times and self._module.profile.ping_all_lost == "none":
            return
        least, most = (min(times), max(times)) if times else (0, 0)
        average = sum(times) // len(times) if times else 0
        self._line(f"+QPING: 2,{sent},{len(times)},{sent - len(times)},{least},{most},{average}",
                   last=True)

    def _line(self, text: str, last: bool = False) -> None:
        if self._module.profile.ping_joined and not last:
            return self._module.output.send(b"\r\n" + text.encode())
        return self._module.urc(text)


def qping(module: "Module", args: Arguments) -> Reply:
    args.limit(2, 5)
    args.number(0, 1, 3)
    ping = Ping(module, args.text(1), args.number(2, 1, 255, 4), args.number(3, 1, 10, 4),
                args.number(4, 32, 200, 32))
    _attached(module)
    return Reply(then=ping.start)


# -- 2.1.9 AT+QNTP -----------------------------------------------------------------------------

class Ntp(Owner):
    """One SNTP request over UDP; the answer is the module's local time with its zone."""

    def __init__(self, module: "Module", server: str, port: int, set_clock: bool) -> None:
        self._module = module
        self._server = server
        self._port = port
        self._set_clock = set_clock
        self._link: Link | None = None
        self._done = False

    def start(self) -> None:
        """Tells the time given beforehand, or asks the server."""
        module = self._module
        if module.given_time is not None:
            module.after(module.delay("dns_ms"), self._report, module.given_time)
        else:
            module.resolve(self._server, self._ask)

    def _ask(self, ips: list[str]) -> None:
        if not ips:
            return self.failed(565)
        to = Address(ips[0], self._port)
        try:
            self._link = self._module.network.open_udp(to, Address(to.ip, 0), self)
        except OpenFailed as error:
            return self.failed(error.code)
        self._module.after(self._module.limit("ntp_limit_ms"), self.failed, 569)
        return None

    def opened(self) -> None:
        if self._link is not None:
            self._link.write(b"\x23" + bytes(47), 1 << 16)

    def received(self, data: bytes, peer: Address) -> None:
        if len(data) < 48 or self._done:
            return
        seconds = struct.unpack("!I", data[40:44])[0]
        utc = _NTP_EPOCH + datetime.timedelta(seconds=seconds)
        shown = self._module.stamp(utc)
        if self._module.profile.ntp_digits == "utc":
            shown = f"{utc:%y/%m/%d,%H:%M:%S}{shown[17:]}"
        self._report(shown)

    def lost(self) -> None:
        """A datagram socket has no peer that closes."""

    def accepted(self, link: Link, peer: Address) -> Owner | None:
        return None

    def failed(self, code: int) -> None:
        self._module.last_error = code
        self._finish(str(code))

    def _report(self, stamp: str) -> None:
        if self._set_clock:
            self._module.set_clock(stamp)
        space = " " if self._module.profile.ntp_space else ""
        self._finish(f'0,{space}"{stamp}"')

    def _finish(self, text: str) -> None:
        if not self._done:
            self._done = True
            self._module.urc(f"+QNTP: {text}")
            if self._link is not None:
                self._link.close()


def qntp(module: "Module", args: Arguments) -> Reply:
    args.limit(2, 4)
    args.number(0, 1, 3)
    ntp = Ntp(module, args.text(1), args.number(2, 1, 65535, 123), bool(args.number(3, 0, 1, 0)))
    _attached(module)
    return Reply(then=ntp.start)


# -- 2.1.10 AT+QIDNSGIP ------------------------------------------------------------------------

def qidnsgip(module: "Module", args: Arguments) -> Reply:
    args.limit(2, 2)
    args.number(0, 1, 3)
    name = args.text(1)
    if not name:
        raise Refused(552)
    _attached(module)
    return Reply(then=lambda: module.resolve(name, lambda ips: _resolved(module, ips)))


def _resolved(module: "Module", ips: list[str]) -> None:
    if not ips:
        module.last_error = 565
        return module.urc('+QIURC: "dnsgip",565')
    module.urc(f'+QIURC: "dnsgip",0,{len(ips)},{module.profile.dns_ttl}')
    for ip in [",".join(ips)] if module.profile.dns_joined else ips:
        module.urc(f'+QIURC: "dnsgip","{ip}"')
    return None


# -- 2.1.11 AT+QICFG ---------------------------------------------------------------------------

def qicfg(module: "Module", args: Arguments) -> Reply:
    """Sets, asks, or (without a value, note 3) sets the default, as the profile has it."""
    name = args.text(0).lower()
    fields = {"dataformat": 2, "viewmode": 1, "showlength": 1}.get(name, 0)
    args.limit(1, 1 + fields if fields else 0)
    asked = len(args) == 1 and module.profile.qicfg_question
    if not asked:
        _configure(module, name, args)
    echoes = asked or module.profile.qicfg_set_echoes
    return Reply([f'+QICFG: "{name}",{_configured(module, name)}'] if echoes else [])


def _configure(module: "Module", name: str, args: Arguments) -> None:
    flash = module.flash
    if name == "viewmode":
        flash.view_mode = args.number(1, 0, 1, 0)
    elif name == "showlength":
        flash.show_length = args.number(1, 0, 1, 0)
    else:
        if args.number(1, 0, 1, 0):
            raise Refused(555)  # note 1: sending is in text only
        flash.receive_hex = args.number(2, 0, 1, 0)


def _configured(module: "Module", name: str) -> str:
    flash = module.flash
    return {"dataformat": f"0,{flash.receive_hex}", "viewmode": str(flash.view_mode),
            "showlength": str(flash.show_length)}[name]


# -- 2.1.12 AT+QIGETERROR ----------------------------------------------------------------------

def qigeterror(module: "Module", _args: Arguments) -> Reply:
    space = " " if module.profile.error_space else ""
    text = described(module.last_error, module.profile.error_capital)
    return Reply([f"+QIGETERROR: {module.last_error},{space}{text}"])


# -- 2.1.13 AT+QIKALIVE ------------------------------------------------------------------------

def qikalive(module: "Module", args: Arguments) -> Reply:
    args.limit(1, 5)
    on = args.number(0, 0, 1)
    if args.given(4):
        raise Refused(555)  # note 1
    _, idle, interval, count = module.settings.keepalive
    module.settings.keepalive = (
        on, args.number(1, 1, 36000, idle), args.number(2, 10, 20, 10), args.number(3, 1, 255, 9))
    return Reply()


def qikalive_read(module: "Module", _args: Arguments) -> Reply:
    return Reply(["+QIKALIVE: " + ",".join(str(v) for v in module.settings.keepalive)])


# -- 2.1.14 AT+QIDNSCFG ------------------------------------------------------------------------

def qidnscfg(module: "Module", args: Arguments) -> Reply:
    args.limit(1, 2)
    servers = [args.text(index) for index in range(len(args))]
    if not all(is_ip(server) for server in servers):
        raise Refused(552)
    _attached(module)
    module.settings.dns_servers = tuple([*servers, *module.settings.dns_servers[len(servers):]])
    return Reply()


def qidnscfg_read(module: "Module", _args: Arguments) -> Reply:
    fields = [*module.settings.dns_servers, "0.0.0.0", "0.0.0.0", "0.0.0.0"]
    shown = fields[:module.profile.dnscfg_fields]
    return Reply(["+QIDNSCFG: " + ",".join(f'"{ip}"' for ip in shown)])


TABLE = (
    Command("+QPING", "2.1.8", ('+QPING: (1-3),"<host>"[,(1-255)[,(1-10)[,(32-200)]]]',),
            write=qping),
    # The headings' QNTTP is a slip: example 4.7 says QNTP.
    Command("+QNTP", "2.1.9", ('+QNTP: (1-3),"<server>"[,<port>[,(0,1)]]',), write=qntp),
    Command("+QIDNSGIP", "2.1.10", ('+QIDNSGIP: (1-3),"<hostname>"',), write=qidnsgip),
    Command("+QICFG", "2.1.11", (
        '+QICFG: "dataformat",(0,1),(0,1)', '+QICFG: "viewmode",(0,1)',
        '+QICFG: "showlength",(0,1)'), write=qicfg, flash=True),
    Command("+QIGETERROR", "2.1.12", (), run=qigeterror),
    Command("+QIKALIVE", "2.1.13", (
        "+QIKALIVE: <keepalive_on>[,<keepalive_idle_time>[,<keepalive_interval_time>"
        '[,<keepalive_count>[,"<keepalive_data>"]]]]',),
        read=qikalive_read, write=qikalive),
    Command("+QIDNSCFG", "2.1.14", ("+QIDNSCFG: <PrimaryDns>[,<SecondaryDns>]",),
            read=qidnscfg_read, write=qidnscfg),
)
