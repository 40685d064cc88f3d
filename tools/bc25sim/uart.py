"""The rate of the module's UART."""

from collections.abc import Callable
from typing import Any

from .runtime import Part
from .settings import Flash

BAUDS = (4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)


class Uart(Part):
    """`baud` is in force on both lines; `on_baud` is told when it changes."""

    def __init__(self, flash: Flash) -> None:
        self._flash = flash
        self.baud = flash.baud
        self.on_baud: Callable[[int], Any] = lambda baud: None

    def cut(self) -> None:
        self.restore()

    def restore(self) -> None:
        """The rate that a restart begins with."""
        if self.baud != self._flash.baud:
            self.set_baud(self._flash.baud)

    def set_baud(self, baud: int) -> None:
        """From now on."""
        self.baud = baud
        self.on_baud(baud)

    def save(self) -> None:
        """A restart does not forget the rate."""
        self._flash.baud = self.baud
