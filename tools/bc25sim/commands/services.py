"""The manual's 2.1.8 to 2.1.14: ping, NTP, DNS, settings, last error, keepalive."""

from ..arguments import Number, Text, one_of
from ..command import command
from ..errors import BadArguments, Refused, described
from ..network import is_ip
from ..ntp import Ntp
from ..ping import Ping
from ..reply import Reply
from ..settings import Calendar
from ..stack import Stack

_CONTEXT = Number(1, 3)


class Services:
    """What speaks with servers, and the settings of TCP/IP."""

    def __init__(self, stack: Stack, calendar: Calendar) -> None:
        self._stack = stack
        self._calendar = calendar

    @command("+QPING=", "2.1.8", _CONTEXT, Text(name="host"), Number(1, 255, default=4),
             Number(1, 10, default=4), Number(32, 200, default=32))
    def ping(self, _context: int, host: str, limit: int, count: int, size: int) -> Reply:
        self._stack.need_address()
        return Reply(then=Ping(self._stack, host, limit, count, size).start)

    # The headings' QNTTP is a slip: example 4.7 says QNTP.
    @command("+QNTP=", "2.1.9", _CONTEXT, Text(name="server"),
             Number(1, 65535, shown="<port>", default=123), one_of(0, 1, default=0))
    def ntp(self, _context: int, server: str, port: int, set_clock: int) -> Reply:
        self._stack.need_address()
        made = Ntp(self._stack, self._calendar, port, bool(set_clock))
        return Reply(then=lambda: made.start(server))

    # -- 2.1.10 ------------------------------------------------------------------------------

    @command("+QIDNSGIP=", "2.1.10", _CONTEXT, Text(name="hostname"))
    def resolve(self, _context: int, name: str) -> Reply:
        if not name:
            raise BadArguments
        self._stack.need_address()
        return Reply(then=lambda: self._stack.resolver.resolve(name, self._resolved))

    def _resolved(self, ips: list[str]) -> None:
        profile = self._stack.runtime.profile
        if not ips:
            self._stack.settings.last_error = 565
            return self._stack.output.urc('+QIURC: "dnsgip",565')
        self._stack.output.urc(f'+QIURC: "dnsgip",0,{len(ips)},{profile.dns_ttl}')
        if self._stack.faults.hit("fewer"):
            ips = ips[:-1]
        for ip in [",".join(ips)] if profile.dns_joined else ips:
            self._stack.output.urc(f'+QIURC: "dnsgip","{ip}"')
        return None

    # -- 2.1.11 ------------------------------------------------------------------------------

    @command("+QICFG=", "2.1.11", Text(name="setting"), Number(0, 1, default=None),
             Number(0, 1, default=None), flash=True,
             test=('+QICFG: "dataformat",(0,1),(0,1)', '+QICFG: "viewmode",(0,1)',
                   '+QICFG: "showlength",(0,1)'))
    def configure(self, name: str, first: int | None, second: int | None) -> Reply:
        """Sets, asks, or (without a value, note 3) sets the default, as the profile has it."""
        name = name.lower()
        if name not in ("dataformat", "viewmode", "showlength") \
                or (name != "dataformat" and second is not None):
            raise BadArguments
        asked = first is None and self._stack.runtime.profile.qicfg_question
        if not asked:
            self._configure(name, first or 0, second or 0)
        echoes = asked or self._stack.runtime.profile.qicfg_set_echoes
        return Reply([f'+QICFG: "{name}",{self._configured(name)}'] if echoes else [])

    def _configure(self, name: str, first: int, second: int) -> None:
        if name == "viewmode":
            self._stack.flash.view_mode = first
        elif name == "showlength":
            self._stack.flash.show_length = first
        elif first:
            raise Refused(555)  # note 1: sending is in text only
        else:
            self._stack.flash.receive_hex = second

    def _configured(self, name: str) -> str:
        flash = self._stack.flash
        return {"dataformat": f"0,{flash.receive_hex}", "viewmode": str(flash.view_mode),
                "showlength": str(flash.show_length)}[name]

    # -- 2.1.12 ------------------------------------------------------------------------------

    @command("+QIGETERROR", "2.1.12")
    def last_error(self) -> Reply:
        profile, code = self._stack.runtime.profile, self._stack.settings.last_error
        space = " " if profile.error_space else ""
        return Reply([f"+QIGETERROR: {code},{space}{described(code, profile.error_capital)}"])

    # -- 2.1.13 ------------------------------------------------------------------------------

    @command("+QIKALIVE?", "2.1.13")
    def keepalive(self) -> Reply:
        return Reply(["+QIKALIVE: " + ",".join(str(v) for v in self._stack.settings.keepalive)])

    @command("+QIKALIVE=", "2.1.13", Number(0, 1, shown="<keepalive_on>"),
             Number(1, 36000, shown="<keepalive_idle_time>", default=None),
             Number(10, 20, shown="<keepalive_interval_time>", default=10),
             Number(1, 255, shown="<keepalive_count>", default=9),
             Text(name="keepalive_data", default=None))
    def set_keepalive(self, on: int, idle: int | None, interval: int, count: int,
                      data: str | None) -> None:
        if data:
            raise Refused(555)  # note 1
        idle = idle or self._stack.settings.keepalive[1]
        self._stack.settings.keepalive = (on, idle, interval, count)

    # -- 2.1.14 ------------------------------------------------------------------------------

    @command("+QIDNSCFG?", "2.1.14")
    def dns_servers(self) -> Reply:
        fields = [*self._stack.settings.dns_servers, "0.0.0.0", "0.0.0.0", "0.0.0.0"]
        shown = fields[:self._stack.runtime.profile.dnscfg_fields]
        return Reply(["+QIDNSCFG: " + ",".join(f'"{ip}"' for ip in shown)])

    @command("+QIDNSCFG=", "2.1.14", Text(shown="<PrimaryDns>"),
             Text(shown="<SecondaryDns>", default=None))
    def set_dns_servers(self, primary: str, secondary: str | None) -> None:
        given = [primary] if secondary is None else [primary, secondary]
        if not all(is_ip(server) for server in given):
            raise BadArguments
        self._stack.need_address()
        self._stack.settings.dns_servers = (*given, *self._stack.settings.dns_servers[len(given):])
