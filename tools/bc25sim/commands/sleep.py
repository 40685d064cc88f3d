"""Power saving and restart."""

from collections.abc import Callable
from typing import Any

from ..arguments import Anything, Bits, Number, one_of
from ..command import command
from ..reply import Reply
from ..runtime import Runtime
from ..settings import Settings


class Sleep:
    """AT+CPSMS, AT+CEDRXS, AT+QSCLK, …; `restart` starts the module anew."""

    def __init__(self, runtime: Runtime, settings: Settings,
                 restart: Callable[[], Any]) -> None:
        self._runtime = runtime
        self._settings = settings
        self._restart = restart

    @command("+CPSMS?")
    def psm(self) -> Reply:
        on, tau, active = self._settings.psm
        return Reply([f'+CPSMS: {on},,,"{tau}","{active}"'])

    @command("+CPSMS=", "", Number(0, 2), Anything(), Anything(), Bits(size=8, default=None),
             Bits(size=8, default=None))
    def set_psm(self, on: int, _rau: str | None, _ready: str | None, tau: str | None,
                active: str | None) -> None:
        _, old_tau, old_active = self._settings.psm
        self._settings.psm = (on, tau or old_tau, active or old_active)

    @command("+CEDRXS?")
    def edrx(self) -> Reply:
        on, cycle = self._settings.edrx
        return Reply([f'+CEDRXS: 5,"{cycle}"'] if on else [])

    @command("+CEDRXS=", "", Number(0, 3), one_of(5, default=5), Bits(size=4, default=None))
    def set_edrx(self, on: int, _technology: int, cycle: str | None) -> None:
        self._settings.edrx = (on, cycle or self._settings.edrx[1])

    @command("+QSCLK?")
    def sleep_mode(self) -> Reply:
        return Reply([f"+QSCLK: {self._settings.sleep_mode}"])

    @command("+QSCLK=", "", Number(0, 2))
    def set_sleep_mode(self, mode: int) -> None:
        self._settings.sleep_mode = mode

    @command("+QATWAKEUP?")
    def wake_lines(self) -> Reply:
        return Reply([f"+QATWAKEUP: {int(self._settings.wake_lines)}"])

    @command("+QATWAKEUP=", "", one_of(0, 1))
    def set_wake_lines(self, on: int) -> None:
        self._settings.wake_lines = bool(on)

    @command("+QRST=", "", one_of(1))
    def restart(self, _now: int) -> Reply:
        wait = self._runtime.delay("command_ms")
        return Reply(then=lambda: self._runtime.after(wait, self._restart))
