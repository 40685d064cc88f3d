"""The rate of the module's UART."""

from collections.abc import Callable
from typing import Any

from .runtime import Part, Runtime
from .settings import Flash

BAUDS = (4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)


class Uart(Part):
    """`baud` is in force on both lines; `on_baud` is told when it changes."""

    def __init__(self, runtime: Runtime, flash: Flash) -> None:
        self._runtime = runtime
        self._flash = flash
        self.baud = self.asked = flash.baud  # what AT+IPR asked for is in force a moment later
        self.on_baud: Callable[[int], Any] = lambda baud: None

    def cut(self) -> None:
        self.restore()

    def restore(self) -> None:
        """The rate that a restart begins with."""
        self.asked = self._flash.baud
        self._switch()

    def switch_soon(self, baud: int) -> None:
        """In force some time after the OK, which still goes at the old rate."""
        self.asked = baud
        self._runtime.after(self._runtime.limit("ipr_ms"), self._switch)

    def _switch(self) -> None:
        if self.baud != self.asked:
            self.baud = self.asked
            self.on_baud(self.baud)

    def save(self) -> None:
        """A restart does not forget the rate."""
        self._flash.baud = self.asked
