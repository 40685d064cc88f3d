"""The AT dialect itself: echo, errors, the UART's rate, the clock."""

from collections.abc import Callable, Iterable

from ..arguments import Text, one_of
from ..command import command
from ..errors import BadArguments
from ..reply import Reply
from ..runtime import Runtime
from ..settings import Calendar, Settings
from ..uart import BAUDS, Uart


class Terminal:
    """AT, ATE, AT+IPR, AT+CMEE, AT+CCLK, …; `names` are all commands that there are."""

    def __init__(self, runtime: Runtime, settings: Settings, uart: Uart, calendar: Calendar,
                 names: Callable[[], Iterable[str]]) -> None:
        self._runtime = runtime
        self._settings = settings
        self._uart = uart
        self._calendar = calendar
        self._names = names

    @command("")
    def nothing(self) -> None:
        """OK."""

    @command("Z")
    @command("&F")
    def reset_dialect(self) -> None:
        """Echo and the form of errors are as after a boot."""
        self._settings.start_dialect()

    @command("E1")
    def echo_on(self) -> None:
        self._settings.echo = True

    @command("E0")
    @command("E")
    def echo_off(self) -> None:
        self._settings.echo = False

    @command("&V")
    def configuration(self) -> Reply:
        """Lines of many shapes, none with the command's prefix."""
        return Reply(["ACTIVE PROFILE", f"E{int(self._settings.echo)} Q0 V1",
                      "S03: 13 S04: 10", f"+CMEE: {self._settings.cmee}",
                      f"+IPR: {self._uart.asked}"])

    @command("+CLAC")
    def everything(self) -> Reply:
        return Reply([f"AT{name}" for name in self._names()])

    @command("&W")
    def save(self) -> None:
        self._uart.save()

    @command("+IPR?")
    def rate(self) -> Reply:
        return Reply([f"+IPR: {self._uart.asked}"])

    @command("+IPR=", "", one_of(*BAUDS))
    def set_rate(self, baud: int) -> Reply:
        return Reply(then=lambda: self._uart.switch_soon(baud))

    @command("+CMEE?")
    def error_form(self) -> Reply:
        return Reply([f"+CMEE: {self._settings.cmee}"])

    @command("+CMEE=", "", one_of(0, 1))
    def set_error_form(self, form: int) -> None:
        self._settings.cmee = form

    @command("+CCLK?")
    def clock(self) -> Reply:
        profile, stamp = self._runtime.profile, self._calendar.now()
        quote = '"' if profile.cclk_quoted else ""
        return Reply([f"+CCLK: {quote}{stamp if profile.cclk_zone else stamp[:17]}{quote}"])

    @command("+QCCLK?")
    def module_clock(self) -> Reply:
        return Reply([f'+QCCLK: "{self._calendar.now()}"'])

    @command("+QCCLK=", "", Text(name="yy/MM/dd,hh:mm:ss+zz"))
    @command("+CCLK=", "", Text(name="yy/MM/dd,hh:mm:ss+zz"))
    def set_clock(self, stamp: str) -> None:
        try:
            self._calendar.set(stamp)
        except ValueError:
            raise BadArguments from None
