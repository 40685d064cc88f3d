"""Wiring of a pyboard 1.1 to a BC25: change the names to yours."""

from machine import UART, Pin

RESET, WAKE, POWER = "Y1", "Y2", "Y3"


def uart(baudrate: int = 9600) -> UART:
    """UART("XB"): TX is X9, RX is X10.

    Each init() needs rxbuf again, else it is 64 bytes.
    """
    return UART("XB", baudrate, rxbuf=1024)


def pins() -> dict[str, Pin]:
    """The module's lines through one transistor each: a 1 pulls the line low."""
    return {
        "reset": Pin(RESET, Pin.OUT, value=0),
        "wake": Pin(WAKE, Pin.OUT, value=0),
        "power": Pin(POWER, Pin.OUT, value=0),
    }
