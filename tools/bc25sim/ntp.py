"""One AT+QNTP (2.1.9)."""

import datetime
import struct

from .network import Address, Link, OpenFailed, Owner
from .settings import Calendar
from .stack import Stack

_NTP_EPOCH = datetime.datetime(1900, 1, 1)
_REQUEST = b"\x23" + bytes(47)


class Ntp(Owner):
    """One SNTP request over UDP; the answer is the module's local time with its zone."""

    def __init__(self, stack: Stack, calendar: Calendar, port: int, set_clock: bool) -> None:
        self._stack = stack
        self._calendar = calendar
        self._port = port
        self._set_clock = set_clock
        self._link: Link | None = None
        self._done = False

    def start(self, server: str) -> None:
        """Tells the time given beforehand, or asks the server."""
        given, runtime = self._calendar.given, self._stack.runtime
        if given is not None:
            runtime.after(runtime.delay("dns_ms"), self._report, given)
        else:
            self._stack.resolver.resolve(server, self._ask)

    def _ask(self, ips: list[str]) -> None:
        if not ips:
            return self.failed(565)
        to = Address(ips[0], self._port)
        try:
            self._link = self._stack.network.open_udp(to, Address(to.ip, 0), self)
        except OpenFailed as error:
            return self.failed(error.code)
        self._stack.runtime.after(self._stack.runtime.limit("ntp_limit_ms"), self.failed, 569)
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
        if self._stack.runtime.profile.ntp_digits == "utc":
            shown = f"{utc:%y/%m/%d,%H:%M:%S}{shown[17:]}"
        self._report(shown)

    def lost(self) -> None:
        """A datagram socket has no peer that closes."""

    def accepted(self, link: Link, peer: Address) -> Owner | None:
        return None

    def failed(self, code: int) -> None:
        self._stack.settings.last_error = code
        self._finish(str(code))

    def _report(self, stamp: str) -> None:
        if self._set_clock:
            self._calendar.set(stamp)
        space = " " if self._stack.runtime.profile.ntp_space else ""
        self._finish(f'0,{space}"{stamp}"')

    def _finish(self, text: str) -> None:
        if not self._done:
            self._done = True
            self._stack.output.urc(f"+QNTP: {text}")
            if self._link is not None:
                self._link.close()
