"""Registration, attach, address and context."""

from collections.abc import Callable
from typing import Any

from ..arguments import Choice, Number, Text, one_of
from ..command import command
from ..errors import CME_NO_NETWORK, CmeError
from ..faults import Faults
from ..radio import Radio
from ..reply import Reply
from ..runtime import Runtime
from ..settings import Flash

_CONTEXT = 1  # the only one that is ever active


class Attach:
    """AT+CFUN, AT+CEREG, AT+CGATT, …; `restart` starts the module anew."""

    def __init__(self, runtime: Runtime, flash: Flash, faults: Faults, radio: Radio,
                 restart: Callable[[], Any]) -> None:
        self._runtime = runtime
        self._flash = flash
        self._faults = faults
        self._radio = radio
        self._restart = restart

    @command("+CFUN?")
    def function(self) -> Reply:
        return Reply([f"+CFUN: {self._radio.function}"])

    @command("+CFUN=", "", one_of(0, 1, 4), one_of(0, 1, default=0))
    def set_function(self, level: int, reset: int) -> Reply:
        if level == 1 and self._faults.hit("brownout", "CFUN"):
            return Reply(final="", then=self._restart)
        return Reply(then=self._restart if reset
                     else lambda: self._radio.set_function(level))

    @command("+CEREG?")
    def registration(self) -> Reply:
        status = self._radio.status()
        beside = self._radio.report and self._runtime.profile.cereg_beside_reply
        urc = [f"+CEREG: {status}"] if beside else []
        return Reply([f"+CEREG: {self._radio.report},{status}", *urc])

    @command("+CEREG=", "", one_of(0, 1, 2, 3, 4, 5, default=0))
    def report_registration(self, report: int) -> None:
        self._radio.report = report

    @command("+CGATT?")
    def attached(self) -> Reply:
        return Reply([f"+CGATT: {int(self._radio.attached)}"])

    @command("+CGATT=", "", one_of(0, 1))
    def attach(self, on: int) -> Reply:
        if not on:
            return Reply(then=self._radio.detach)
        if self._faults.hit("brownout", "CGATT"):
            return Reply(final="", then=self._restart)
        if self._radio.refuses():
            raise CmeError(CME_NO_NETWORK)
        wait = 0.0 if self._radio.attached else self._runtime.delay("cgatt_ms")
        if not wait:
            return Reply(then=self._radio.search)
        self._radio.search()
        return Reply(wait=wait)

    @command("+CGPADDR?")
    @command("+CGPADDR")
    @command("+CGPADDR=", "", Number(0, 10, default=None))
    def addresses(self, context: int | None = None) -> Reply:
        contexts = self._runtime.profile.cgpaddr_contexts if context is None else (context,)
        return Reply([self._addresses_of(context) for context in contexts])

    def _addresses_of(self, context: int) -> str:
        profile = self._runtime.profile
        active = context == _CONTEXT and self._radio.attached
        held = [profile.address, profile.address6] if active else [profile.cgpaddr_inactive]
        quote = '"' if profile.cgpaddr_quoted else ""
        return f"+CGPADDR: {context}" + "".join(f",{quote}{a}{quote}" for a in held if a)

    @command("+QCGDEFCONT?")
    def default_context(self) -> Reply:
        return Reply(["+QCGDEFCONT: " + ",".join(f'"{part}"' for part in self._flash.context)])

    @command("+QCGDEFCONT=", "", Choice(words=("IP", "IPV6", "IPV4V6", "NONIP")),
             Text(name="apn", default=None), Text(name="user", default=None),
             Text(name="password", default=None), flash=True)
    def set_default_context(self, *parts: str | None) -> None:
        """In force after a restart."""
        self._flash.context = tuple(part for part in parts if part is not None)

    @command("+CSQ", test=("+CSQ: (0-31,99),(0-7,99)",))
    def signal(self) -> Reply:
        rssi = self._runtime.profile.rssi if self._radio.function == 1 else 99
        return Reply([f"+CSQ: {rssi},{0 if rssi != 99 else 99}"])

    @command("+CSCON?")
    def connected(self) -> Reply:
        return Reply([f"+CSCON: {self._radio.report_connection},{self._radio.connected}"])

    @command("+CSCON=", "", one_of(0, 1))
    def report_connected(self, report: int) -> None:
        self._radio.report_connection = report
