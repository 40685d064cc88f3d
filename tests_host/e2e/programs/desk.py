"""What the programs of these tests share: their arguments, and the module on UART(1)."""

import json
import sys
import time

from bc25 import BC25
from machine import UART, Pin

args = json.loads(sys.argv[1])


def tell(**facts):
    """Hand facts to the test, at once."""
    print("\x01" + json.dumps(facts))


class Pieces:
    """A UART that hands out at most `most` bytes at a time."""

    def __init__(self, uart, most):
        self._uart = uart
        self._most = most
        self.write = uart.write
        self.txdone = uart.txdone
        self.flush = uart.flush

    def any(self):
        return min(self._uart.any(), self._most)

    def readinto(self, buf, n=None):
        return self._uart.readinto(buf, min(len(buf) if n is None else n, self._most))


def uart():
    """UART(1), in pieces when the test asks for them."""
    real = UART(1, args.get("baud", 115200), rxbuf=1024)
    most = args.get("piece")
    return Pieces(real, most) if most else real


def found(**options):
    """The module, found and ready, not attached."""
    nic = BC25(uart(), **options)
    nic.active(True)
    return nic


def attached(**options):
    """The module with an address."""
    nic = found(**options)
    nic.connect()
    return nic


def all_closed(nic):
    """Wait, not for ever, until the module has no socket; tell which are left."""
    start = time.ticks_ms()
    while nic.sockets() and time.ticks_diff(time.ticks_ms(), start) < 5000:
        nic.poll()
    tell(left=nic.sockets())


def wake_pin():
    """PSM_EINT of the simulated module."""
    return Pin("wake", Pin.OUT)
