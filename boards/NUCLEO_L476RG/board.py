"""Wiring of a NUCLEO-L476RG to a BC25: change the names to yours."""

from machine import UART, Pin

RESET, WAKE, POWER = "D4", "D5", "D6"


def uart(baudrate: int = 9600) -> UART:
    """UART(1): TX is D8 (PA9), RX is D2 (PA10).

    Each init() needs rxbuf again, else it is 64 bytes.
    """
    return UART(1, baudrate, rxbuf=1024)


def pins() -> dict[str, Pin]:
    """The module's lines through one transistor each: a 1 pulls the line low."""
    return {
        "reset": Pin(RESET, Pin.OUT, value=0),
        "wake": Pin(WAKE, Pin.OUT, value=0),
        "power": Pin(POWER, Pin.OUT, value=0),
    }
