"""One AT+QNTP (2.1.9)."""

import datetime
import struct

from .network import Address, Link, Network, OpenFailed, Owner
from .output import Output
from .resolver import Resolver
from .runtime import Runtime
from .settings import Calendar, Settings

_NTP_EPOCH = datetime.datetime(1900, 1, 1)
_REQUEST = b"\x23" + bytes(47)


class Ntp(Owner):
    """One SNTP request over UDP; the answer is the module's local time with its zone."""

    def __init__(self, runtime: Runtime, settings: Settings, output: Output, network: Network,
                 resolver: Resolver, calendar: Calendar, port: int, set_clock: bool) -> None:
        self._runtime = runtime
        self._settings = settings
        self._output = output
        self._network = network
        self._resolver = resolver
        self._calendar = calendar
        self._port = port
        self._set_clock = set_clock
        self._link: Link | None = None
        self._done = False

    def start(self, server: str) -> None:
        """Tells the time given beforehand, or asks the server."""
        if self._calendar.given is not None:
            self._runtime.after(self._runtime.delay("dns_ms"), self._report, self._calendar.given)
        else:
            self._resolver.resolve(server, self._ask)

    def _ask(self, ips: list[str]) -> None:
        if not ips:
            return self.failed(565)
        to = Address(ips[0], self._port)
        try:
            self._link = self._network.open_udp(to, Address(to.ip, 0), self)
        except OpenFailed as error:
            return self.failed(error.code)
        self._runtime.after(self._runtime.limit("ntp_limit_ms"), self.failed, 569)
        return None

    def opened(self) -> None:
        if self._link is not None:
            self._link.write(_REQUEST, 1 << 16)

    def received(self, data: bytes, peer: Address) -> None:
        if len(data) < len(_REQUEST) or self._done:
            return
        seconds = struct.unpack("!I", data[40:44])[0]
        utc = _NTP_EPOCH + datetime.timedelta(seconds=seconds)
        shown = self._calendar.stamp(utc)
        if self._runtime.profile.ntp_digits == "utc":
            shown = f"{utc:%y/%m/%d,%H:%M:%S}{shown[17:]}"
        self._report(shown)

    def lost(self) -> None:
        """A datagram socket has no peer that closes."""

    def accepted(self, link: Link, peer: Address) -> Owner | None:
        return None

    def failed(self, code: int) -> None:
        self._settings.last_error = code
        self._finish(str(code))

    def _report(self, stamp: str) -> None:
        if self._set_clock:
            self._calendar.set(stamp)
        space = " " if self._runtime.profile.ntp_space else ""
        self._finish(f'0,{space}"{stamp}"')

    def _finish(self, text: str) -> None:
        if not self._done:
            self._done = True
            self._output.urc(f"+QNTP: {text}")
            if self._link is not None:
                self._link.close()
