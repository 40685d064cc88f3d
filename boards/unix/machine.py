"""`machine` for the unix port: UART over a pseudo-terminal, timers, pins to the simulated module.

The environment says what hangs where: BC25_UART1=/dev/pts/7 is `UART(1)`, BC25_CONTROL=path the
simulated module's control socket, BC25_UART_MODE the UART to be like (see `UART`).
"""

import os
import socket
import struct

import umachine
from _power import (  # noqa: F401
    DEEPSLEEP_RESET,
    HARD_RESET,
    PWRON_RESET,
    RTC,
    SOFT_RESET,
    WDT_RESET,
    deepsleep,
    lightsleep,
    reset,
    reset_cause,
    unique_id,
)
from _timer import Timer  # noqa: F401
from _uart import UART  # noqa: F401
from micropython import const
from umachine import *  # noqa: F403


class Pin(umachine.PinBase):
    """A pin; the ones named "wake", "reset" and "power" go to the simulated module.

    Each change of such a pin is told to the module, which minds how long its line is held: 1
    asserts, as through one transistor. Any other pin only keeps its value.
    """

    IN = const(0)
    OUT = const(1)
    OPEN_DRAIN = const(2)
    PULL_UP = const(1)
    PULL_DOWN = const(2)

    def __init__(self, id, mode=-1, pull=-1, *, value=0):
        self.id = id
        self._value = 0
        self.value(value)

    def value(self, level=None):
        """Read the level, or set it."""
        if level is None:
            return self._value
        level = 1 if level else 0
        if level != self._value and self.id in ("wake", "reset", "power"):
            _tell_module("pin %s %s\n" % (self.id, "on" if level else "off"))
        self._value = level

    __call__ = value

    def on(self):
        """Level 1."""
        self.value(1)

    def off(self):
        """Level 0."""
        self.value(0)


def _tell_module(line):
    """Write to the control socket and wait for its answer, so that edges keep their order."""
    path = os.getenv("BC25_CONTROL")
    if not path:
        return
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        control.connect(struct.pack("<H%ds" % (len(path) + 1), socket.AF_UNIX, path.encode()))
        control.write(line.encode())
        control.readline()
    finally:
        control.close()
