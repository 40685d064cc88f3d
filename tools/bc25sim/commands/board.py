"""The board around the radio: supply, LED, events, and what has no place elsewhere."""

from collections.abc import Callable
from typing import Any

from ..arguments import Anything, Number, Text, one_of
from ..command import command
from ..output import Output
from ..reply import Reply
from ..runtime import Runtime


class Board:
    """AT+QPOWD, AT+CBC, AT+QLEDMODE, AT+QNBIOTEVENT, AT+QCFG; `off` ends the supply."""

    def __init__(self, runtime: Runtime, output: Output, off: Callable[[], Any]) -> None:
        self._runtime = runtime
        self._output = output
        self._off = off
        self._led = 0
        self._events = 0
        self._options: dict[str, str] = {}

    @command("+QPOWD=", "", one_of(0, 1, 2))
    def power_down(self, _how: int) -> Reply:
        wait = self._runtime.delay("command_ms")
        return Reply(then=lambda: self._runtime.after(wait, self._down))

    def _down(self) -> None:
        self._output.urc("POWERED DOWN")
        self._output.flush()
        self._off()

    @command("+CBC")
    def supply(self) -> Reply:
        return Reply(["+CBC: 0,0,3652"])

    @command("+QLEDMODE?")
    def led(self) -> Reply:
        return Reply([f"+QLEDMODE: {self._led}"])

    @command("+QLEDMODE=", "", one_of(0, 1))
    def set_led(self, mode: int) -> None:
        self._led = mode

    @command("+QNBIOTEVENT?")
    def events(self) -> Reply:
        return Reply([f"+QNBIOTEVENT: {self._events},1"])

    @command("+QNBIOTEVENT=", "", one_of(0, 1), Number(0, 1, default=1))
    def report_events(self, on: int, _event: int) -> None:
        self._events = on

    @command("+QCFG=", "", Text(name="option"), *[Anything()] * 4, flash=True)
    def option(self, name: str, *given: str | None) -> Reply:
        """Keeps any option: which ones a BC25 has is not in the manual."""
        value = ",".join(part for part in given if part is not None)
        if value:
            self._options[name] = value
            return Reply()
        return Reply([f'+QCFG: "{name}",{self._options.get(name, 0)}'])
